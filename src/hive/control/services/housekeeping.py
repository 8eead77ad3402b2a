"""What has to happen now and then: months to come get their partitions, and what is due goes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from hive.errors import UnavailableError

if TYPE_CHECKING:
    from hive.control.stores.database import Database

_EVERY_S = 6 * 3600.0
_AGAIN_S = 60.0
_MOST_SWEEPS = 500
_log = logging.getLogger("hive.control")


class Turn(NamedTuple):
    """What a turn did.

    Attributes:
        partitions: how many were made for months to come.
        sessions: how many sessions and invitations that ended long ago were deleted.
        dropped: how many partitions or chunks of events went.
        rows: how many rows of quarantine, content, failure packets and batches of live streams went.
    """

    partitions: int = 0
    sessions: int = 0
    dropped: int = 0
    rows: int = 0


class Housekeeping:
    """A task that keeps the database ready for events to come, and from growing for ever."""

    def __init__(self, database: Database) -> None:
        """Look after ``database``."""
        self._database = database
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

        Rows go by the thousand, each time in a transaction of its own, so that nobody waits for long.

        Raises:
            UnavailableError: if the database is out of reach, or somebody uses what should be dropped.
        """
        partitions = await self._ask("schema.create_partitions", "made")
        sessions = await self._ask("sessions.sweep", "swept")
        batches = await self._ask("live.sweep", "swept")
        rows = 0
        for _ in range(_MOST_SWEEPS):
            deleted = await self._ask("schema.forget_rows", "deleted")
            rows += deleted
            if not deleted or self._stop.is_set():
                break
        dropped = await self._ask("schema.forget_events", "dropped")
        return Turn(partitions, sessions, dropped, rows + batches)

    async def _ask(self, name: str, column: str) -> int:
        async with self._database.transaction() as transaction:
            row = await transaction.row(name)
        return row[column] if row else 0

    async def _keep(self) -> None:
        while not self._stop.is_set():
            pause_s = _EVERY_S
            try:
                done = await self.turn()
                _log.info("housekeeping_done", extra=done._asdict())
            except UnavailableError as error:
                _log.warning("housekeeping_failed", extra={"reason": str(error)})
                pause_s = _AGAIN_S
            try:
                async with asyncio.timeout(pause_s):
                    await self._stop.wait()
            except TimeoutError:
                continue
