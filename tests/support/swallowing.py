"""A network before a PostgreSQL that swallows everything, and then works again for new connections alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Network:
    """Passes on what is said, until it no longer does.

    Attributes:
        dsn: the address of the database behind it.
    """

    def __init__(self, dsn: str) -> None:
        facts = psycopg.conninfo.conninfo_to_dict(dsn)
        self.dsn = ""
        self._place = f"{facts['host']}/.s.PGSQL.5432"
        self._through = f"host=127.0.0.1 dbname={facts['dbname']} user={facts['user']} sslmode=disable"
        self._is_swallowing = False
        self._joined: dict[asyncio.Event, list[asyncio.StreamWriter]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def swallow(self) -> None:
        """Swallow everything, of connections to come, too."""
        self._is_swallowing = True
        for each in self._joined:
            each.set()

    def recover(self) -> None:
        """Pass on what comes over new connections; the old ones stay dead."""
        self._is_swallowing = False

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a connection with the server."""
        far_reader, far_writer = await asyncio.open_unix_connection(self._place)
        dead = asyncio.Event()
        self._joined[dead] = [writer, far_writer]
        if self._is_swallowing:
            dead.set()
        for each in (self._pass(reader, far_writer, dead), self._pass(far_reader, writer, dead)):
            self._tasks.add(asyncio.create_task(each))

    def listen_at(self, port: int) -> None:
        """Take the port at which it is reached."""
        self.dsn = f"{self._through} port={port}"

    async def close(self) -> None:
        """End what still passes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in (each for pair in self._joined.values() for each in pair):
            writer.close()
        await asyncio.sleep(0)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dead: asyncio.Event
    ) -> None:
        while some := await reader.read(65536):
            if not dead.is_set():
                writer.write(some)
        if not dead.is_set():
            writer.close()


@asynccontextmanager
async def network_before(dsn: str) -> AsyncIterator[Network]:
    """Give a network before the server of ``dsn``."""
    network = Network(dsn)
    async with await asyncio.start_server(network.join, "127.0.0.1", 0) as server:
        network.listen_at(server.sockets[0].getsockname()[1])
        try:
            yield network
        finally:
            await network.close()
