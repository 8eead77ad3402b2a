"""The journal of a replay: each entry is held against the recording before it is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from framework.journal.entry import decode_line
from framework.journal.memory import MemoryJournal
from framework.journal.reading import filled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from framework.journal.memory import MemoryWriter
    from framework.runtime.replay.files import Found
    from framework.runtime.replay.recording import Recording


def _nobody(node_id: str, text: str) -> None:
    del node_id, text


async def _nowhere(found: Found) -> None:
    del found


class ComparedJournal(MemoryJournal):
    """Keeps a replay in memory and stops it at the first event that differs.

    Attributes:
        inject: gives a live node a message, at the moment it was given one in the recorded run.
        put: makes a file of the data folder what it was found to be after a node.
        used_up: set once the replay has done everything that was recorded.
    """

    def __init__(self, recording: Recording) -> None:
        """Hold what is appended against ``recording``."""
        super().__init__()
        self._recording = recording
        if recording.shared:
            self._runs[recording.run_id] = list(recording.shared)
            self._blobs.update(recording.blobs)
        self.used_up = asyncio.Event()
        self.inject: Callable[[str, str], object] = _nobody
        self.put: Callable[[Found], Awaitable[None]] = _nowhere

    async def put_found(self, lane_ids: Iterable[str]) -> None:
        """Make the files of these lanes what they were found to be where the replay stands."""
        for lane_id in lane_ids:
            for found in self._recording.found_by_now(lane_id):
                await self.put(found)

    async def create(self, run_id: str) -> ComparedWriter:  # pyright: ignore[reportIncompatibleMethodOverride]  (it writes as the plain one does)
        """Begin the replay."""
        return ComparedWriter(await super().create(run_id), self._recording, self)

    async def open(self, run_id: str) -> ComparedWriter:  # pyright: ignore[reportIncompatibleMethodOverride]  (it writes as the plain one does)
        """Go on from where the run was forked."""
        return ComparedWriter(await super().open(run_id), self._recording, self)


class ComparedWriter:
    """The writer of a replay."""

    __slots__ = ("_blobs", "_journal", "_recording", "_writer")

    def __init__(self, writer: MemoryWriter, recording: Recording, journal: ComparedJournal) -> None:
        """Compare with ``recording``, then write to ``writer``."""
        self._writer = writer
        self._recording = recording
        self._journal = journal
        self._blobs: dict[str, bytes] = {}

    @property
    def last_seq(self) -> int:
        """Sequence number of the last stored entry."""
        return self._writer.last_seq

    async def append(
        self,
        lines: Sequence[bytes],
        *,
        expected: int,
        blobs: Mapping[str, bytes],
        durable: bool = False,
    ) -> None:
        """Store entries that are what was recorded.

        Raises:
            ReplayDivergedError: at the first that is not.
            ReplayEndedError: beyond the end of an unfinished recording.
        """
        await asyncio.sleep(0)  # The other lanes get their turn: nothing else here takes any time.
        lanes: dict[str, None] = {}
        self._blobs.update(blobs)
        for entry in map(decode_line, lines):
            self._recording.take(entry.lane, filled(entry.event, self._blobs))
            lanes[entry.lane] = None
        await self._writer.append(lines, expected=expected, blobs=blobs, durable=durable)
        if self._recording.is_used_up:
            self._journal.used_up.set()
        for lane_id in lanes:
            await self._journal.put_found([lane_id])
            for message in self._recording.injected_next(lane_id):
                self._journal.inject(message.node_id, message.text.load())
        await asyncio.sleep(0)  # What ends here, because its recording does, goes no further.

    async def close(self) -> None:
        """Give the run up."""
        await self._writer.close()
