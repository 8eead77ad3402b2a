"""Whatever hole there is in the walls between teams is found, and no probe is of a kind that finds none."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.database import Database
from hive.control.stores.embedded import addresses
from hive.control.stores.migrations import migrate
from hive.control.stores.profiles import Profile
from hive.control.stores.scope import Scope
from tests.support.connections import as_superuser, connected
from tests.support.control import new_database
from tests.support.isolation import Populated, all_leaks, overheard, populate, relations_of
from tests.support.isolation_holes import ANYWHERE, BEHIND_VIEWS, ON_PARTITIONS, Hole
from tests.support.isolation_statements import (
    ASKS_STATISTICS,
    ELSEWHERE,
    POWERS,
    POWERS_AT_ALL,
    READS,
    READS_OF_COLUMNS,
    WRITES,
)
from tests.support.timescale_server import running_timescale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hive.control.stores.embedded import Addresses
    from tests.support.timescale_server import Timescale

MONTH = datetime.now(UTC).strftime("%Y_%m")
HOLES = {**ANYWHERE, **ON_PARTITIONS}
ALL_RIGHTS = "GRANT ALL ON ALL TABLES IN SCHEMA public TO hive_app; ALTER ROLE hive_app BYPASSRLS"


@pytest.fixture(scope="module")
def walled(superuser_dsn: str) -> Populated:
    """A database that others are copied from."""
    places = new_database(superuser_dsn)
    asyncio.run(migrate(places.owner))
    return populate(places)


@contextmanager
def holed(superuser_dsn: str, walled: Populated, plant: str, mend: str) -> Iterator[Populated]:
    """Give a copy of a database with a hole in it."""
    template, name = (psycopg.conninfo.conninfo_to_dict(walled.places.app)["dbname"], "holed")
    with as_superuser(superuser_dsn, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        places = addresses(server.info.host, name)
        try:
            with as_superuser(psycopg.conninfo.make_conninfo(superuser_dsn, dbname=name)) as connection:
                connection.execute(plant.encode())
            mine, others = relations_of(places)
            yield replace(walled, places=places, relations=mine, others=others)
        finally:
            server.execute(mend.encode())
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_found(superuser_dsn: str, walled: Populated, name: str) -> None:
    hole = Hole(*(text.replace("{month}", MONTH) for text in HOLES[name]))
    mine, other, _ = reversed(walled.teams)
    with holed(superuser_dsn, walled, hole.plant, hole.mend or "SELECT") as found:
        leaks = all_leaks(found, mine, other, hole.about)
    assert [leak for _, leak in leaks if leak.startswith(hole.found_by)], leaks


def test_without_a_hole_nothing_is_found(superuser_dsn: str, walled: Populated) -> None:
    with holed(superuser_dsn, walled, "SELECT", "SELECT") as found:
        assert all_leaks(found, walled.teams[2], walled.teams[0]) == []


def test_every_statement_finds_something_where_nothing_is_in_the_way(
    superuser_dsn: str, walled: Populated
) -> None:
    with holed(superuser_dsn, walled, ALL_RIGHTS, "ALTER ROLE hive_app NOBYPASSRLS") as found:
        fired = {probe.template for probe, _ in all_leaks(found, walled.teams[2], walled.teams[0])}
    assert {*READS, *READS_OF_COLUMNS, *WRITES, *ELSEWHERE} - fired == {
        "SELECT lo_get(oid) FROM pg_largeobject_metadata"
    }


def test_every_power_is_found_in_a_superuser(superuser_dsn: str, walled: Populated) -> None:
    plant, mend = (f"ALTER ROLE hive_app {word}SUPERUSER" for word in ("", "NO"))
    with holed(superuser_dsn, walled, plant, mend) as found:
        fired = {probe.template for probe, _ in all_leaks(found, walled.teams[2], walled.teams[0])}
    assert {*POWERS, *POWERS_AT_ALL} - fired == set()


@pytest.fixture(scope="module")
def columnstore() -> Iterator[tuple[Timescale, Populated]]:
    """A columnstore, and its superuser."""
    with running_timescale() as server:
        asyncio.run(migrate(server.places.owner, profile=Profile.COLUMNSTORE))
        yield server, populate(server.places)


def test_an_old_server_tells_statistics_of_a_columnstore(columnstore: tuple[Timescale, Populated]) -> None:
    _, walled = columnstore
    assert walled.has_told_statistics
    open_eyed = replace(walled, has_told_statistics=False)
    leaks = all_leaks(open_eyed, walled.teams[2], walled.teams[0], ASKS_STATISTICS)
    assert leaks and all("metric_days" in leak or "_view_" in leak for _, leak in leaks)


@pytest.mark.timeout(300)
def test_holes_in_a_columnstore_are_found(columnstore: tuple[Timescale, Populated]) -> None:
    server, walled = columnstore
    mine, other, _ = reversed(walled.teams)
    for name, hole in BEHIND_VIEWS.items():
        assert all_leaks(walled, mine, other, hole.about) == [], name
        with as_superuser(server.superuser, autocommit=True) as connection:
            connection.execute(hole.plant.encode())
            leaks = all_leaks(walled, mine, other, hole.about)
            connection.execute((hole.mend or "SELECT").encode())
        assert [leak for _, leak in leaks if leak.startswith(hole.found_by)], (name, leaks)


def test_nobody_overhears_what_another_team_stores(walled: Populated) -> None:
    assert overheard(walled) == []


def test_a_trigger_that_tells_everybody_is_found(superuser_dsn: str, walled: Populated) -> None:
    plant = (
        "CREATE FUNCTION hive_tell() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_notify('stored', NEW.event_id::text); RETURN NEW; END $$; "
        "CREATE TRIGGER tell AFTER INSERT ON log_events FOR EACH ROW EXECUTE FUNCTION hive_tell()"
    )
    with holed(superuser_dsn, walled, plant, "SELECT") as found:
        [heard] = overheard(found)
    assert heard.startswith("stored: ")


async def test_statements_that_run_tell_others_no_value(control_database: Addresses) -> None:
    secret, team = uuid4().hex, TeamId(uuid4())
    database = Database(control_database.app)
    await database.open()
    async with database.transaction(Scope(team_id=team)) as transaction:
        await transaction.rows("accounts.by_email", {"email": secret})
        with connected(control_database.app) as connection:
            shown = repr(connection.execute("SELECT query FROM pg_stat_activity").fetchall())
            locked = repr(connection.execute("SELECT x::text FROM pg_locks x").fetchall())
    await database.close()
    assert "WHERE email = $1" in shown
    assert not [each for each in (secret, str(team)) if each in shown + locked]
