"""Which processes live, by their heartbeats; it is in Redis alone, and the next heartbeats rebuild it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import orjson
from redis.exceptions import RedisError

from hive.errors import UnavailableError
from hive.protocol import HeartbeatEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from framework.clock import Clock
    from hive.control.domain.ids import TeamId
    from hive.control.services.ingest import Stored

HEALTHY = timedelta(seconds=30)
GONE = timedelta(seconds=60)
_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A process that lives.

    Attributes:
        status: what it says of itself.
        is_healthy: whether it says so, and said something within the last 30 s.
    """

    sdk_instance_id: str
    agent_name: str
    status: str
    sdk_version: str
    seen_at: datetime
    is_healthy: bool


class Presence:
    """The processes of all teams."""

    def __init__(self, hot: Redis, clock: Clock) -> None:
        """Keep them in ``hot``."""
        self._hot = hot
        self._clock = clock

    async def heard(self, stored: Stored) -> None:
        """Take the heartbeats among events that were stored, unless they waited too long to count."""
        if self._clock.now() - stored.received_at < GONE:
            events = (judged.event for judged in stored.events)
            await self.seen(stored.team_id, [each for each in events if isinstance(each, HeartbeatEvent)])

    async def seen(self, team_id: TeamId, heartbeats: Sequence[HeartbeatEvent]) -> None:
        """Take heartbeats; where Redis is away they are only stored, and the next ones count."""
        now = self._clock.now()
        facts: dict[Any, Any] = {
            beat.sdk_instance_id: orjson.dumps(
                [now.isoformat(), beat.agent_name, beat.status, beat.sdk_version]
            )
            for beat in heartbeats
        }
        if not facts:
            return
        try:
            async with self._hot.pipeline(transaction=True) as pipe:
                pipe.hset(_key(team_id, now), mapping=facts)
                pipe.expire(_key(team_id, now), 2 * GONE)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("presence_not_kept", extra={"reason": type(error).__name__})

    async def fleet(self, team_id: TeamId) -> list[Instance]:
        """Return the processes of a team that were heard of within the last minute.

        Raises:
            UnavailableError: if Redis is out of reach.
        """
        now = self._clock.now()
        try:
            stored = {**await self._heard_in(team_id, now - GONE), **await self._heard_in(team_id, now)}
        except (RedisError, OSError, TimeoutError) as error:
            raise UnavailableError("Redis is out of reach, which knows what lives; try again.") from error
        found = [_instance(name.decode(), orjson.loads(facts), now) for name, facts in stored.items()]
        return [each for each in found if now - each.seen_at < GONE]

    async def _heard_in(self, team_id: TeamId, moment: datetime) -> dict[bytes, bytes]:
        answer: Any = await self._hot.hgetall(_key(team_id, moment))  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]  (redis leaves it untyped)
        return cast("dict[bytes, bytes]", answer)


def _key(team_id: TeamId, moment: datetime) -> str:
    """Return what keeps the heartbeats of the minute of a moment: it goes as a whole, and so do the dead."""
    return f"hive:presence:2:{team_id}:{int(moment.timestamp() // GONE.total_seconds())}"


def _instance(name: str, facts: list[str], now: datetime) -> Instance:
    seen, agent_name, status, version = facts
    seen_at = datetime.fromisoformat(seen)
    return Instance(
        sdk_instance_id=name,
        agent_name=agent_name,
        status=status,
        sdk_version=version,
        seen_at=seen_at,
        is_healthy=status == "healthy" and now - seen_at < HEALTHY,
    )
