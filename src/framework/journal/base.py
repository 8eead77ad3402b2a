"""The journal protocol: append with an expected sequence number, read back, keep blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from framework.journal.inbox.base import Inbox
    from framework.journal.sweep import Swept


class JournalWriter(Protocol):
    """The one writer of one run."""

    @property
    def last_seq(self) -> int:
        """Sequence number of the last stored entry; 0 for a new run."""
        ...

    async def append(
        self,
        lines: Sequence[bytes],
        *,
        expected: int,
        blobs: Mapping[str, bytes],
        durable: bool = False,
    ) -> None:
        """Store entries ``expected + 1 ...``; blobs are stored before the entries that name them.

        If the caller is cancelled meanwhile, all entries are stored or none,
        and ``last_seq`` says which. The first entries of a run are stored all
        or none also when the process is killed.

        Args:
            lines: encoded entries, without line ends, in order.
            expected: sequence number of the last entry this writer knows of.
            blobs: content by SHA-256 that the entries refer to.
            durable: whether the entries must survive a power cut on return.

        Raises:
            JournalConflictError: if ``expected`` is not the last stored number.
            JournalWriteError: if storing failed; nothing half-written is ever read back.
        """
        ...

    async def close(self) -> None:
        """Give the run up, so that another writer may open it."""
        ...


class Journal(Protocol):
    """A store of runs, each an append-only list of entries."""

    async def create(self, run_id: str) -> JournalWriter:
        """Begin a new run.

        Raises:
            RunExistsError: if the run is stored already.
            JournalWriteError: if it cannot be stored.
        """
        ...

    async def open(self, run_id: str) -> JournalWriter:
        """Become the writer of a stored run.

        Raises:
            RunNotFoundError: if no such run is stored.
            JournalLockedError: if another writer holds it.
            JournalCorruptError: if it does not read back.
        """
        ...

    async def read(self, run_id: str, *, after: int = 0) -> list[bytes]:
        """Return the entries with a sequence number above ``after``, in order.

        Raises:
            RunNotFoundError: if no such run is stored.
            JournalCorruptError: if it does not read back.
        """
        ...

    async def read_blob(self, digest: str) -> bytes:
        """Return the content with this SHA-256.

        Raises:
            BlobNotFoundError: if it is not stored.
            JournalCorruptError: if it does not match its digest.
        """
        ...

    async def run_ids(self) -> list[str]:
        """Return the ids of the stored runs, oldest first."""
        ...

    def inbox(self, run_id: str) -> Inbox | None:
        """Return where other processes leave messages for the one that writes a run; None if none can."""
        ...


class SharedJournal(Journal, Protocol):
    """A journal that other processes reach, too."""

    def inbox(self, run_id: str) -> Inbox:
        """Return where other processes leave messages for the one that writes a run."""
        ...

    async def sweep(self, older_than: timedelta, *, is_trial: bool = False) -> Swept:
        """Remove runs that ended and were last written longer ago, and content that no run refers to.

        One under way, waiting, paused, cut off or held stays. A fork holds what it shares with the other run.

        Args:
            older_than: how long ago.
            is_trial: whether to remove nothing and tell what would be.

        Raises:
            JournalLockedError: if another process sweeps the same files.
            JournalError: if the list of runs cannot be read.
        """
        ...
