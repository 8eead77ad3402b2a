"""The files of a run: what nodes and tools leave in the data folder by themselves is journaled, too.

A tool of ours says what it writes. A function that asks for the data folder does
not, so the folder is looked at when its node ends, and what changed since the
journal was last told is recorded. A node that never asks costs nothing. An attempt
that ended with its process told nothing: what it left is recorded before it begins again.
From there on nothing is recorded with a credential that a process before may have been given.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from framework.clock import SystemClock
from framework.journal.fold import content_digest
from framework.journal.log import LaneLog
from framework.journal.state import MAIN_LANE, Phase, WalkLane
from framework.model.events import FileFound
from framework.tools.file_tree import TreeFile, files_below, read_below
from framework.tools.open_folder import MAX_FILE_BYTES
from framework.tools.written_file import encoded, file_content, file_found, file_grown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from framework.credentials.tracked import TrackedCredentials
    from framework.journal.log import RunLog
    from framework.journal.state import Lane

MOST_FILES = 1000
"""Files of one data folder that are kept."""

MOST_BYTES = 100_000_000
"""Bytes of changed files that are kept at one look at a folder."""

_SETTLED_US = 2_000_000
"""A file changed more recently than this may change again and look the same."""


class _Known(NamedTuple):
    """What the journal says of a file: the digest of its content, and its bytes, 0 when it does not say."""

    digest: str
    size: int


class RunFiles:
    """The data folder of one run.

    Attributes:
        path: the folder; it need not exist.
    """

    __slots__ = ("_asked", "_credentials", "_is_carried_on", "_looking", "_maybe_given", "_settled", "path")

    def __init__(self, path: Path, credentials: TrackedCredentials, *, is_carried_on: bool = False) -> None:
        """Keep files without the ``credentials`` that were given.

        Args:
            path: the folder.
            credentials: those of the run.
            is_carried_on: whether nodes were at work before this process; nobody knows now what they
                were given, so files that changed are kept without any credential that is known.
        """
        self.path = path
        self._credentials = credentials
        self._is_carried_on = is_carried_on
        self._maybe_given: TrackedCredentials | None = None
        self._asked: set[str] = set()
        self._settled: dict[str, tuple[int, int, int, int]] = {}
        self._looking = asyncio.Lock()

    def ask(self, lane_id: str) -> Path:
        """Return the folder to what runs in a lane; from any thread."""
        self._asked.add(lane_id)
        return self.path

    def is_asked(self, lane_id: str) -> bool:
        """Whether what runs in a lane had the folder since it was last looked at for that lane."""
        return lane_id in self._asked

    async def note(self, log: LaneLog) -> None:
        """Record what changed in the folder since the journal was last told."""
        await self._note(log)

    async def note_left(self, log: RunLog) -> None:
        """Record what attempts left here that were under way when a run stopped; they begin again.

        What was taken out of it counts as given from now on.
        """
        if any(map(_is_cut_off, log.state.lanes.values())):
            events = await self._note(LaneLog(log, MAIN_LANE))
            told = map(file_content, events)
            await asyncio.to_thread(self._credentials.remember_redacted, told)

    async def _note(self, log: LaneLog) -> list[FileFound]:
        self._asked.discard(log.lane_id)
        state = log.state
        if not (state.files or state.left_out or self.path.is_dir()):
            return []
        async with self._looking:
            sizes = state.file_sizes
            known = {name: _Known(digest, sizes.get(name, 0)) for name, digest in state.files.items()}
            left_out = dict(state.left_out)
            events = await asyncio.to_thread(self._changes, known, left_out)
            for event in events:
                log.record(event)
            return events

    def _changes(self, known: Mapping[str, _Known], left_out: Mapping[str, str]) -> list[FileFound]:
        found = {file.name: file for file in files_below(self.path)}
        gone = [FileFound(name=name) for name in (*known, *left_out) if name not in found]
        seen = [event for event in self._seen(found, known) if left_out.get(event.name) != event.left_out]
        return seen + gone

    def _seen(self, found: Mapping[str, TreeFile], known: Mapping[str, _Known]) -> Iterator[FileFound]:
        """Yield what files hold that is not known, and those that are not kept."""
        looked_us, room = SystemClock().epoch_us(), MOST_BYTES
        places = MOST_FILES - sum(name in found for name in known)
        new = [name for name in found if name not in known]
        new.sort(key=lambda name: bool(found[name].unkept))  # The others are not crowded out.
        for name in [name for name in found if name in known] + new[:places]:
            file = found[name]
            if name in known and self._settled.get(name) == file.stamp:
                continue
            looked = self._look(file, min(MAX_FILE_BYTES, room))
            if file.changed_us < looked_us - _SETTLED_US:
                self._settled[name] = file.stamp
            event = self._news(name, looked, known.get(name)) if isinstance(looked, bytes) else looked
            if event is None:
                continue
            room -= 0 if event.content is None else file.size
            yield event
        if new[places:]:
            left_out = (
                f"it and {len(new[places:]) - 1} more are beyond the {MOST_FILES:,} files that are kept"
            )
            yield FileFound(name=new[places], left_out=left_out)

    def _look(self, file: TreeFile, most: int) -> bytes | FileFound | None:
        """Return what a file of up to ``most`` bytes holds, or why that is not kept; None if it is gone."""
        if file.unkept:
            return FileFound(name=file.name, left_out=file.unkept)
        try:
            content = read_below(self.path, file.name, most + 1) if file.size <= most else b""
        except FileNotFoundError:
            return None
        except OSError as error:
            return FileFound(name=file.name, left_out=f"it cannot be read ({error.strerror})")
        if max(file.size, len(content)) > most:
            return FileFound(name=file.name, left_out=f"it has {file.size:,} bytes, over the limit")
        return content

    def _news(self, name: str, content: bytes, known: _Known | None) -> FileFound | None:
        """Return what is to be told of a file: all it holds, or what it has grown by; None if it is known."""
        told = self._credentials.redacted_bytes(content)
        digest = _digest(told)
        if self._is_carried_on and (known is None or known.digest != digest):
            told = self._without_any(content)
            digest = _digest(told)
        if known is None:
            return file_found(name, told)
        if known.digest == digest:
            return None
        has_grown = 0 < known.size < len(told) and _digest(told[: known.size]) == known.digest
        return file_grown(name, told, known.size, digest) if has_grown else file_found(name, told)

    def _without_any(self, content: bytes) -> bytes:
        """Return ``content`` without what any process of the run may have been given."""
        if self._maybe_given is None:  # What is stored is read once, and only if there is news.
            self._maybe_given = self._credentials.as_if_all_given()
        self._maybe_given.remember_given_by(self._credentials)
        return self._maybe_given.redacted_bytes(content)


def _is_cut_off(lane: Lane) -> bool:
    """Whether a node was at work in a lane of a run that stopped; one that waits for a person was not."""
    if not isinstance(lane, WalkLane) or lane.phase is not Phase.INSIDE:
        return False
    return lane.node is not None and not lane.node.waiting


def _digest(content: bytes) -> str:
    return content_digest(encoded(content)[0])
