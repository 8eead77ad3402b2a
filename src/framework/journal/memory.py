"""A journal in memory: for tests, and for runs nobody needs to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import (
    BlobNotFoundError,
    JournalConflictError,
    JournalLockedError,
    RunExistsError,
    RunNotFoundError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MemoryJournal:
    """Keeps the encoded entries of every run, and blobs by their SHA-256."""

    def __init__(self) -> None:
        """Start empty."""
        self._runs: dict[str, list[bytes]] = {}
        self._blobs: dict[str, bytes] = {}
        self._writers: set[str] = set()

    async def create(self, run_id: str) -> MemoryWriter:
        """Begin a new run; see ``Journal.create``."""
        if run_id in self._runs:
            raise RunExistsError(f"Run {run_id!r} exists already; choose another id.")
        self._runs[run_id] = []
        return self._writer(run_id)

    async def open(self, run_id: str) -> MemoryWriter:
        """Become the writer of a stored run; see ``Journal.open``."""
        self._lines(run_id)
        if run_id in self._writers:
            raise JournalLockedError(f"Run {run_id!r} is being written; wait until that writer is done.")
        return self._writer(run_id)

    async def read(self, run_id: str, *, after: int = 0) -> list[bytes]:
        """Return the entries above ``after``; see ``Journal.read``."""
        return self._lines(run_id)[after:]

    async def read_blob(self, digest: str) -> bytes:
        """Return a blob; see ``Journal.read_blob``."""
        try:
            return self._blobs[digest]
        except KeyError:
            raise BlobNotFoundError(f"The content {digest} is not stored.") from None

    async def run_ids(self) -> list[str]:
        """Return the ids of the stored runs, oldest first."""
        return list(self._runs)

    def inbox(self, run_id: str) -> None:
        """Return None: no other process reaches this memory."""

    def _lines(self, run_id: str) -> list[bytes]:
        try:
            return self._runs[run_id]
        except KeyError:
            raise RunNotFoundError(f"No run {run_id!r} is stored here.") from None

    def _writer(self, run_id: str) -> MemoryWriter:
        self._writers.add(run_id)
        return MemoryWriter(run_id, self._runs[run_id], self._blobs, self._writers)


class MemoryWriter:
    """The one writer of one run in memory."""

    __slots__ = ("_blobs", "_is_closed", "_lines", "_run_id", "_writers")

    def __init__(self, run_id: str, lines: list[bytes], blobs: dict[str, bytes], writers: set[str]) -> None:
        """Write to ``lines`` and ``blobs``; leave ``writers`` when closed."""
        self._run_id = run_id
        self._lines = lines
        self._blobs = blobs
        self._writers = writers
        self._is_closed = False

    @property
    def last_seq(self) -> int:
        """Sequence number of the last stored entry."""
        return len(self._lines)

    async def append(
        self,
        lines: Sequence[bytes],
        *,
        expected: int,
        blobs: Mapping[str, bytes],
        durable: bool = False,
    ) -> None:
        """Store entries; see ``JournalWriter.append``."""
        del durable
        if self._is_closed:
            raise JournalConflictError(f"This writer of run {self._run_id!r} is closed; open the run again.")
        if expected != len(self._lines):
            raise JournalConflictError(
                f"Run {self._run_id!r} has {len(self._lines)} entries, this writer expected {expected}; "
                "another writer was faster."
            )
        self._blobs.update(blobs)
        self._lines.extend(lines)

    async def close(self) -> None:
        """Give the run up; closing twice does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self._writers.discard(self._run_id)
