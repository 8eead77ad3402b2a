"""The schema comes up from nothing and from every version before, once, and is closed where it must be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest

from hive.control.stores import statements
from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.migrations import migrate, missing
from hive.control.stores.statements import migrations
from hive.errors import ControlSetupError, UnavailableError
from tests.support.control import asking, new_database, register, running_parts

if TYPE_CHECKING:
    from hive.control.stores.embedded import Addresses

ALL = [each.name for each in migrations()]
TABLES = """SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id' AND NOT a.attisdropped
             WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"""
LISTED = {
    "accounts", "teams", "members", "api_keys", "sessions", "metric_events", "trace_events",
    "decision_events", "log_events", "comm_events", "control_events", "content", "quarantine",
    "failure_packets", "audit_log",
}  # fmt: skip


async def test_an_empty_database_gets_every_migration_once(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    assert await migrate(places.owner) == ALL
    assert await migrate(places.owner) == []
    assert await missing(places.app) == []


@pytest.mark.parametrize("version", [each.version for each in migrations()])
async def test_every_version_before_comes_up(superuser_dsn: str, version: int) -> None:
    places = new_database(superuser_dsn)
    assert await migrate(places.owner, until=version) == ALL[:version]
    assert await missing(places.app) == ALL[version:]
    assert await migrate(places.owner) == ALL[version:]
    async with running_parts(places.app) as parts, asking(parts) as client:
        await register(client)


async def test_of_many_processes_one_migrates(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    applied = await asyncio.gather(*(migrate(places.owner) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], ALL]


async def test_a_migration_that_fails_leaves_nothing(
    superuser_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = statements.Migration(99, "0099_broken", b"CREATE TABLE half (); SELECT 1/0")
    monkeypatch.setattr("hive.control.stores.migrations.migrations", lambda: (*migrations(), broken))
    places = new_database(superuser_dsn)
    with pytest.raises(ControlSetupError, match="division by zero"):
        await migrate(places.owner)
    assert len(await missing(places.app)) == len(ALL) + 1


async def test_a_migration_that_was_changed_is_refused(
    superuser_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    changed = (migrations()[0]._replace(script=b"SELECT 1"), *migrations()[1:])
    monkeypatch.setattr("hive.control.stores.migrations.migrations", lambda: changed)
    with pytest.raises(ControlSetupError, match="0001_tenancy"):
        await migrate(places.owner)


async def test_this_program_runs_on_the_schema_of_the_next(control_database: Addresses) -> None:
    with psycopg.connect(control_database.owner) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_x', 'x') ON CONFLICT DO NOTHING")
    assert await migrate(control_database.owner) == []
    assert await missing(control_database.app) == []


async def test_the_applications_role_cannot_migrate(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    with pytest.raises(ControlSetupError, match="as the role that owns the tables"):
        await migrate(places.app)


async def test_a_database_out_of_reach_is_said_so() -> None:
    with pytest.raises(UnavailableError, match="cannot be migrated"):
        await migrate("host=/nowhere user=x")


def test_every_table_of_teams_is_closed(control_database: Addresses) -> None:
    with psycopg.connect(control_database.owner) as connection:
        found = connection.execute(TABLES).fetchall()
        names = {row[0] for row in connection.execute("SELECT relname FROM pg_class").fetchall()}
    assert len(found) > 30
    assert [name for name, is_on, is_forced in found if not (is_on and is_forced)] == []
    assert names >= LISTED


def test_the_applications_role_owns_nothing_and_is_bound(control_database: Addresses) -> None:
    with psycopg.connect(control_database.app) as connection:
        [owned] = connection.execute(
            "SELECT count(*) FROM pg_class JOIN pg_roles r ON relowner = r.oid WHERE rolname = current_user"
        ).fetchone() or [None]
        facts = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = current_user"
        ).fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER TABLE teams DISABLE ROW LEVEL SECURITY")
    assert (owned, facts) == (0, (APPLICATION_ROLE, False, False, False, False))
