"""Being the one process that serves a database, which one without a shared Redis must be."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psycopg

from hive.control.services.worker import Worker
from hive.control.stores.database import reason
from hive.control.stores.guarded import Guard, GuardedConnection
from hive.control.stores.statements import statement
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_NAME = "hive-alone"
_PATIENCE_S = 5.0
_ENDING_S = 2.0
_PAUSE_S = 0.2
_LOOK_S = 5.0
_SENTENCE = (
    "Another process without HIVE_REDIS_URL serves this database; give all of them the same HIVE_REDIS_URL, "
    "or stop that one."
)

_log = logging.getLogger("hive.control")


class Alone:
    """Holds a lock of the database for as long as this process serves it.

    The lock belongs to a transaction that stays open, so that a pooler in transaction mode leaves it a
    connection of its own; it goes with the process, however that ends. The transaction reads nothing and
    writes nothing, and holds up no cleaning of the database.
    """

    def __init__(self, app_dsn: str) -> None:
        """Hold the lock of the database at ``app_dsn``."""
        self._dsn = app_dsn
        self._guard = Guard(_PATIENCE_S)
        self._connection: GuardedConnection | None = None
        self._is_told = False
        self.worker = Worker("alone", self._keep, again_s=_LOOK_S)

    async def take(self, patience_s: float = _ENDING_S) -> None:
        """Take the lock; a process that is just ending has ``patience_s`` seconds to let it go.

        Raises:
            ControlSetupError: if another process holds it.
            UnavailableError: if the database is out of reach.
        """
        deadline = time.monotonic() + patience_s
        while not await self._is_taken():
            if time.monotonic() >= deadline:
                raise ControlSetupError(_SENTENCE)
            await asyncio.sleep(_PAUSE_S)

    async def let_go(self) -> None:
        """Let the lock go."""
        self._guard.close()
        await self._hang_up()

    async def _keep(self) -> float:
        """See whether the lock is still held, and take it anew where its connection was lost."""
        is_alone = await self._is_taken()
        if not is_alone and not self._is_told:
            _log.error("not_alone", extra={"reason": _SENTENCE})
        self._is_told = not is_alone
        return _LOOK_S

    async def _is_taken(self) -> bool:
        try:
            if self._connection is None:
                return await self._try()
            await self._connection.execute(statement("alone.ask"))
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            await self._hang_up()
            raise UnavailableError(f"The database is out of reach ({reason(error)}); try again.") from error
        return True

    async def _try(self) -> bool:
        connection = await GuardedConnection.connect(self._dsn, application_name=_NAME, **self._guard.options)
        self._connection = connection
        is_taken = False
        try:
            await connection.execute(statement("alone.settle"))
            row = await (await connection.execute(statement("alone.take"))).fetchone()
            is_taken = bool(row and row["is_taken"])
        finally:
            if not is_taken:
                await self._hang_up()
        return is_taken

    async def _hang_up(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


@asynccontextmanager
async def alone(app_dsn: str) -> AsyncGenerator[None]:
    """Be the one process without a shared Redis that serves the database.

    Raises:
        ControlSetupError: if another one serves it.
        UnavailableError: if the database is out of reach.
    """
    held = Alone(app_dsn)
    try:
        await held.take()
        held.worker.start()
        yield
    finally:
        await held.worker.stop()
        await held.let_go()
