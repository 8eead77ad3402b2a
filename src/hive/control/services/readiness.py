"""Whether the process can serve: its parts answer, and it is not on its way out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from hive.errors import UnavailableError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from hive.control.stores.database import Database

_PATIENCE_S = 2.0
OK = "ok"


class Readiness:
    """Asks the parts, each time somebody wants to know.

    Attributes:
        ending: set when the process is on its way out.
    """

    def __init__(self, database: Database, hot: Redis) -> None:
        """Ask ``database`` and ``hot``."""
        self.ending = asyncio.Event()
        self._database = database
        self._hot = hot

    @property
    def is_draining(self) -> bool:
        """Whether the process is ending, so that nobody should send it more."""
        return self.ending.is_set()

    def heed(self, ending: asyncio.Event) -> None:
        """Report not ready from the moment ``ending`` is set."""
        self.ending = ending

    async def parts(self) -> dict[str, str]:
        """Return every part with ``ok`` or what is wrong with it."""
        database, hot = await asyncio.gather(self._ask_database(), self._ask_hot())
        return {"database": database, "redis": hot, "server": "stopping" if self.is_draining else OK}

    async def _ask_database(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S), self._database.transaction():
                return OK
        except (UnavailableError, TimeoutError):
            return "out of reach"

    async def _ask_hot(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._hot.ping()  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError, TimeoutError):
            return "out of reach"
        return OK
