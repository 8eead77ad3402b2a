"""Looking after the embedded database while it is used: a server that dies is started again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_EVERY_S = 0.5
_LONGEST_PAUSE_S = 30.0
_log = logging.getLogger("hive.control")


class Server(Protocol):
    """A server that may die."""

    def is_alive(self) -> bool:
        """Return whether its process runs."""
        ...

    def restart(self) -> None:
        """Start it again.

        Raises:
            ControlSetupError: if it cannot be started.
        """
        ...


@asynccontextmanager
async def kept_alive(server: Server, *, every_s: float = _EVERY_S) -> AsyncGenerator[None]:
    """Start ``server`` again whenever it is found dead, until the block ends.

    Where it cannot be started, the pauses between two tries double, up to half a minute.
    """
    ending = asyncio.Event()
    task = asyncio.create_task(_keep(server, every_s, ending), name="database-watch")
    try:
        yield
    finally:
        ending.set()
        await asyncio.wait([task])


async def _keep(server: Server, every_s: float, ending: asyncio.Event) -> None:
    pause_s = every_s
    while not await _is_set(ending, pause_s):
        if await asyncio.to_thread(server.is_alive):
            pause_s = every_s
            continue
        _log.error("embedded_database_died")
        try:
            await asyncio.to_thread(server.restart)
        except ControlSetupError as error:
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            _log.error("embedded_database_not_restarted", extra={"reason": str(error)})
        else:
            pause_s = every_s
            _log.warning("embedded_database_restarted")


async def _is_set(event: asyncio.Event, patience_s: float) -> bool:
    try:
        async with asyncio.timeout(patience_s):
            return await event.wait()
    except TimeoutError:
        return False
