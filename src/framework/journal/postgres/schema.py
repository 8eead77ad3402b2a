"""Bringing the tables of the journal to the version this program knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.journal.postgres.statements import migrations, statement

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from framework.journal.postgres.statements import Migration

_LOCK = 0x68697665_6A726E6C
"""Key of the advisory lock that lets one process at a time migrate a database."""

IDLE_S = 4.0
"""Seconds after which the server ends a transaction whose process says nothing: it was stopped."""

LOCK_S = 8.0
"""Seconds a statement waits for a lock: more than ``IDLE_S``, so it outlasts a process that stopped."""


async def limit_waiting(connection: AsyncConnection[Any], *, is_local: bool = False) -> None:
    """Bound how long the connection holds locks in silence, and waits for those of others.

    Args:
        connection: the connection.
        is_local: whether that ends with the transaction.

    Raises:
        psycopg.Error: if the database refuses.
    """
    limits = {"idle": f"{IDLE_S * 1000:.0f}", "lock": f"{LOCK_S * 1000:.0f}", "is_local": is_local}
    await connection.execute(statement("limit_waiting"), limits)


async def migrate(connection: AsyncConnection[Any]) -> None:
    """Apply the migrations that the current schema of the database lacks, all or none.

    Nothing is locked when none is lacking.

    Raises:
        psycopg.Error: if the database refuses.
    """
    if not await _lacking(connection):
        return
    async with connection.transaction():
        await limit_waiting(connection, is_local=True)
        await connection.execute(statement("lock_migrations"), {"key": _LOCK})
        await connection.execute(statement("make_versions"))
        for version, script in await _lacking(connection):
            await connection.execute(script)
            await connection.execute(statement("add_version"), {"version": version})


async def _lacking(connection: AsyncConnection[Any]) -> list[Migration]:
    """Return the migrations that were not applied yet, in order."""
    has_table = await (await connection.execute(statement("has_versions"))).fetchone()
    if has_table is None or not has_table[0]:
        return list(migrations())
    cursor = await connection.execute(statement("versions"))
    applied = {version for (version,) in await cursor.fetchall()}
    return [migration for migration in migrations() if migration.version not in applied]
