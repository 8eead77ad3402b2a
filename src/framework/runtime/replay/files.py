"""The files that nodes and tools left by themselves in a recorded run, put where a replay looks for them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from framework.model.events import FileFound, NodeStarted
from framework.tools.file_tree import put_below, remove_below, why_unkept
from framework.tools.written_file import FilePieces, file_pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from framework.journal.entry import Entry


class Found(NamedTuple):
    """A file as it was found after a node had the data folder."""

    seq: int
    node_id: str
    event: FileFound
    pieces: FilePieces | None


class FoundFiles:
    """What was found in the data folder of a recorded run, lane by lane."""

    def __init__(self, entries: Sequence[Entry], *, after: int = 0) -> None:
        """Read out of the entries of a run, all of them, what was found after the entry ``after``."""
        self._lanes: dict[str, deque[Found]] = {}
        nodes: dict[str, str] = {}
        pieces = {id(event): held for event, held in file_pieces(entry.event for entry in entries)}
        for entry in entries[after:]:
            if isinstance(entry.event, NodeStarted):
                nodes[entry.lane] = entry.event.node_id
            if isinstance(entry.event, FileFound):
                held = pieces[id(entry.event)]
                item = Found(entry.seq, nodes.get(entry.lane, ""), entry.event, held)
                self._lanes.setdefault(entry.lane, deque()).append(item)

    def before(self, lane_id: str, seq: int) -> Iterator[Found]:
        """Yield, once each, what was found in a lane before the entry ``seq``."""
        found = self._lanes.get(lane_id, deque())
        while found and found[0].seq < seq:
            yield found.popleft()


class RecordedFiles:
    """Puts into the data folder of a replay what was found in the recorded one.

    A function without an effect is executed and leaves its files again; what
    was found after it is put there only where it is missing.
    """

    def __init__(self, folder: Path, executed: Collection[str]) -> None:
        """Put files into ``folder``; the nodes ``executed`` leave their own."""
        self._folder = folder
        self._executed = executed

    async def put(self, found: Found) -> None:
        """Make a file what it was found to be.

        Raises:
            ToolError: if its name leads out of the folder.
        """
        await asyncio.to_thread(self._put, found, is_own=found.node_id in self._executed)

    def _put(self, found: Found, *, is_own: bool) -> None:
        name = found.event.name
        if found.pieces is not None:
            if not (is_own and (self._folder / name).exists()):
                put_below(self._folder, name, found.pieces.content())
        elif not (is_own or found.event.left_out or why_unkept(name)):
            remove_below(self._folder, name)
