"""Group commit: appends that arrive while others are being stored go into one transaction."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import psycopg

from framework.errors import JournalConflictError, JournalError, JournalWriteError
from framework.journal.postgres.database import reason
from framework.journal.postgres.lines import Line
from framework.journal.postgres.statements import append_statement, statement

if TYPE_CHECKING:
    from framework.journal.postgres.database import Database

MOST_APPENDS = 256
"""Appends that one transaction stores at most."""

MOST_BYTES = 8 << 20
"""Bytes of entries and content above which a transaction takes no further append."""


@dataclass(slots=True, kw_only=True, eq=False)
class Append:
    """What one writer wants stored, and what became of it.

    Attributes:
        agent: the agent that runs, when these entries say it.
        marks: digests of the content that the run refers to from now on.
    """

    run_id: str
    epoch: int
    expected: int
    lines: Sequence[Line]
    blobs: Mapping[str, bytes]
    marks: frozenset[str]
    agent: str | None
    is_durable: bool
    is_stored: bool = False
    failure: JournalError | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def size(self) -> int:
        """Bytes of its entries and content."""
        return sum(len(line.content) for line in self.lines) + sum(map(len, self.blobs.values()))

    def settle(self, failure: JournalError | None = None) -> None:
        """Say that it was stored, or why not."""
        self.failure = failure
        self.is_stored = failure is None
        self.done.set()


class GroupCommit:
    """Stores appends in the order they come, as many at a time as are waiting.

    A writer waits for its append before it makes another one, so the queue is
    bounded by the number of open writers.
    """

    def __init__(self, database: Database, *, lease_s: float) -> None:
        """Store in ``database``; each append renews its writer's lease by ``lease_s``."""
        self._database = database
        self._lease_s = lease_s
        self._waiting: deque[Append] = deque()
        self._task: asyncio.Task[None] | None = None

    async def store(self, append: Append) -> None:
        """Wait until ``append`` is settled. When cancelled: until it is known whether it was stored.

        Raises:
            JournalConflictError: if its writer no longer holds the run.
            JournalWriteError: if it was not stored, or nobody can know whether it was.
        """
        self._waiting.append(append)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._store_waiting(), name="journal-commits")
        try:
            await append.done.wait()
        except asyncio.CancelledError:
            await self._withdraw(append)
            raise
        if append.failure is not None:
            raise append.failure

    async def close(self) -> None:
        """Wait until nothing is being stored."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _withdraw(self, append: Append) -> None:
        if append in self._waiting:
            self._waiting.remove(append)
            return
        while not append.done.is_set():
            try:
                await append.done.wait()
            except asyncio.CancelledError:
                continue  # The caller raises the first one; this wait ends with the database's patience.

    async def _store_waiting(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._store(batch)
            finally:
                for append in batch:
                    if not append.done.is_set():
                        append.settle(_unknown(append, "the program is ending"))

    def _next_batch(self) -> list[Append]:
        batch = [self._waiting.popleft()]
        size = batch[0].size
        while self._waiting and len(batch) < MOST_APPENDS and size < MOST_BYTES:
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        return batch

    async def _store(self, batch: Sequence[Append]) -> None:
        try:
            rows: list[tuple[int, str]] = await self._database.rows(*_question(batch, self._lease_s))
            for place, _ in rows:
                batch[place].settle()
            await self._judge([append for append in batch if not append.is_stored])
        except TimeoutError as error:
            for append in batch:
                append.settle(_unknown(append, reason(error)))
        except psycopg.Error as error:
            await self._store_apart(batch, error)

    async def _store_apart(self, batch: Sequence[Append], error: psycopg.Error) -> None:
        """Store one by one what the database refused together: one of them may be to blame."""
        if len(batch) == 1:
            batch[0].settle(_refused(batch[0], error))
            return
        for append in batch:
            await self._store([append])

    async def _judge(self, left_out: Sequence[Append]) -> None:
        """Settle appends that were left out: one may have been stored before its answer was lost."""
        if not left_out:
            return
        rows = await self._database.rows(
            statement("standings"), {"run_ids": [append.run_id for append in left_out]}
        )
        found = {run_id: standing for run_id, *standing in rows}
        for append in left_out:
            append.settle(_verdict(append, found.get(append.run_id)))


def _verdict(append: Append, standing: Sequence[Any] | None) -> JournalError | None:
    if standing is None:
        return JournalConflictError(
            f"Run {append.run_id!r} was deleted while it was written; start a new one."
        )
    epoch, last_seq, owner = standing
    if epoch != append.epoch:
        return JournalConflictError(
            f"Run {append.run_id!r} was taken over by {owner!r}: this writer was silent for longer than its "
            "lease; leave the run to the other, or open it again."
        )
    if last_seq == append.expected + len(append.lines):
        return None
    return JournalWriteError(
        f"Run {append.run_id!r} has {last_seq} entries in the database and this writer had stored "
        f"{append.expected}: the server lost the last ones; open the run again to go on from there."
    )


def _unknown(append: Append, why: str) -> JournalWriteError:
    return JournalWriteError(
        f"Whether the last entries of run {append.run_id!r} were stored is not known ({why}); check "
        "the database server, then resume the run."
    )


def _refused(append: Append, error: psycopg.Error) -> JournalWriteError:
    return JournalWriteError(
        f"Run {append.run_id!r} could not be written to the database ({reason(error)}); mend that, "
        "then resume it."
    )


def _question(batch: Sequence[Append], lease_s: float) -> tuple[bytes, dict[str, object]]:
    content = _content(batch)
    asked = content | _entries([line for append in batch for line in append.lines]) | {"lease_s": lease_s}
    asked["durable"] = any(append.is_durable for append in batch)
    if len(batch) == 1:
        [one] = batch
        asked |= {"run_id": one.run_id, "epoch": one.epoch, "expected": one.expected, "agent": one.agent}
        return append_statement("append_one", has_content=bool(content)), asked | {"count": len(one.lines)}
    agents = [append.agent for append in batch]
    return append_statement("append", has_content=bool(content)), asked | {
        "places": _numbers(range(len(batch))),
        "run_ids": "\n".join(append.run_id for append in batch),
        "epochs": _numbers(append.epoch for append in batch),
        "expected": _numbers(append.expected for append in batch),
        "counts": _numbers(len(append.lines) for append in batch),
        "agents": agents if any(agents) else None,
        "entry_places": _numbers(place for place, append in enumerate(batch) for _ in append.lines),
        "seqs": _numbers(line.seq for append in batch for line in append.lines),
    }


def _entries(lines: Sequence[Line]) -> dict[str, object]:
    """Return the entries column by column, each column as one text.

    The driver takes longer for a list than the server takes to store an entry.
    """
    sizes = [len(line.content) for line in lines]
    *starts, _ = accumulate(sizes, initial=1)
    return {
        "times": _numbers(line.at_us for line in lines),
        "lanes": "\n".join(line.lane for line in lines),
        "kinds": "\n".join(line.kind for line in lines),
        "starts": _numbers(starts),
        "sizes": _numbers(sizes),
        "lines": b"".join(line.content for line in lines),
    }


def _content(batch: Sequence[Append]) -> dict[str, object]:
    blobs = {digest: content for append in batch for digest, content in append.blobs.items()}
    marks = sorted((digest, place) for place, append in enumerate(batch) for digest in append.marks)
    if not (blobs or marks):
        return {}
    digests = sorted(blobs)  # Everyone locks content in the same order.
    return {
        "digests": digests or None,
        "contents": [blobs[digest] for digest in digests] or None,
        "referred": sorted({digest for digest, _ in marks}.difference(blobs)) or None,
        "mark_places": _numbers(place for _, place in marks),
        "mark_digests": [digest for digest, _ in marks] or None,
    }


def _numbers(numbers: Iterable[int]) -> str:
    """Return an array as the database reads it."""
    return f"{{{','.join(map(str, numbers))}}}"
