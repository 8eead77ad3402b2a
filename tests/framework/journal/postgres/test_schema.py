from __future__ import annotations

import asyncio
import re
from pathlib import Path

import psycopg
import pytest

from framework.errors import JournalError
from framework.journal.postgres import PostgresJournal, statements
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


@pytest.mark.parametrize("file", sorted(SQL.glob("*.sql")), ids=lambda file: file.stem)
def test_every_statement_is_used_and_has_no_comment_left(file: Path) -> None:
    sources = "".join(source.read_text(encoding="utf-8") for source in SQL.parent.glob("*.py"))

    assert f'"{file.stem}"' in sources
    assert not re.search(rb"^\s*--", statement(file.stem), re.MULTILINE)
