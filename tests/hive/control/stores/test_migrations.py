"""The schema comes up from nothing and from every version before, once, and is closed where it must be."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from hive.control.stores import statements
from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.migrations import migrate, missing
from hive.control.stores.profiles import Profile
from hive.control.stores.statements import migrations
from hive.errors import ControlSetupError, UnavailableError
from tests.support.connections import as_owner, as_superuser, connected
from tests.support.control import asking, new_database, register, running_parts
from tests.support.dumps import restore

if TYPE_CHECKING:
    from hive.control.stores.embedded import Addresses

ROOT = Path(__file__).parents[4]
SOURCE, DAY = ROOT / "src", ROOT / "tests" / "support" / "previous_control.py"
DUMPS, CODES = (sorted((ROOT / "tests" / "golden" / "schema-v1").glob(kind)) for kind in ("*.sql", "*.zip"))
ROWS = """SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
             AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migrations'"""
ALL = [each.name for each in migrations()]
SUMS = """SELECT team_id, date_trunc('month', bucket, 'UTC'), provider, model_id, sum(cost_usd), max(bucket)
            FROM metric_hours GROUP BY 1, 2, 3, 4 EXCEPT SELECT * FROM metric_months"""
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
    places, later = new_database(superuser_dsn), later_than(version)
    assert await migrate(places.owner, until=version) == [name for name in ALL if name not in later]
    assert await missing(places.app) == later
    assert await migrate(places.owner) == later
    async with running_parts(places.app) as parts, asking(parts) as client:
        await register(client)


def later_than(version: int) -> list[str]:
    """Return the names of the migrations that follow a version."""
    return [each.name for each in migrations() if each.version > version]


def test_databases_and_code_of_before_are_kept() -> None:
    before = f"{migrations()[-2].version:04}"
    assert {"0003", "0006", "0008", before} <= {file.stem for file in DUMPS}
    assert {"control-0003", "control-0006", f"control-{before}"} <= {file.stem for file in CODES}


@pytest.mark.parametrize("file", DUMPS, ids=[file.stem for file in DUMPS])
async def test_every_released_database_comes_up_with_its_rows(superuser_dsn: str, file: Path) -> None:
    places = restored(superuser_dsn, file)
    before = rows_of(places)
    assert await missing(places.app) == later_than(int(file.stem))
    await migrate(places.owner)
    after = rows_of(places)
    assert len(before) >= 19
    with as_superuser(places.owner) as connection:
        assert connection.execute(SUMS).fetchall() == []
    for table, rows in before.items():
        assert [{key: row[key] for key in rows[0]} for row in after[table]] == rows, table
    async with running_parts(places.app) as parts, asking(parts) as client:
        await register(client)


def restored(superuser_dsn: str, file: Path) -> Addresses:
    places = new_database(superuser_dsn)
    return restore(superuser_dsn, str(psycopg.conninfo.conninfo_to_dict(places.app)["dbname"]), file)


def rows_of(places: Addresses) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all teams in every table that has some."""
    query = "SELECT row_to_json(t) FROM {} t ORDER BY t::text"
    with as_superuser(places.owner) as connection:
        found = {
            table: [row for (row,) in connection.execute(query.format(table)).fetchall()]
            for (table,) in connection.execute(ROWS).fetchall()
        }
    return {table: rows for table, rows in found.items() if rows}


@pytest.mark.parametrize("code", CODES, ids=[code.stem for code in CODES])
@pytest.mark.parametrize("profile", Profile)
def test_the_code_before_works_on_the_newest_schema(
    superuser_dsn: str, request: pytest.FixtureRequest, code: Path, profile: Profile
) -> None:
    if profile is Profile.COLUMNSTORE:
        places = request.getfixturevalue("timescale_columnstore")
    else:
        places = new_database(superuser_dsn)
        asyncio.run(migrate(places.owner))
    came = live_with(code, places)
    assert came.pop("team_id")
    assert came == {"statuses": [200] * 5, "events": [[2, 0], [2, 2]], "budget": [25, 1.25]}


def live_with(code: Path, places: Addresses) -> dict[str, Any]:
    """Let earlier code, which lies in an archive, do what it does."""
    path = os.pathsep.join([str(code), str(SOURCE)])
    script = [sys.executable, str(DAY), places.app]
    done = subprocess.run(
        script,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
    with as_owner(control_database.owner) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_x', 'x') ON CONFLICT DO NOTHING")
    assert await migrate(control_database.owner) == []
    assert await missing(control_database.app) == []


async def test_the_applications_role_cannot_migrate(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    with pytest.raises(ControlSetupError, match="as the role that owns the tables"):
        await migrate(places.app)


async def test_a_database_that_holds_something_else_changes_nothing(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    with as_owner(places.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE teams ()")
    with pytest.raises(
        ControlSetupError, match=r"\"teams\" already exists\).*a database of its own"
    ) as caught:
        await migrate(places.owner)
    assert "role" not in str(caught.value)


async def test_a_database_out_of_reach_is_said_so() -> None:
    with pytest.raises(UnavailableError, match="cannot be migrated"):
        await migrate("host=/nowhere user=x")


def test_every_table_of_teams_is_closed(control_database: Addresses) -> None:
    with as_owner(control_database.owner) as connection:
        found = connection.execute(TABLES).fetchall()
        names = {row[0] for row in connection.execute("SELECT relname FROM pg_class").fetchall()}
    assert len(found) > 30
    assert [name for name, is_on, is_forced in found if not (is_on and is_forced)] == []
    assert names >= LISTED


def test_the_applications_role_owns_nothing_and_is_bound(control_database: Addresses) -> None:
    with connected(control_database.app) as connection:
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
