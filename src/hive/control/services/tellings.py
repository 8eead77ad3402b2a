"""What each SDK was told last that its team spent: its own reckoning goes on from there. In Redis alone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from redis.exceptions import RedisError

from hive.control.domain.reckoning import Telling
from hive.control.services.outages import Outage
from hive.control.stores.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redis.asyncio import Redis

    from hive.control.domain.ids import TeamId

_KEPT = timedelta(days=40)
_PATIENCE_S = 0.25
_PAUSE_S = 5.0


class Tellings:
    """What the SDKs of all teams were told.

    Where Redis is away nothing is known of them, and what an SDK reckons counts as it stands, which may be
    too much; what is stored counts in any case. Nobody waits for Redis longer than a quarter of a second, and
    then nobody asks it for five.
    """

    def __init__(self, hot: Redis) -> None:
        """Keep them in ``hot``."""
        self._hot = hot
        self._breaker = Breaker(_PAUSE_S)
        self._outage = Outage("spending_told_not_known")

    async def last(self, team_id: TeamId, instance: str) -> Telling | None:
        """Return what an SDK was told last; None where nobody knows."""
        if self._breaker.is_open:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                kept: Any = await self._hot.get(_key(team_id, instance))  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError, TimeoutError) as error:
            self._missed(error)
            return None
        self._outage.went_well()
        return None if kept is None else _read(kept)

    async def note(self, team_id: TeamId, telling: Telling, instances: Iterable[str]) -> None:
        """Keep what SDKs were told just now."""
        keys = [_key(team_id, instance) for instance in instances if instance]
        if not keys or self._breaker.is_open:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S), self._hot.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.set(key, _written(telling), ex=_KEPT)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._missed(error)
        else:
            self._outage.went_well()

    def _missed(self, error: Exception) -> None:
        self._breaker.failed()
        self._outage.failed(reason=type(error).__name__)


def _key(team_id: TeamId, instance: str) -> str:
    return f"hive:told:1:{team_id}:{sha256(instance.encode()).hexdigest()[:32]}"


def _written(telling: Telling) -> bytes:
    return orjson.dumps([telling.month.isoformat(), str(telling.told), str(telling.spent)])


def _read(kept: bytes) -> Telling:
    month, told, spent = orjson.loads(kept)
    return Telling(month=datetime.fromisoformat(month), told=Decimal(told), spent=Decimal(spent))
