"""Looking after the embedded database while it is used: a server that dies is started again."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from hive.control.services.worker import Worker
from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_EVERY_S = 0.5
_LONGEST_PAUSE_S = 30.0
_GRACE_S = 60.0  # A start that is under way cannot be broken off.
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
    worker = Worker("database-watch", _Watch(server, every_s).look, grace_s=_GRACE_S)
    worker.start()
    try:
        yield
    finally:
        await worker.stop()


class _Watch:
    """Looks whether a server lives."""

    def __init__(self, server: Server, every_s: float) -> None:
        self._server = server
        self._every_s = every_s
        self._pause_s = every_s

    async def look(self) -> float:
        """Start the server again if it is dead, and return when to look again."""
        if await asyncio.to_thread(self._server.is_alive):
            self._pause_s = self._every_s
            return self._pause_s
        _log.error("embedded_database_died")
        try:
            await asyncio.to_thread(self._server.restart)
        except ControlSetupError as error:
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            _log.error("embedded_database_not_restarted", extra={"reason": str(error)})
        else:
            self._pause_s = self._every_s
            _log.warning("embedded_database_restarted")
        return self._pause_s
