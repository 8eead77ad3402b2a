"""Which processes live, by their heartbeats; it is in Redis alone, and the next heartbeats rebuild it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import orjson
from redis.exceptions import RedisError

from hive.control.services.outages import Outage
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
        self._outage = Outage("presence_not_kept")

    async def heard(self, stored: Stored) -> None:
        """Take the heartbeats among events that came, unless they waited too long to count."""
        if self._clock.now() - stored.received_at < GONE:
            beats = [each.event for each in stored.events if isinstance(each.event, HeartbeatEvent)]
            await self.seen(stored.team_id, beats, stored.received_at, is_late=stored.was_spooled)

    async def seen(
        self, team_id: TeamId, heartbeats: Sequence[HeartbeatEvent], at: datetime, *, is_late: bool = False
    ) -> None:
        """Take heartbeats that came ``at``; while Redis is away they are only stored, and the next count.

        Late ones lie apart, so that they take the place of none that came after them.
        """
        facts: dict[Any, Any] = {
            beat.sdk_instance_id: orjson.dumps(
                [at.isoformat(), beat.agent_name, beat.status, beat.sdk_version]
            )
            for beat in heartbeats
        }
        if not facts:
            return
        key = _key(team_id, at, is_late=is_late)
        try:
            async with self._hot.pipeline(transaction=True) as pipe:
                pipe.hset(key, mapping=facts)
                pipe.expire(key, 2 * GONE)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._outage.failed(reason=type(error).__name__)
        else:
            self._outage.went_well()

    async def fleet(self, team_id: TeamId) -> list[Instance]:
        """Return the processes of a team that were heard of within the last minute.

        Raises:
            UnavailableError: if Redis is out of reach.
        """
        now = self._clock.now()
        try:
            heard = await self._heard(team_id, (now - GONE, now))
        except (RedisError, OSError, TimeoutError) as error:
            raise UnavailableError("Redis is out of reach, which knows what lives; try again.") from error
        found: dict[str, Instance] = {}
        for each in (_instance(name.decode(), orjson.loads(facts), now) for name, facts in heard):
            before = found.get(each.sdk_instance_id)
            if now - each.seen_at < GONE and (before is None or before.seen_at <= each.seen_at):
                found[each.sdk_instance_id] = each
        return list(found.values())

    async def _heard(self, team_id: TeamId, moments: Sequence[datetime]) -> list[tuple[bytes, bytes]]:
        async with self._hot.pipeline(transaction=False) as pipe:
            for moment in moments:
                for is_late in (True, False):
                    pipe.hgetall(_key(team_id, moment, is_late=is_late))  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
            answers = cast("list[dict[bytes, bytes]]", await pipe.execute())
        return [item for answer in answers for item in answer.items()]


def _key(team_id: TeamId, moment: datetime, *, is_late: bool) -> str:
    """Return what keeps the heartbeats of the minute of a moment: it goes as a whole, and so do the dead."""
    minute = int(moment.timestamp() // GONE.total_seconds())
    return f"hive:presence:2:{team_id}:{minute}{':late' if is_late else ''}"


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
