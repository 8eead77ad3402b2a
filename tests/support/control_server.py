"""A control plane of the tests' own behind a real port, and a database that can go away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from hive.control.app.application import at_work, control_app
from hive.control.app.socket_protocol import SocketProtocol
from hive.listening import ServerOptions, address_of, listen, serve_until
from tests.support.connections import as_superuser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from hive.control.api.parts import Parts

_OPTIONS = ServerOptions(most_requests=100, last_requests_s=2, sockets=SocketProtocol, most_sockets=100)


@asynccontextmanager
async def working_control(parts: Parts, port: int = 0) -> AsyncIterator[str]:
    """Serve over ``parts`` with the background tasks that sockets need, and give the address."""
    async with at_work(parts), serving_control(parts, port) as url:
        yield url


@asynccontextmanager
async def serving_control(
    parts: Parts, port: int = 0, *, trusted_proxies: tuple[str, ...] = ()
) -> AsyncIterator[str]:
    """Serve over ``parts`` and give the address."""
    ending = asyncio.Event()
    options = replace(_OPTIONS, trusted_proxies=trusted_proxies)
    with listen("127.0.0.1", port) as listening:
        serving = asyncio.create_task(serve_until(ending, control_app(parts), listening, options))
        try:
            yield address_of("127.0.0.1", listening)
        finally:
            ending.set()
            await serving


@contextmanager
def gone(superuser_dsn: str, app_dsn: str) -> Iterator[None]:
    """Let nobody reach the database of ``app_dsn`` until the block ends."""
    name = psycopg.conninfo.conninfo_to_dict(app_dsn)["dbname"]
    with as_superuser(superuser_dsn, autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("false")))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("true")))
