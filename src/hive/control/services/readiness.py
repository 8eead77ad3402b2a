"""Whether the process can serve: what it needs for that answers, and it is not on its way out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from hive.control.services.worker import Worker
    from hive.control.stores.database import Database
    from hive.control.stores.spool import Spool

_PATIENCE_S = 2.0
OK = "ok"
DEGRADED = "degraded"
NOT_READY = "not ready"


class Readiness:
    """Asks the parts, each time somebody wants to know.

    Attributes:
        ending: set when the process is on its way out.
    """

    def __init__(self, database: Database, hot: Redis, spool: Spool | None = None) -> None:
        """Ask ``database`` and ``hot``; while the database is away, ``spool`` takes what comes."""
        self.ending = asyncio.Event()
        self._database = database
        self._hot = hot
        self._spool = spool
        self._workers: Sequence[Worker] = ()

    @property
    def is_draining(self) -> bool:
        """Whether the process is ending, so that nobody should send it more."""
        return self.ending.is_set()

    def heed(self, ending: asyncio.Event) -> None:
        """Report not ready from the moment ``ending`` is set."""
        self.ending = ending

    def watch(self, workers: Sequence[Worker]) -> None:
        """Report not ready while one of ``workers`` fails."""
        self._workers = workers

    async def status(self) -> tuple[str, dict[str, str]]:
        """Return ``ok``, ``degraded`` or ``not ready``, and every part with ``ok`` or what is wrong with it.

        Without Redis nothing is lost. Without the database events are, unless the spool takes them: no
        sender sends again what a process that is out of service did not take.
        """
        parts = await self.parts()
        needed = [parts["server"], parts["workers"]]
        if self._spool is None or self._spool.is_refusing:
            needed.append(parts["database"])
        if any(state != OK for state in needed):
            return NOT_READY, parts
        return OK if set(parts.values()) == {OK} else DEGRADED, parts

    async def parts(self) -> dict[str, str]:
        """Return every part with ``ok`` or what is wrong with it."""
        database, hot = await asyncio.gather(self._ask_database(), self._ask_hot())
        faults = [f"{worker.name} {worker.fault}" for worker in self._workers if worker.fault]
        return {
            "database": database,
            "redis": hot,
            "server": "stopping" if self.is_draining else OK,
            "workers": "; ".join(faults) or OK,
        }

    async def _ask_database(self) -> str:
        return OK if await self._database.answers() else "out of reach"

    async def _ask_hot(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._hot.ping()  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError, TimeoutError):
            return "out of reach"
        return OK
