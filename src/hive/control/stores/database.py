"""Transactions of the application's role, each with a scope that row-level security holds it to."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from hive.control.stores.guarded import OPTIONS, Guard, GuardedConnection
from hive.control.stores.scope import NOBODY, Scope
from hive.control.stores.statements import statement
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

Connection = AsyncConnection[DictRow]

APPLICATION_ROLE = "hive_app"
"""The role of the application: it owns nothing, and row-level security binds it."""


_CONNECT_S = 10
_CLOSE_S = 1.0
_LEAST_S = 0.5


async def connect(dsn: str) -> Connection:
    """Return a connection whose statements may take any time.

    Raises:
        ControlSetupError: if the database cannot keep every text.
    """
    connection = await AsyncConnection[DictRow].connect(
        dsn, autocommit=True, connect_timeout=_CONNECT_S, **OPTIONS
    )
    try:
        _refuse_encoding(await (await connection.execute(statement("scope.settle"))).fetchone() or {})
        await connection.set_autocommit(False)
    except BaseException:
        await connection.close()
        raise
    return connection


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


class Usage(NamedTuple):
    """How busy connections are.

    Attributes:
        used: those that a transaction has.
        idle: those that wait for one.
        waiting: transactions that wait for a connection.
    """

    used: int
    idle: int
    waiting: int


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
            patience_s: how long a transaction waits for each statement, and for a connection. A server that
                says nothing for half a second longer is given up, and its connection with it.
            wait_s: how long it waits for a connection that works, if not as long as that.
            is_read_only: whether its transactions only read.
        """
        self._patience_s = patience_s
        self._wait_s = patience_s if wait_s is None else wait_s
        self._is_read_only = is_read_only
        self._guard = Guard(patience_s)
        self._pool: AsyncConnectionPool[GuardedConnection] = AsyncConnectionPool(
            dsn,
            connection_class=GuardedConnection,
            min_size=1,
            max_size=most_connections,
            open=False,
            timeout=self._wait_s,
            max_waiting=20 * most_connections,
            # Then the next that asks tries anew; else the pauses in between would double for minutes.
            reconnect_timeout=self._wait_s,
            configure=self._configure,
            kwargs={**self._guard.options, "application_name": "hive"},
        )
        self._dsn = dsn
        self._used = self._waiting = 0

    async def open(self, *, is_needed: bool = True) -> None:
        """Connect; later, where it is out of reach and not needed now.

        Raises:
            ControlSetupError: if the role is not bound by row-level security, or the database cannot keep
                every text.
            UnavailableError: if the database is needed and out of reach.
        """
        # A connection of its own first: it says at once why there is none, which a pool does not.
        try:
            async with await GuardedConnection.connect(self._dsn, **self._guard.options) as connection:
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
        """Close the connections, within a second or so; those on their way are given up."""
        self._guard.close()
        await self._pool.close(timeout=_CLOSE_S)

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
                await self._give_back(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            if _is_too_much(error):
                raise
            raise UnavailableError(f"The database is out of reach ({reason(error)}); try again.") from error

    async def answers(self, patience_s: float = 2.0) -> bool:
        """Say whether the database is in reach, within ``patience_s``."""
        try:
            async with asyncio.timeout(patience_s), self.transaction():
                return True
        except (UnavailableError, TimeoutError):
            return False

    def usage(self) -> Usage:
        """Return how busy the connections are."""
        stats = self._pool.get_stats()
        return Usage(used=self._used, idle=stats.get("pool_available", 0), waiting=self._waiting)

    @property
    def _timeout_ms(self) -> int:
        return round(self._patience_s * 1000)

    async def _configure(self, connection: GuardedConnection) -> None:
        with self._guard.coming():
            await _refuse_unbound(connection)
            await connection.set_read_only(self._is_read_only or None)

    async def _begin(self, scope: Scope) -> GuardedConnection:
        """Take a connection that works: the pool finds out only here that the server dropped some."""
        deadline = time.monotonic() + self._wait_s
        while True:
            connection = await self._take(max(0.1, deadline - time.monotonic()))
            try:
                connection.end_by(max(_LEAST_S, deadline - time.monotonic()))
                await Transaction(connection, self._timeout_ms).enter(scope)
                connection.end_by(None)
            except psycopg.OperationalError:
                await self._give_back(connection)
                if connection.is_cut:
                    # Those that rested meanwhile may be dead, too, and each would cost a wait.
                    await self._pool.drain()
                if time.monotonic() >= deadline:
                    raise
            except BaseException:
                await connection.close()
                await self._give_back(connection)
                raise
            else:
                return connection

    async def _take(self, patience_s: float) -> GuardedConnection:
        self._waiting += 1
        try:
            connection = await self._pool.getconn(timeout=patience_s)
        finally:
            self._waiting -= 1
        self._used += 1
        return connection

    async def _give_back(self, connection: GuardedConnection) -> None:
        self._used -= 1
        await self._pool.putconn(connection)


def _is_too_much(error: Exception) -> bool:
    """Say whether it fails again however often it is tried: class 54, a limit of the program."""
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith("54")


def _refuse_encoding(facts: Mapping[str, Any]) -> None:
    if facts.get("encoding") != "UTF8":
        raise ControlSetupError(
            f"The database has the encoding {facts.get('encoding')!r}, which cannot keep every text; make "
            "another one with: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )


async def _refuse_unbound(connection: Connection) -> None:
    # Outside of a transaction: a pool connects in the background, and one that it had to end would keep a
    # backend from all others for as long as this process is busy with something else.
    await connection.set_autocommit(True)
    cursor = await connection.execute(statement("scope.role"))
    role: dict[str, Any] = await cursor.fetchone() or {}
    await connection.set_autocommit(False)
    _refuse_encoding(role)
    if role.get("name") != APPLICATION_ROLE or role["is_unbound"] or role["is_owner"]:
        raise ControlSetupError(
            f"The application would connect as {role.get('name')!r}; it must be {APPLICATION_ROLE!r}, which "
            "owns nothing and is neither superuser nor BYPASSRLS, or teams are not kept apart."
        )


def speaks_of_data(error: Exception) -> bool:
    """Say whether an error is about what was to be stored, and not about the state of the database."""
    if not isinstance(error, psycopg.Error):
        return True
    return isinstance(error, psycopg.DataError | psycopg.IntegrityError) or _is_too_much(error)


def reason(error: Exception) -> str:
    """Return the first line of what an error says: the others may quote what was stored."""
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
