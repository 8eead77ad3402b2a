"""How often somebody may ask: counted in Redis, so that it holds for all processes together."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from hive.errors import TooManyRequestsError

if TYPE_CHECKING:
    from redis.asyncio import Redis

_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``most`` requests of one caller within ``per_s`` seconds.

    Attributes:
        name: what is limited.
    """

    name: str
    most: int
    per_s: int


LOGIN_BY_EMAIL = Limit(name="login-email", most=10, per_s=300)
LOGIN_BY_HOST = Limit(name="login-host", most=60, per_s=300)
REGISTER_BY_HOST = Limit(name="register-host", most=30, per_s=3600)
REFRESH_BY_HOST = Limit(name="refresh-host", most=120, per_s=60)
LINK_BY_HOST = Limit(name="link-host", most=20, per_s=300)


class Limits:
    """Counts requests in windows of time."""

    def __init__(self, hot: Redis) -> None:
        """Count in ``hot``."""
        self._hot = hot

    async def take(self, limit: Limit, caller: str) -> None:
        """Count a request of ``caller``.

        Where Redis is away the request passes: hashing a password is slow enough
        to hold an attacker up, and people can still sign in.

        Raises:
            TooManyRequestsError: if it is one too many.
        """
        key = f"hive:limit:{limit.name}:{sha256(caller.encode()).hexdigest()[:32]}"
        try:
            async with self._hot.pipeline(transaction=True) as pipe:
                pipe.set(key, 0, ex=limit.per_s, nx=True)
                pipe.incr(key)
                pipe.ttl(key)
                _, count, left_s = await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("limit_not_counted", extra={"limit": limit.name, "reason": type(error).__name__})
            return
        if count > limit.most:
            raise TooManyRequestsError(
                f"Too many requests; try again in {max(1, left_s)} s.", retry_after_s=max(1, left_s)
            )
