"""Hot state: Redis, or one in this process. Losing it loses no event and no money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from redis.asyncio.client import Redis as Hot

_MOST_CONNECTIONS = 20
_PATIENCE_S = 2.0


def open_hot(url: str | None) -> Hot:
    """Return a client of the Redis at ``url``, or of one in this process.

    Raises:
        ControlSetupError: if the address cannot be used.
    """
    if url is None:
        from fakeredis import FakeAsyncRedis  # noqa: PLC0415  (loads only where Redis is embedded)

        return FakeAsyncRedis()
    try:
        # The plain pool raises when many tasks ask at once; this one lets them wait.
        pool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
            url,
            max_connections=_MOST_CONNECTIONS,
            timeout=_PATIENCE_S,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            # After a restart of Redis each connection is found broken only when it is used.
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError as error:
        raise ControlSetupError("HIVE_REDIS_URL cannot be used; write it as redis://HOST:6379/0.") from error
    return Redis.from_pool(pool)  # The client closes it, too.
