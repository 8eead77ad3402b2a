"""Transactions of the application's role, each with a scope that row-level security holds it to."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from hive.control.stores.scope import NOBODY, Scope
from hive.control.stores.statements import statement
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

Connection = AsyncConnection[DictRow]

APPLICATION_ROLE = "hive_app"
"""The role of the application: it owns nothing, and row-level security binds it."""


async def connect(dsn: str) -> Connection:
    """Return a connection that leaves nothing behind in the server, whatever stands in between."""
    return await AsyncConnection[DictRow].connect(dsn, row_factory=dict_row, prepare_threshold=None)


class Transaction:
    """Executes named statements; it commits or rolls back as a whole."""

    def __init__(self, connection: Connection, timeout_ms: int) -> None:
        """Execute on a connection whose transaction ends with its block."""
        self._connection = connection
        self._timeout_ms = timeout_ms

    async def enter(self, scope: Scope) -> None:
        """See what ``scope`` names, instead of what was seen before."""
        settings = {**scope.settings(), "timeout_ms": str(self._timeout_ms)}
        await self._connection.execute(statement("scope.set"), settings)

    async def rows(self, name: str, parameters: Mapping[str, object] | None = None) -> list[DictRow]:
        """Return the rows of a statement."""
        cursor = await self._connection.execute(statement(name), parameters)
        return await cursor.fetchall()

    async def row(self, name: str, parameters: Mapping[str, object] | None = None) -> DictRow | None:
        """Return the first row of a statement, None if there is none."""
        cursor = await self._connection.execute(statement(name), parameters)
        return await cursor.fetchone()

    async def change(self, name: str, parameters: Mapping[str, object] | None = None) -> int:
        """Return how many rows a statement changed."""
        return (await self._connection.execute(statement(name), parameters)).rowcount

    async def copy(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        """Send rows to a ``COPY ... FROM STDIN``."""
        async with self._connection.cursor() as cursor, cursor.copy(statement(name)) as copy:
            for row in rows:
                await copy.write_row(row)


class Database:
    """The application's connections to PostgreSQL.

    Nothing outlives a transaction in a connection (no prepared statement, no
    setting), so a pooler in transaction mode may stand in between.
    """

    def __init__(
        self,
        dsn: str,
        *,
        most_connections: int = 10,
        patience_s: float = 5.0,
        wait_s: float | None = None,
        is_read_only: bool = False,
    ) -> None:
        """Connect to ``dsn``.

        Args:
            dsn: where it is.
            most_connections: how many there may be at once.
            patience_s: how long a transaction waits for each statement, and for a connection.
            wait_s: how long it waits for a connection, if not as long as that.
            is_read_only: whether its transactions only read.
        """
        self._patience_s = patience_s
        self._wait_s = patience_s if wait_s is None else wait_s
        self._is_read_only = is_read_only
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            connection_class=AsyncConnection[DictRow],
            min_size=1,
            max_size=most_connections,
            open=False,
            timeout=self._wait_s,
            max_waiting=20 * most_connections,
            configure=self._configure,
            kwargs={"prepare_threshold": None, "row_factory": dict_row, "application_name": "hive"},
        )
        self._dsn = dsn

    async def open(self, *, is_needed: bool = True) -> None:
        """Connect; later, where it is out of reach and not needed now.

        Raises:
            ControlSetupError: if the role is not bound by row-level security.
            UnavailableError: if the database is needed and out of reach.
        """
        # A connection of its own first: it says at once why there is none, which a pool does not.
        try:
            async with await connect(self._dsn) as connection:
                await _refuse_unbound(connection)
        except psycopg.OperationalError as error:
            if not is_needed:
                await self._pool.open()
                return
            raise UnavailableError(
                f"The database cannot be reached as {APPLICATION_ROLE!r} ({reason(error)}); check the server."
            ) from error
        await self._pool.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, scope: Scope = NOBODY) -> AsyncGenerator[Transaction]:
        """Give a transaction that sees what ``scope`` names and commits at the end of the block.

        Raises:
            UnavailableError: if the database is out of reach; after the block's statements, whether they
                were stored is not known.
            OperationalError: if what was asked for is more than the database can keep.
        """
        try:
            connection = await self._begin(scope)
            try:
                async with connection:
                    yield Transaction(connection, self._timeout_ms)
            finally:
                await self._pool.putconn(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            if _is_too_much(error):
                raise
            raise UnavailableError(f"The database is out of reach ({reason(error)}); try again.") from error

    @property
    def _timeout_ms(self) -> int:
        return round(self._patience_s * 1000)

    async def _configure(self, connection: Connection) -> None:
        await _refuse_unbound(connection)
        await connection.set_read_only(self._is_read_only or None)

    async def _begin(self, scope: Scope) -> Connection:
        """Take a connection that works: the pool finds out only here that the server dropped some."""
        deadline = time.monotonic() + self._wait_s
        while True:
            connection = await self._pool.getconn(timeout=max(0.1, deadline - time.monotonic()))
            try:
                await Transaction(connection, self._timeout_ms).enter(scope)
            except psycopg.OperationalError:
                await self._pool.putconn(connection)
                if time.monotonic() >= deadline:
                    raise
            except BaseException:
                await connection.close()
                await self._pool.putconn(connection)
                raise
            else:
                return connection


def _is_too_much(error: Exception) -> bool:
    """Say whether it fails again however often it is tried: class 54, a limit of the program."""
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith("54")


async def _refuse_unbound(connection: Connection) -> None:
    cursor = await connection.execute(statement("scope.role"))
    role: dict[str, Any] = await cursor.fetchone() or {}
    await connection.rollback()
    if role.get("name") != APPLICATION_ROLE or role["is_unbound"] or role["is_owner"]:
        raise ControlSetupError(
            f"The application would connect as {role.get('name')!r}; it must be {APPLICATION_ROLE!r}, which "
            "owns nothing and is neither superuser nor BYPASSRLS, or teams are not kept apart."
        )


def reason(error: Exception) -> str:
    """Return the first line of what an error says: the others may quote what was stored."""
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
