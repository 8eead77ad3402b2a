"""What has to happen now and then: months to come get their partitions, and what is due goes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from hive.control.services.freed_memory import FreedMemory, give_back
from hive.control.services.worker import Worker
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.stores.database import Database

_EVERY_S = 6 * 3600.0
_AGAIN_S = 60.0
_GRACE_S = 5.0
_LOOK_S = 60.0
_MOST_ANALYZED = 8
_log = logging.getLogger("hive.control")


class _Step(NamedTuple):
    """A statement of a turn, its column that counts, what of the turn it adds to, and whether it goes on."""

    statement: str
    column: str
    counts_as: str
    is_repeated: bool = False


_STEPS = (
    _Step("schema.create_partitions", "made", "partitions"),
    _Step("sessions.sweep", "swept", "sessions", is_repeated=True),
    _Step("live.sweep", "swept", "rows", is_repeated=True),
    _Step("schema.forget_rows", "deleted", "rows", is_repeated=True),
    _Step("schema.forget_events", "dropped", "dropped"),
)


class Turn(NamedTuple):
    """What a turn did.

    Attributes:
        partitions: how many were made for months to come.
        sessions: how many sessions and invitations that ended long ago were deleted.
        dropped: how many partitions or chunks of events went.
        rows: how many rows of quarantine, content, failure packets and batches of live streams went.
        failed: the statements that failed; what they did is not counted.
    """

    partitions: int = 0
    sessions: int = 0
    dropped: int = 0
    rows: int = 0
    failed: tuple[str, ...] = ()


class Housekeeping:
    """Keeps the database ready for events to come, and it and the process from growing for ever.

    Attributes:
        worker: does it in the background.
        done_at: when all of a turn went well last, in seconds since 1970; 0 before the first time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Look after ``database``."""
        self.worker = Worker("housekeeping", self._work, again_s=_AGAIN_S, grace_s=_GRACE_S)
        self.done_at = 0.0
        self._due_at = 0.0
        self._database = database
        self._clock = clock
        self._freed_memory = FreedMemory()

    async def turn(self) -> Turn:
        """Make the partitions that are missing, and let go of what is due.

        A step that fails is logged, and the others are taken all the same.
        """
        done: Counter[str] = Counter()
        failed: list[str] = []
        for step in _STEPS:
            if self.worker.is_stopping:
                break
            try:
                done[step.counts_as] += await self._take(step)
            except UnavailableError as error:
                _log.warning("housekeeping_failed", extra={"step": step.statement, "reason": str(error)})
                failed.append(step.statement)
            except Exception as error:  # noqa: BLE001  (the boundary of a step: the others must not wait for it)
                _log.error("housekeeping_failed", extra={"step": step.statement}, exc_info=error)
                failed.append(step.statement)
        else:
            self.done_at = self.done_at if failed else self._clock.now().timestamp()
        return Turn(**done, failed=tuple(failed))

    async def _take(self, step: _Step) -> int:
        """Rows go by the thousand, each time in a transaction of its own, so that nobody waits for long."""
        total = 0
        while True:
            async with self._database.transaction() as transaction:
                row = await transaction.row(step.statement)
            count = row[step.column] if row else 0
            total += count
            if not (count and step.is_repeated) or self.worker.is_stopping:
                return total

    async def analyze_new(self) -> int:
        """Give partitions that were filled lately their statistics, and return how many those are.

        The server does so by itself, but late where it is busy; till then a query reads a team's whole month.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        for count in range(_MOST_ANALYZED):
            async with self._database.transaction() as transaction:
                row = await transaction.row("schema.analyze_new")
            if not (row and row["analyzed"]) or self.worker.is_stopping:
                return count
        return _MOST_ANALYZED

    async def _work(self) -> float:
        if self._freed_memory.is_due():
            await asyncio.to_thread(give_back)
        if time.monotonic() >= self._due_at:
            done = await self.turn()
            _log.info("housekeeping_done", extra=done._asdict())
            self._due_at = time.monotonic() + (_AGAIN_S if done.failed else _EVERY_S)
        await self.analyze_new()
        return _LOOK_S
