"""A journal that stops a run after a chosen entry, wherever in a batch that entry lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import JournalWriteError
from framework.journal.memory import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from framework.journal.memory import MemoryWriter


class StoppingJournal(MemoryJournal):
    """Keeps runs in memory; the writer fails for good once the entry ``stop_after`` is stored.

    Attributes:
        stop_after: number of the last entry that is stored; None stores all.
        on_append: called after every append, with the writer's last number.
    """

    def __init__(self, stop_after: int | None = None) -> None:
        super().__init__()
        self.stop_after = stop_after
        self.on_append: Callable[[int], None] = lambda last_seq: None

    async def create(self, run_id: str) -> StoppingWriter:
        """Begin a new run."""
        return StoppingWriter(self, await super().create(run_id))

    async def open(self, run_id: str) -> StoppingWriter:
        """Become the writer of a stored run."""
        return StoppingWriter(self, await super().open(run_id))


class StoppingWriter:
    """Stores entries up to the journal's last one, then fails."""

    def __init__(self, journal: StoppingJournal, writer: MemoryWriter) -> None:
        self._journal = journal
        self._writer = writer

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
        """Store the entries that may be stored."""
        limit = self._journal.stop_after
        kept = lines if limit is None else lines[: max(0, limit - self.last_seq)]
        await self._writer.append(kept, expected=expected, blobs=blobs, durable=durable)
        if len(kept) < len(lines):
            raise JournalWriteError(f"The disk is full after entry {self.last_seq}.")
        self._journal.on_append(self.last_seq)

    async def close(self) -> None:
        """Give the run up."""
        await self._writer.close()
