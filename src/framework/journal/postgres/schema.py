"""Bringing the tables of the journal to the version this program knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.journal.postgres.statements import migrations

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_LOCK = 0x68697665_6A726E6C
"""Key of the advisory lock that lets one process at a time migrate a database."""

_VERSIONS = """
CREATE TABLE IF NOT EXISTS journal_migrations (
    version    int PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


async def migrate(connection: AsyncConnection[Any]) -> None:
    """Apply the migrations that the current schema of the database lacks, all or none.

    Raises:
        psycopg.Error: if the database refuses.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        await connection.execute(_VERSIONS)
        cursor = await connection.execute("SELECT version FROM journal_migrations")
        applied = {version for (version,) in await cursor.fetchall()}
        for version, script in migrations():
            if version not in applied:
                await connection.execute(script)
                await connection.execute("INSERT INTO journal_migrations (version) VALUES (%s)", [version])
