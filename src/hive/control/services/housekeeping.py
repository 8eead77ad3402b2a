"""What has to happen now and then: months to come get their partitions, and what is due goes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from hive.errors import UnavailableError

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.stores.database import Database

_EVERY_S = 6 * 3600.0
_AGAIN_S = 60.0
_MOST_SWEEPS = 500
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
    """A task that keeps the database ready for events to come, and from growing for ever.

    Attributes:
        done_at: when all of a turn went well last, in seconds since 1970; 0 before the first time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Look after ``database``."""
        self.done_at = 0.0
        self._database = database
        self._clock = clock
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep(), name="housekeeping")

    async def stop(self) -> None:
        """End, when the statement under way is done."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def turn(self) -> Turn:
        """Make the partitions that are missing, and let go of what is due.

        A step that fails is logged, and the others are taken all the same.
        """
        done: Counter[str] = Counter()
        failed: list[str] = []
        for step in _STEPS:
            if self._stop.is_set():
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
        for _ in range(_MOST_SWEEPS if step.is_repeated else 1):
            async with self._database.transaction() as transaction:
                row = await transaction.row(step.statement)
            count = row[step.column] if row else 0
            total += count
            if not count or self._stop.is_set():
                break
        return total

    async def _keep(self) -> None:
        while not self._stop.is_set():
            done = await self.turn()
            _log.info("housekeeping_done", extra=done._asdict())
            try:
                async with asyncio.timeout(_AGAIN_S if done.failed else _EVERY_S):
                    await self._stop.wait()
            except TimeoutError:
                continue
