"""What has to happen now and then: months to come get their partitions, old sessions go."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hive.errors import UnavailableError

if TYPE_CHECKING:
    from hive.control.stores.database import Database

_EVERY_S = 6 * 3600.0
_AGAIN_S = 60.0
_log = logging.getLogger("hive.control")


class Housekeeping:
    """A task that keeps the database ready for events to come."""

    def __init__(self, database: Database) -> None:
        """Look after ``database``."""
        self._database = database
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep(), name="housekeeping")

    async def stop(self) -> None:
        """End, when the turn under way is done."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def turn(self) -> tuple[int, int]:
        """Make the partitions that are missing, delete what ended long ago; return how many of each.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        async with self._database.transaction() as transaction:
            made = await transaction.row("schema.create_partitions")
            sessions = await transaction.row("sessions.sweep")
            batches = await transaction.row("live.sweep")
        swept = sum(row["swept"] for row in (sessions, batches) if row)
        return made["made"] if made else 0, swept

    async def _keep(self) -> None:
        while not self._stop.is_set():
            pause_s = _EVERY_S
            try:
                await self.turn()
            except UnavailableError as error:
                _log.warning("housekeeping_failed", extra={"reason": str(error)})
                pause_s = _AGAIN_S
            try:
                async with asyncio.timeout(pause_s):
                    await self._stop.wait()
            except TimeoutError:
                continue
