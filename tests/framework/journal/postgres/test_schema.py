from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from framework.errors import JournalError
from framework.journal.postgres import PostgresJournal, schema, statements
from framework.journal.postgres.database import Database
from framework.journal.postgres.statements import Migration, migrations, statement

SQL = Path(statements.__file__).parent / "sql"


async def use(dsn: str) -> None:
    async with PostgresJournal(dsn) as journal:
        await journal.run_ids()


def versions(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT version FROM journal_migrations ORDER BY version").fetchall()
    return [version for (version,) in rows]


async def test_processes_that_begin_at_once_make_the_tables_once(postgres: str) -> None:
    await asyncio.gather(*(use(postgres) for _ in range(5)))

    assert versions(postgres) == [migration.version for migration in migrations()]


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in migrations()] == list(range(1, len(migrations()) + 1))


async def test_a_later_migration_is_added_to_what_is_there(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await use(postgres)
    later = (*migrations(), Migration(99, b"ALTER TABLE journal_runs ADD COLUMN later text"))
    monkeypatch.setattr("framework.journal.postgres.schema.migrations", lambda: later)
    await use(postgres)

    assert versions(postgres) == [*(known.version for known in migrations()), 99]


async def test_a_migration_that_fails_changes_nothing(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*migrations(), Migration(99, b"CREATE TABLE half (a int); SELECT 1/0"))
    monkeypatch.setattr("framework.journal.postgres.schema.migrations", lambda: broken)

    with pytest.raises(JournalError, match="division by zero"):
        await use(postgres)
    with psycopg.connect(postgres) as connection:
        assert connection.execute("SELECT to_regclass('journal_runs'), to_regclass('half')").fetchone() == (
            None,
            None,
        )


async def test_tables_that_are_up_to_date_are_used_without_waiting_for_the_lock(postgres: str) -> None:
    await use(postgres)
    with psycopg.connect(postgres) as stopped:
        stopped.execute("SELECT pg_advisory_xact_lock(%s)", [schema._LOCK])

        async with asyncio.timeout(2), PostgresJournal(postgres) as journal:
            assert await journal.run_ids() == []


class Stopping(psycopg.AsyncConnection[Any]):
    """The connection of a process that is stopped in the middle of a migration."""

    stopped: asyncio.Event

    async def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        if b"CREATE SEQUENCE" in bytes(query):
            self.stopped.set()
            await asyncio.Event().wait()
        return await super().execute(query, *arguments, **options)


async def test_a_process_that_stops_in_a_migration_is_thrown_out(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "IDLE_S", 0.3)
    async with await Stopping.connect(postgres, autocommit=True) as connection:
        connection.stopped = asyncio.Event()
        migrating = asyncio.create_task(schema.migrate(connection))
        await connection.stopped.wait()

        async with asyncio.timeout(5):
            await use(postgres)
        migrating.cancel()
        await asyncio.wait([migrating])

    assert versions(postgres) == [migration.version for migration in migrations()]


async def test_connections_of_a_journal_hold_and_await_locks_for_a_while_only(postgres: str) -> None:
    database = Database(postgres, patience_s=5)
    try:
        query = (
            b"SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout')"
        )
        assert await database.rows(query, {}) == [("4s", "8s")]
    finally:
        await database.close()


@pytest.mark.parametrize("file", sorted(SQL.glob("*.sql")), ids=lambda file: file.stem)
def test_every_statement_is_used_and_has_no_comment_left(file: Path) -> None:
    sources = "".join(source.read_text(encoding="utf-8") for source in SQL.parent.glob("*.py"))

    assert f'"{file.stem}"' in sources
    assert not re.search(rb"^\s*--", statement(file.stem), re.MULTILINE)
