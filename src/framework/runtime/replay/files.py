"""The files that nodes and tools left by themselves in a recorded run, put where a replay looks for them."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, cast

from framework.journal.state import belongs_to
from framework.model.events import (
    BranchesJoined,
    FileFound,
    NodeFinished,
    NodeStarted,
    RunResumed,
    ValueRead,
)
from framework.tools.file_tree import put_below, remove_below, why_unkept
from framework.tools.written_file import FilePieces, file_pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from framework.journal.entry import Entry


class Fate(Enum):
    """What became of the node that left a file in the data folder."""

    ENDED = "ended"
    BEGINS_AGAIN = "begins_again"
    """Its process ended with it: where its attempt is executed again, that finds the file."""
    GOES_ON = "goes_on"
    """The same, where nothing is executed: those after it find the file."""


class Found(NamedTuple):
    """A file as it was found in the data folder.

    Attributes:
        due: the entry of its lane from which on it is there.
        seq: where it stands.
        node_id: the node that had the folder.
        pieces: what it holds; None if it is gone.
        fate: what became of that node.
    """

    due: int
    seq: int
    node_id: str
    event: FileFound
    pieces: FilePieces | None
    fate: Fate


_DUE = itemgetter(0, 1)


class FoundFiles:
    """What was found in the data folder of a recorded run, lane by lane."""

    def __init__(self, entries: Sequence[Entry], *, after: int = 0) -> None:
        """Read out of the entries of a run, all of them, what was found after the entry ``after``."""
        self._lanes: dict[str, deque[Found]] = {}
        self._visits: dict[str, _Visit] = {}
        pieces = {id(event): held for event, held in file_pieces(entry.event for entry in entries)}
        latest: list[tuple[Entry, FilePieces | None]] = []
        for entry in entries:
            if isinstance(entry.event, FileFound):
                latest.append((entry, pieces[id(entry.event)]))
                continue
            for found, held in latest:
                if found.seq > after:
                    self._add(found, held, is_left=isinstance(entry.event, RunResumed))
            latest.clear()
            self._follow(entry)
        for found, held in latest:
            self._add(found, held, is_left=False)
        self._lanes = {name: deque(sorted(found, key=_DUE)) for name, found in self._lanes.items()}

    def before(self, lane_id: str, seq: int) -> Iterator[Found]:
        """Yield, once each, what was found in a lane when its entry ``seq`` was the last."""
        found = self._lanes.get(lane_id, deque())
        while found and found[0].due <= seq:
            yield found.popleft()

    def _add(self, entry: Entry, pieces: FilePieces | None, *, is_left: bool) -> None:
        """Add a file; ``is_left`` by attempts that were under way when the run stopped."""
        event = cast("FileFound", entry.event)
        under_way = {name: visit for name, visit in self._visits.items() if visit.is_under_way}
        if not (is_left and under_way):
            visit = self._visits.get(entry.lane, _NO_VISIT)
            found = Found(entry.seq + 1, entry.seq, visit.node_id, event, pieces, Fate.ENDED)
            self._lanes.setdefault(entry.lane, deque()).append(found)
            return
        for name, visit in under_way.items():
            again = Found(visit.begun, entry.seq, visit.node_id, event, pieces, Fate.BEGINS_AGAIN)
            on = again._replace(due=entry.seq + 1, fate=Fate.GOES_ON)
            self._lanes.setdefault(name, deque()).extend((again, on))

    def _follow(self, entry: Entry) -> None:
        """Keep where each lane's visit stands."""
        visit = self._visits.get(entry.lane)
        match entry.event:
            case NodeStarted(node_id=node_id):
                self._visits[entry.lane] = _Visit(node_id, entry.seq)
            case NodeFinished() if visit is not None:
                self._visits[entry.lane] = visit._replace(is_under_way=False)
            case BranchesJoined():  # What was cut off does not go on.
                ended = [name for name in self._visits if belongs_to(name, entry.lane) and name != entry.lane]
                for name in ended:
                    del self._visits[name]
            case event if visit is not None and event.hashed and not isinstance(event, ValueRead):
                self._visits[entry.lane] = visit._replace(begun=entry.seq)
            case _:
                pass


class _Visit(NamedTuple):
    """The visit of a node in a lane: its last attempt began at the entry ``begun``."""

    node_id: str
    begun: int
    is_under_way: bool = True


_NO_VISIT = _Visit("", 0, is_under_way=False)


class RecordedFiles:
    """Puts into the data folder of a replay what was found in the recorded one.

    A function without an effect is executed and leaves its files again; what
    was found after it is put there only where it is missing. What an attempt of it
    left that ended with its process is there before the next one begins.
    """

    def __init__(self, folder: Path, executed: Collection[str]) -> None:
        """Put files into ``folder``; the nodes ``executed`` leave their own."""
        self._folder = folder
        self._executed = executed
        self._laid: set[int] = set()

    async def put(self, found: Found) -> None:
        """Make a file what it was found to be.

        Raises:
            ToolError: if its name leads out of the folder.
        """
        is_executed = found.node_id in self._executed
        if found.fate is Fate.ENDED:
            await asyncio.to_thread(self._put, found, is_own=is_executed)
        elif (found.fate is Fate.BEGINS_AGAIN) is is_executed and found.seq not in self._laid:
            self._laid.add(found.seq)  # Of several lanes the first one that comes there.
            await asyncio.to_thread(self._put, found, is_own=False)

    def _put(self, found: Found, *, is_own: bool) -> None:
        name = found.event.name
        if found.pieces is not None:
            if not (is_own and (self._folder / name).exists()):
                put_below(self._folder, name, found.pieces.content())
        elif not (is_own or found.event.left_out or why_unkept(name)):
            remove_below(self._folder, name)
