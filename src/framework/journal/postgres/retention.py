"""Retention: which runs go, and the content that goes with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import SettingsError
from framework.journal.postgres.blobs import spare_blobs, sweep_blobs
from framework.journal.sweep import GRACE, LeftRun, Swept, SweptRun

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from framework.journal.postgres.database import Database

_DELETED_AT_ONCE = 100
_LISTED_AT_ONCE = 1000
_NO_LIMIT = 2**62
_SHORTEST_GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Which runs that ended are deleted; one under way, paused or cut off never is.

    Attributes:
        older_than: those last written longer ago than this.
        keep_last: those that are not among this many last ones of their agent.
        grace: how long content stays that no run refers to any more.
    """

    older_than: timedelta | None = None
    keep_last: int | None = None
    grace: timedelta = GRACE

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            SettingsError: if one is too small.
        """
        if self.keep_last is not None and self.keep_last < 0:
            raise SettingsError(f"keep_last is {self.keep_last}; give 0 or more.")
        if self.grace < _SHORTEST_GRACE:
            raise SettingsError(
                f"A grace of {self.grace} may take content from a writer that is about to refer to it; give "
                f"{_SHORTEST_GRACE} or more."
            )


class Removed(NamedTuple):
    """What retention removed: the ids of runs, and how many pieces of content with how many bytes."""

    run_ids: tuple[str, ...]
    blobs: int
    blob_size: int = 0


async def retain(database: Database, retention: Retention) -> Removed:
    """Delete the runs that may go, then the content nobody refers to.

    A fork is a copy of the entries of its origin, so it outlives it.

    Raises:
        JournalWriteError: if the database refuses, or is out of reach.
    """
    older_s = math.inf if retention.older_than is None else retention.older_than.total_seconds()
    asked = {
        "older_than_s": min(older_s, 1e9),
        "keep_last": _NO_LIMIT if retention.keep_last is None else retention.keep_last,
        "limit": _DELETED_AT_ONCE,
    }
    gone: list[str] = []
    while True:
        rows = await database.write("ended_runs", asked, "The runs that ended")
        deleted = await delete_runs(database, [run_id for (run_id,) in rows])
        gone += deleted
        if not deleted:
            return Removed(tuple(gone), *await sweep_blobs(database, retention.grace))


async def sweep(database: Database, older_than: timedelta, *, is_trial: bool) -> Swept:
    """Delete the runs that ended and were last written longer ago, and content; see ``SharedJournal.sweep``.

    Raises:
        JournalError: if the database refuses, or is out of reach.
    """
    found = [_found(row) async for row in _due_runs(database, older_than)]
    due = {run.run_id: run for run in found if isinstance(run, SweptRun)}
    left = [run for run in found if isinstance(run, LeftRun)]
    if is_trial:
        blobs = await spare_blobs(database, GRACE, list(due))
        return Swept(runs=tuple(due.values()), left=tuple(left), blobs=blobs.pieces, blob_size=blobs.size)
    deleted: set[str] = set()
    names = list(due)
    for start in range(0, len(names), _DELETED_AT_ONCE):
        deleted.update(await delete_runs(database, names[start : start + _DELETED_AT_ONCE]))
    blobs = await sweep_blobs(database, GRACE)
    return Swept(
        runs=tuple(run for name, run in due.items() if name in deleted),
        left=(*left, *(_held(name, "another process") for name in due if name not in deleted)),
        blobs=blobs.pieces,
        blob_size=blobs.size,
    )


class _Due(NamedTuple):
    """A row of the runs that ended: the place of the run, and who holds it."""

    ordinal: int
    run_id: str
    agent: str
    ended_at_us: int
    holder: str | None
    size: int


async def _due_runs(database: Database, older_than: timedelta) -> AsyncGenerator[_Due]:
    asked: dict[str, object] = {"older_than_s": older_than.total_seconds(), "limit": _LISTED_AT_ONCE}
    after = 0
    while True:
        rows = await database.read("due_runs", asked | {"after": after}, "The list of runs that ended")
        for row in rows:
            yield _Due(*row)
        if len(rows) < _LISTED_AT_ONCE:
            return
        after = rows[-1][0]


def _found(due: _Due) -> SweptRun | LeftRun:
    if due.holder is not None:
        return _held(due.run_id, repr(due.holder))
    return SweptRun(run_id=due.run_id, agent=due.agent, ended_at_us=due.ended_at_us, size=due.size)


def _held(run_id: str, holder: str) -> LeftRun:
    return LeftRun(run_id=run_id, reason=f"It is being written by {holder}.", is_held=True)


async def delete_runs(database: Database, run_ids: Sequence[str]) -> list[str]:
    """Delete runs that nobody holds; return the ids of those that were deleted.

    Raises:
        JournalWriteError: if the database refuses, or is out of reach.
    """
    rows = await database.write("delete_runs", {"run_ids": list(run_ids)}, "The runs to delete")
    deleted = {run_id for (run_id,) in rows}
    return [run_id for run_id in run_ids if run_id in deleted]
