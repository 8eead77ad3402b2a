"""The connections to the database: one statement at a time, again when a connection is lost."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolClosed

from framework.errors import JournalError, JournalWriteError, SettingsError
from framework.journal.postgres.schema import limit_waiting, migrate
from framework.journal.postgres.statements import statement

if TYPE_CHECKING:
    from collections.abc import Mapping

Pool = AsyncConnectionPool[AsyncConnection[Any]]
"""Connections that commit every statement by itself."""

Rows = list[tuple[Any, ...]]

# Whatever the role or the database has set.
_OPTIONS: dict[str, Any] = {"autocommit": True, "client_encoding": "UTF8"}
_LARGEST_POOL = 4
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
# Deadlock, serialization failure, too many connections, shutdown, crash, start-up.
_PASSING = frozenset({"40P01", "40001", "53300", "57P01", "57P02", "57P03"})


class Database:
    """Executes the named statements of the journal.

    Each is one transaction and is written so that executing it a second time
    changes nothing or shows that the first time counted. So a statement whose
    answer was lost with its connection is executed again.
    """

    def __init__(self, where: str | Pool, *, patience_s: float) -> None:
        """Use the database at a DSN, or an open pool that its owner closes.

        Args:
            where: the DSN, or the pool.
            patience_s: how long a statement is tried while connections are lost.
        """
        self._dsn = where if isinstance(where, str) else None
        self._pool: Pool | None = None if isinstance(where, str) else where
        self._patience_s = patience_s
        self._is_ready = False
        self._is_closed = False
        self._lock = asyncio.Lock()

    async def read(self, name: str, parameters: Mapping[str, object], what: str) -> Rows:
        """Return the rows of a statement that reads ``what``.

        Raises:
            JournalError: if the database refuses, or is out of reach.
        """
        try:
            return await self.rows(statement(name), parameters)
        except (psycopg.Error, TimeoutError) as error:
            raise JournalError(
                f"{what} cannot be read from the database ({reason(error)}); check the server."
            ) from error

    async def write(self, name: str, parameters: Mapping[str, object], what: str) -> Rows:
        """Return the rows of a statement that changes ``what``.

        Raises:
            JournalWriteError: if the database refuses, or is out of reach.
        """
        try:
            return await self.rows(statement(name), parameters)
        except (psycopg.Error, TimeoutError) as error:
            raise JournalWriteError(
                f"{what} cannot be written to the database ({reason(error)}); check the server, "
                "then try again."
            ) from error

    async def rows(self, query: bytes, parameters: Mapping[str, object]) -> Rows:
        """Return the rows of a statement.

        Raises:
            SettingsError: if the database cannot keep every text.
            psycopg.Error: if the database refused, and nothing was changed.
            TimeoutError: if it was out of reach all the time; whether anything was changed is not known.
        """
        pool = await self._ready_pool()
        deadline = time.monotonic() + self._patience_s
        pause = _FIRST_PAUSE_S
        while True:
            try:
                async with asyncio.timeout_at(
                    asyncio.get_running_loop().time() + deadline - time.monotonic()
                ):
                    return await _execute(pool, query, parameters)
            except TimeoutError as error:
                raise TimeoutError(f"no answer within {self._patience_s:g} s") from error
            except _LostConnectionError as error:
                if time.monotonic() + pause >= deadline:
                    raise TimeoutError(str(error)) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def close(self) -> None:
        """Close the connections that were opened here; closing twice does nothing."""
        async with self._lock:
            self._is_closed = True
            if self._dsn is not None and self._pool is not None:
                await self._pool.close()

    async def _ready_pool(self) -> Pool:
        if self._is_ready and self._pool is not None:
            return self._pool
        async with self._lock:
            if self._is_closed:
                raise PoolClosed("this journal is closed")
            if self._pool is None:
                self._pool = await self._own_pool(str(self._dsn))
            elif not self._is_ready:
                await self._prepare(self._pool)
            self._is_ready = True
            return self._pool

    async def _own_pool(self, dsn: str) -> Pool:
        # A connection of its own first: it says at once why there is none, which a pool does not.
        async with asyncio.timeout(self._patience_s):
            async with await AsyncConnection[Any].connect(dsn, **_OPTIONS) as connection:
                _refuse_encoding(connection)
                await migrate(connection)
            pool = Pool(
                dsn,
                min_size=1,
                max_size=_LARGEST_POOL,
                open=False,
                timeout=self._patience_s,
                kwargs=_OPTIONS,
                configure=limit_waiting,
            )
            await pool.open()
            return pool

    async def _prepare(self, pool: Pool) -> None:
        async with pool.connection() as connection:
            if not connection.autocommit:
                raise psycopg.ProgrammingError(
                    "the pool's connections must commit by themselves: give it kwargs={'autocommit': True}"
                )
            _refuse_encoding(connection)
            if connection.info.encoding != "utf-8":
                raise psycopg.ProgrammingError(
                    "the pool's connections must send every text: give it kwargs={'client_encoding': 'UTF8'}"
                )
            await migrate(connection)


class _LostConnectionError(Exception):
    """A statement may or may not have been executed."""


def _refuse_encoding(connection: AsyncConnection[Any]) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in {"UTF8", None}:  # What stands in between may not say.
        raise SettingsError(
            f"The database has the encoding {encoding!r}, which cannot keep every text; make another "
            "one with: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )


async def _execute(pool: Pool, query: bytes, parameters: Mapping[str, object]) -> Rows:
    connection: AsyncConnection[Any] | None = None
    try:
        connection = await pool.getconn()  # Not "async with", which ends a transaction: there is none.
        try:
            cursor = await connection.execute(query, parameters, prepare=True, binary=True)
            return await cursor.fetchall()
        finally:
            await pool.putconn(connection)
    except PoolClosed:
        raise
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if connection is None or connection.closed or error.sqlstate in _PASSING:
            raise _LostConnectionError(reason(error)) from error
        raise


def reason(error: Exception) -> str:
    """Return the first line of what an error says: the others may quote what was stored."""
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
