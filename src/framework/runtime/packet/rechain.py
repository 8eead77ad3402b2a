"""A run's journal written anew without its secrets, so that it is a whole journal again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.journal.entry import Entry, decode_line
from framework.journal.log import RunLog
from framework.journal.memory import MemoryJournal
from framework.journal.reading import filled, read_content
from framework.journal.state import RunState
from framework.model.events import ToolInDoubt, ToolIntended, UnknownEvent
from framework.runtime.replay.neutral import DATA_FOLDER, data_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    for entry in entries:
        redactor.learn(entry.event)
    journal, clock, state = MemoryJournal(), _EntryClock(), RunState()
    state.run_id = run_id
    log = RunLog(await journal.create(run_id), clock, state=state)
    keys: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry.event, UnknownEvent):
            continue
        clock.at_us = entry.at_us
        event = _with_key(redactor.event(entry.event), entry, state, keys)
        log.record(entry.lane, event, _facts(entry, redactor))
    await log.close()
    return await whole_journal(journal, run_id)


async def whole_journal(journal: MemoryJournal, run_id: str) -> WholeJournal:
    """Return a stored run with all its content."""
    lines = await journal.read(run_id)
    bare = [decode_line(line) for line in lines]
    blobs = await read_content(journal, bare)
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
