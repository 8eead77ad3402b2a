"""A control plane behind a real port, at a pace of the test's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hive.control.app.application import at_work, control_app
from hive.control.app.socket_protocol import SocketProtocol
from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from hive.listening import ServerOptions, address_of, listen, serve_until
from tests.support.control import new_database, running_parts
from tests.support.postgres import running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.api.parts import Parts
    from hive.control.services.live_rooms import Pace


@asynccontextmanager
async def served_live(pace: Pace, most_sockets: int) -> AsyncIterator[tuple[Parts, str]]:
    """Give the parts of a server on a database of its own, and its address."""
    options = ServerOptions(
        most_requests=100, last_requests_s=2, sockets=SocketProtocol, most_sockets=most_sockets
    )
    with running_server() as dsn:
        prepare(dsn)
        places = new_database(dsn)
        await migrate(places.owner)
        async with running_parts(places.app) as parts, at_work(parts):
            parts.live._pace = pace
            ending = asyncio.Event()
            with listen("127.0.0.1", 0) as listening:
                serving = asyncio.create_task(serve_until(ending, control_app(parts), listening, options))
                try:
                    yield parts, address_of("127.0.0.1", listening)
                finally:
                    ending.set()
                    await serving
