"""How often a password may be guessed, without a way for strangers to lock its owner out.

Two limits count an address that asks: by itself, and together with the e-mail
address it names. What all addresses together may guess of one account is
bounded, too, by pauses that grow; from where its owner signed in lately, that
does not count.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from hive.control.services.limits import (
    LOGIN_BY_EMAIL_AND_HOST,
    LOGIN_BY_HOST,
    Limits,
    limit_key,
    too_many,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

FREE = 100
"""Guesses of one account within a day, from addresses it never signed in from, that need no pause."""

LONGEST_PAUSE_S = 60
"""Seconds that one guess of an account can keep the next one waiting."""

_DAY_S = 24 * 60 * 60
_GUESSES_A_SECOND_LONGER = 10
_HOME = timedelta(days=30)
_NAME = "login-email"


def pause_s(guesses: int) -> int:
    """Return the seconds that the last of so many guesses keeps the next one waiting."""
    late = guesses - FREE
    return 0 if late <= 0 else min(LONGEST_PAUSE_S, 1 + (late - 1) // _GUESSES_A_SECOND_LONGER)


class LoginLimits:
    """Counts attempts to sign in."""

    def __init__(self, hot: Redis, limits: Limits) -> None:
        """Count in ``hot``, and by ``limits``."""
        self._hot = hot
        self._limits = limits

    async def take(self, email: str, host: str) -> None:
        """Count an attempt from ``host``; where Redis is away it passes.

        Raises:
            TooManyRequestsError: if it is one too many.
        """
        await self._limits.take(LOGIN_BY_HOST, host)
        await self._limits.take(LOGIN_BY_EMAIL_AND_HOST, _both(email, host))
        try:
            if not await self._hot.exists(_home(email, host)):
                await self._pause(email)
        except (RedisError, OSError, TimeoutError) as error:
            self._limits.outage.failed(limit=_NAME, reason=type(error).__name__)

    async def signed_in(self, email: str, host: str) -> None:
        """Remember for a month that the owner of an account comes from ``host``."""
        try:
            await self._hot.set(_home(email, host), 1, ex=_HOME)
        except (RedisError, OSError, TimeoutError) as error:
            self._limits.outage.failed(limit=_NAME, reason=type(error).__name__)

    async def _pause(self, email: str) -> None:
        count_key, gate_key = limit_key(_NAME, email), limit_key("login-pause", email)
        async with self._hot.pipeline(transaction=True) as pipe:
            pipe.set(count_key, 0, ex=_DAY_S, nx=True)
            pipe.incr(count_key)
            _, guesses = await pipe.execute()
        wait_s = pause_s(guesses)
        if wait_s and not await self._hot.set(gate_key, 1, ex=wait_s, nx=True):
            # What was refused is no guess: hammering makes no pause longer.
            await self._hot.decr(count_key)
            raise too_many(await self._hot.ttl(gate_key))


def _both(email: str, host: str) -> str:
    return f"{email}\0{host}"


def _home(email: str, host: str) -> str:
    return limit_key("login-home", _both(email, host))
