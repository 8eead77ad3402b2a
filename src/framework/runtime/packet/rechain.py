"""A run's journal written anew without its secrets, so that it is a whole journal again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.journal.entry import Entry
from framework.journal.fold import content_digest
from framework.journal.log import RunLog
from framework.journal.memory import MemoryJournal
from framework.journal.reading import decode_lines, filled, read_content
from framework.journal.state import RunState
from framework.model.events import FileFound, FileWritten, ToolInDoubt, ToolIntended, UnknownEvent
from framework.runtime.replay.neutral import DATA_FOLDER, data_folders
from framework.tools.written_file import encoded, file_content, file_found, file_grown, file_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from framework.model.events import Event
    from framework.runtime.packet.redact import Redactor

_KEPT_FACTS = ("latency_ms", "duration_ms", "reused", "probed", "run_id")
"""Facts beside an entry that a packet keeps: none of them names a machine or a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeJournal:
    """The entries of one run with their content, the same as stored lines, and the blobs those name."""

    run_id: str
    entries: list[Entry]
    lines: list[bytes]
    blobs: dict[str, bytes]


class _EntryClock(ManualClock):
    """Tells the time at which the entry that is written anew was written first."""

    at_us = 0

    def epoch_us(self) -> int:
        return self.at_us


async def redacted_journal(run_id: str, entries: Sequence[Entry], redactor: Redactor) -> WholeJournal:
    """Return the journal that the run would have written, had its secrets been placeholders.

    The folder of its files is named without its path, which is a machine's or a person's.
    Hashes and the keys of tool calls are computed anew, so that it folds, forks and
    replays like any other. Entries of unknown kinds are left out.
    """
    for folder in data_folders(entries):
        redactor.stand_in(folder, DATA_FOLDER)
    for event in _with_whole_files(entries):
        redactor.learn(event)
    journal, clock, state = MemoryJournal(), _EntryClock(), RunState()
    state.run_id = run_id
    log = RunLog(await journal.create(run_id), clock, state=state)
    keys: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for entry, whole in zip(entries, _with_whole_files(entries), strict=True):
        if isinstance(whole, UnknownEvent):
            continue
        clock.at_us = entry.at_us
        event = _in_pieces(redactor.event(whole), files)
        event = _with_key(event, entry, state, keys)
        log.record(entry.lane, event, _facts(entry, redactor))
    await log.close()
    return await whole_journal(journal, run_id)


def _with_whole_files(entries: Sequence[Entry]) -> Iterator[Event]:
    """Yield the events, those of files that have grown with the whole content.

    A secret may begin in one piece of a file and end in the next, so it is looked for in the whole.
    """
    pieces = {id(event): held for event, held in file_pieces(entry.event for entry in entries)}
    for entry in entries:
        event, held = entry.event, pieces.get(id(entry.event))
        if isinstance(event, FileFound) and held is not None and held.before is not None:
            yield file_found(event.name, held.content())
        else:
            yield event


def _in_pieces(event: Event, files: dict[str, bytes]) -> Event:
    """Return an event, that of a file with what it has grown by alone; ``files`` is what was found so far."""
    if isinstance(event, FileWritten):
        files.pop(event.name, None)
    if not isinstance(event, FileFound):
        return event
    before = files.pop(event.name, b"")
    if event.content is None:
        return event
    content = files[event.name] = file_content(event)
    if not (before and len(before) < len(content) and content.startswith(before)):
        return file_found(event.name, content)
    return file_grown(event.name, content, len(before), content_digest(encoded(content)[0]))


async def whole_journal(journal: MemoryJournal, run_id: str) -> WholeJournal:
    """Return a stored run with all its content."""
    lines = await journal.read(run_id)
    bare = decode_lines(run_id, lines)
    blobs = await read_content(journal, run_id, bare)
    entries = [replace(entry, event=filled(entry.event, blobs)) for entry in bare]
    return WholeJournal(run_id=run_id, entries=entries, lines=lines, blobs=blobs)


def _with_key(event: Event, entry: Entry, state: RunState, keys: dict[str, str]) -> Event:
    """Return the event with the key that its call has without secrets in its arguments."""
    if isinstance(event, ToolIntended):
        walk = state.walk(entry.lane.rsplit(".c", 1)[0])
        node = walk.node
        if node is None:
            return event
        ordinal = node.ordinals.get(f"{event.tool}\0{event.arguments.raw.decode()}", 0)
        place = f"{walk.id}\0{node.node_id}\0{node.visit}\0{event.tool}\0{ordinal}\0"
        key = sha256(place.encode() + event.arguments.raw).hexdigest()
        keys[event.key] = key
        return replace(event, key=key)
    if isinstance(event, ToolInDoubt):
        return replace(event, key=keys.get(event.key, event.key))
    return event


def _facts(entry: Entry, redactor: Redactor) -> dict[str, Any]:
    return {name: redactor.data(entry.meta[name]) for name in _KEPT_FACTS if name in entry.meta}
