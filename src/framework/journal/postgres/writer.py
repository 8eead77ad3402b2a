"""The one writer of one run in PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import JournalConflictError, JournalError
from framework.journal.postgres.commits import Append
from framework.journal.postgres.lines import agent_of, parse_lines, references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.postgres.commits import GroupCommit
    from framework.journal.postgres.database import Database
    from framework.journal.postgres.lease import Leases

_log = logging.getLogger("framework.journal")


class Place(NamedTuple):
    """What the writers of one journal share."""

    database: Database
    commits: GroupCommit
    leases: Leases


class PostgresWriter:
    """Appends to one run while it holds the run's lease.

    An append counts only under the writer's epoch: whoever takes the run over
    gets a higher one, and everything this writer sends from then on is refused.
    """

    __slots__ = (
        "_epoch", "_failure", "_is_closed", "_last_seq", "_lock", "_marked", "_place", "_run_id",
    )  # fmt: skip

    def __init__(self, run_id: str, epoch: int, last_seq: int, place: Place) -> None:
        """Write under ``epoch``, after the entry ``last_seq``."""
        self._run_id = run_id
        self._epoch = epoch
        self._last_seq = last_seq
        self._place = place
        self._marked: frozenset[str] = frozenset()
        self._failure: JournalError | None = None
        self._is_closed = False
        self._lock = asyncio.Lock()
        place.leases.hold(self)

    @property
    def run_id(self) -> str:
        """The run it writes."""
        return self._run_id

    @property
    def epoch(self) -> int:
        """The number under which it holds the run."""
        return self._epoch

    @property
    def last_seq(self) -> int:
        """Sequence number of the last stored entry."""
        return self._last_seq

    async def append(
        self,
        lines: Sequence[bytes],
        *,
        expected: int,
        blobs: Mapping[str, bytes],
        durable: bool = False,
    ) -> None:
        """Store entries; see ``JournalWriter.append``.

        Without ``durable`` a crash of the database server may take the last
        entries away, whole appends of them; a crash of this process never does.

        Raises:
            JournalConflictError: if ``expected`` is not the last stored number, the writer is closed, or
                another took the run over.
            JournalWriteError: if this or an earlier append failed.
        """
        async with self._lock:
            self._check(expected)
            if not (lines or blobs or durable):
                return
            parsed = parse_lines(lines, expected)
            append = Append(
                run_id=self._run_id,
                epoch=self._epoch,
                expected=expected,
                lines=parsed,
                blobs=dict(blobs),
                marks=frozenset(references(lines)) - self._marked,
                agent=agent_of(parsed[0]) if parsed and parsed[0].seq == 1 else None,
                is_durable=durable,
            )
            try:
                await self._place.commits.store(append)
            finally:
                self._note(append)

    async def close(self) -> None:
        """Give the run up; closing twice does nothing.

        If the database cannot be told, the lease ends by itself.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self._place.leases.drop(self)
        async with self._lock:
            held = {"run_id": self._run_id, "epoch": self._epoch}
            try:
                await self._place.database.write("free_lease", held, f"Run {self._run_id!r}")
            except JournalError as error:
                _log.warning("lease_not_freed", extra={"run_id": self._run_id, "reason": str(error)})

    def lose(self) -> None:
        """Refuse every append from now on: another holds the run."""
        self._failure = JournalConflictError(
            f"Run {self._run_id!r} was taken over: this writer was silent for longer than its lease; leave "
            "the run to the other, or open it again."
        )

    def _note(self, append: Append) -> None:
        if append.is_stored:
            self._last_seq = append.expected + len(append.lines)
            self._marked |= append.marks
        elif append.failure is not None:
            self._failure = append.failure

    def _check(self, expected: int) -> None:
        if self._failure is not None:
            raise type(self._failure)(str(self._failure))
        if self._is_closed:
            raise JournalConflictError(f"This writer of run {self._run_id!r} is closed; open the run again.")
        if expected != self._last_seq:
            raise JournalConflictError(
                f"Run {self._run_id!r} has {self._last_seq} entries, this writer expected {expected}; "
                "another writer was faster."
            )
