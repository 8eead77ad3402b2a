"""How often somebody may ask: counted in Redis, so that it holds for all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from hive.control.services.outages import Outage
from hive.errors import TooManyRequestsError

if TYPE_CHECKING:
    from redis.asyncio import Redis


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``most`` requests of one caller within ``per_s`` seconds.

    Attributes:
        name: what is limited.
    """

    name: str
    most: int
    per_s: int


LOGIN_BY_EMAIL_AND_HOST = Limit(name="login-both", most=10, per_s=300)
LOGIN_BY_HOST = Limit(name="login-host", most=60, per_s=300)
PASSWORD_BY_ACCOUNT = Limit(name="password-account", most=10, per_s=300)
REGISTER_BY_HOST = Limit(name="register-host", most=30, per_s=3600)
REFRESH_BY_HOST = Limit(name="refresh-host", most=120, per_s=60)
LINK_BY_HOST = Limit(name="link-host", most=20, per_s=300)


class Limits:
    """Counts requests in windows of time.

    Attributes:
        outage: that Redis does not count.
    """

    def __init__(self, hot: Redis) -> None:
        """Count in ``hot``."""
        self.outage = Outage("limit_not_counted")
        self._hot = hot

    async def take(self, limit: Limit, caller: str) -> None:
        """Count a request of ``caller``.

        Where Redis is away the request passes: hashing a password is slow enough
        to hold an attacker up, and people can still sign in.

        Raises:
            TooManyRequestsError: if it is one too many.
        """
        key = limit_key(limit.name, caller)
        try:
            async with self._hot.pipeline(transaction=True) as pipe:
                pipe.set(key, 0, ex=limit.per_s, nx=True)
                pipe.incr(key)
                pipe.ttl(key)
                _, count, left_s = await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self.outage.failed(limit=limit.name, reason=type(error).__name__)
            return
        self.outage.went_well()
        if count > limit.most:
            raise too_many(left_s)


def limit_key(name: str, caller: str) -> str:
    """Return where Redis keeps what is counted of ``caller``, who is not named there."""
    return f"hive:limit:{name}:{sha256(caller.encode()).hexdigest()[:32]}"


def too_many(left_s: int) -> TooManyRequestsError:
    """Return the refusal of somebody who may ask again in ``left_s`` seconds."""
    wait_s = max(1, left_s)
    return TooManyRequestsError(f"Too many requests; try again in {wait_s} s.", retry_after_s=wait_s)
