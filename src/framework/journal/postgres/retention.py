"""Retention: which runs go, and the content that goes with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import SettingsError
from framework.journal.postgres.blobs import sweep_blobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.postgres.database import Database

_DELETED_AT_ONCE = 100
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
    grace: timedelta = timedelta(hours=1)

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
    """What retention removed: the ids of runs, and how many pieces of content."""

    run_ids: tuple[str, ...]
    blobs: int


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
            return Removed(tuple(gone), await sweep_blobs(database, retention.grace))


async def delete_runs(database: Database, run_ids: Sequence[str]) -> list[str]:
    """Delete runs that nobody holds; return the ids of those that were deleted.

    Raises:
        JournalWriteError: if the database refuses, or is out of reach.
    """
    rows = await database.write("delete_runs", {"run_ids": list(run_ids)}, "The runs to delete")
    deleted = {run_id for (run_id,) in rows}
    return [run_id for run_id in run_ids if run_id in deleted]
