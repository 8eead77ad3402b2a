"""Hot state: Redis, or one in this process. Losing it loses no event and no money."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from hive.control.stores.breaker import Breaker
from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from redis.asyncio.client import Redis as Hot
    from redis.asyncio.connection import AbstractConnection

_MOST_CONNECTIONS = 20
_PATIENCE_S = 2.0


class _Pool(BlockingConnectionPool):
    """Lets nobody wait for a Redis that somebody just waited for in vain.

    So what asks several times, one after the other, waits once; and so does everybody who asks with it.
    """

    def __init__(self, **options: Any) -> None:
        """Take the options of redis-py."""
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        self._breaker = Breaker()

    async def get_connection(self, command_name: Any = None, *keys: Any, **options: Any) -> Any:
        """Return a connection that works, in good time.

        Raises:
            ConnectionError: if there is none; of Redis, not the one of Python.
        """
        del command_name, keys, options  # redis-py ignores them.
        if self._breaker.is_open:
            raise RedisConnectionError("Redis did not answer just now")
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await super().get_connection()  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except TimeoutError as error:
            self._breaker.failed()
            raise RedisConnectionError("Redis does not answer") from error

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back; one that was given up tells that Redis is away."""
        if not connection.is_connected:
            self._breaker.failed()
        await super().release(connection)


def open_hot(url: str | None) -> Hot:
    """Return a client of the Redis at ``url``, or of one in this process.

    Raises:
        ControlSetupError: if the address cannot be used.
    """
    if url is None:
        from fakeredis import FakeAsyncRedis  # noqa: PLC0415  (loads only where Redis is embedded)

        return FakeAsyncRedis()
    try:
        _refuse_word(url)
        # The plain pool raises when many tasks ask at once; this one lets them wait.
        pool = _Pool.from_url(  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
            url,
            max_connections=_MOST_CONNECTIONS,
            timeout=_PATIENCE_S,
            socket_timeout=_PATIENCE_S,
            socket_connect_timeout=_PATIENCE_S,
            # After a restart of Redis each connection is found broken only when it is used. One that says
            # nothing says no more the second time.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
    except ValueError:
        raise ControlSetupError(
            "HIVE_REDIS_URL cannot be used; write it as redis://HOST:6379/0, where the database is a number."
        ) from None
    return Redis.from_pool(pool)  # The client closes it, too.


def _refuse_word(url: str) -> None:
    """Refuse a database that goes by a word, for which the driver would take the first one."""
    parts = urlsplit(url)
    database = "" if parts.scheme == "unix" else parts.path.removeprefix("/")
    if database and not (database.isascii() and database.isdecimal()):
        raise ValueError("the database of Redis is no number")
