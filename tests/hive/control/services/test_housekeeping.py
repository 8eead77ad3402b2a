"""Months to come get their partitions, and what ended long ago goes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest

from hive.control.domain.ids import TeamId
from hive.control.domain.live import Channel, Stream
from hive.control.services.housekeeping import Housekeeping, Turn
from hive.control.stores.migrations import migrate
from tests.support.connections import as_owner, as_superuser, connected
from tests.support.control import asking, new_database, register, running_parts
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from hive.control.stores.embedded import Addresses

OLD_MONTH = """CREATE TABLE log_events_2020_01 PARTITION OF log_events
                FOR VALUES FROM ('2020-01-01+00') TO ('2020-02-01+00')"""
LAST = "SELECT max(relname) FROM pg_class WHERE relname ~ '^log_events_[0-9_]+$'"


@pytest.fixture
async def places(superuser_dsn: str) -> Addresses:
    found = new_database(superuser_dsn)
    await migrate(found.owner)
    return found


async def test_a_month_to_come_gets_its_partition(places: Addresses) -> None:
    with as_owner(places.owner) as connection:
        [last] = connection.execute(LAST).fetchone() or [""]
        connection.execute(f"DROP TABLE {last}")
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database, parts.clock)
        assert [await housekeeping.turn() for _ in range(2)] == [Turn(partitions=1), Turn()]


async def test_events_of_a_month_that_nobody_made_yet_make_it(places: Addresses) -> None:
    with as_owner(places.owner) as connection:
        parts_of_month = (
            'SELECT relname FROM pg_class WHERE relname ~ to_char(now(), \'"_events_"YYYY"_"MM$\')'
        )
        for (name,) in connection.execute(parts_of_month).fetchall():
            connection.execute(f"DROP TABLE {name}")
    async with running_parts(places.app) as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        async with parts.live.follow(Channel(team_id, Stream.LLM_EVENTS)) as follower:
            answer = await parts.ingest.take(team_id, [metric(parts.clock.now()) for _ in range(3)])
            assert (answer.processed, answer.rejected) == (3, [])
            async with asyncio.timeout(10):
                assert (await follower.next()).upto == 3


async def test_a_session_that_ended_long_ago_goes_and_a_live_one_stays(
    places: Addresses, superuser_dsn: str
) -> None:
    async with running_parts(places.app) as parts, asking(parts) as client:
        old, live = await register(client), await register(client)
        with as_superuser(places.owner) as connection:
            connection.execute(
                "UPDATE sessions SET expires_at = now() - interval '31 days' WHERE open_team = %s",
                [old.team_id],
            )
        assert await Housekeeping(parts.database, parts.clock).turn() == Turn(sessions=1)
        assert (await client.get("/v1/auth/me", headers=live.headers)).status_code == 200
        assert (await client.get("/v1/auth/me", headers=old.headers)).status_code == 401


async def test_it_begins_at_once_and_ends_when_told(places: Addresses) -> None:
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database, parts.clock)
        housekeeping.worker.start()
        await housekeeping.worker.stop()
        await parts.database.close()
        away = Housekeeping(parts.database, parts.clock)
        away.worker.start()
        await away.worker.stop()
        assert (await parts.readiness.parts())["database"] != "ok"


async def test_a_month_that_is_due_is_dropped_and_partitions_of_others_are_left(places: Addresses) -> None:
    with as_owner(places.owner) as connection:
        connection.execute(OLD_MONTH)
        connection.execute("CREATE TABLE other_2020_01 (at timestamptz) PARTITION BY RANGE (at)")
    async with running_parts(places.app) as parts:
        assert [await Housekeeping(parts.database, parts.clock).turn() for _ in range(2)] == [
            Turn(dropped=1),
            Turn(),
        ]
    with as_owner(places.owner) as connection:
        left = connection.execute("SELECT to_regclass('log_events_2020_01'), to_regclass('other_2020_01')")
        assert left.fetchone() == (None, "other_2020_01")


async def test_a_month_that_somebody_reads_is_dropped_later(places: Addresses) -> None:
    with as_owner(places.owner) as connection:
        connection.execute(OLD_MONTH)
    async with running_parts(places.app) as parts:
        with connected(places.app) as reader:
            reader.execute("SELECT * FROM log_events")
            failed = await Housekeeping(parts.database, parts.clock).turn()
            assert failed == Turn(failed=("schema.forget_events",))
        assert await Housekeeping(parts.database, parts.clock).turn() == Turn(dropped=1)


async def test_a_step_that_fails_in_any_way_leaves_the_others_and_the_task_alone(
    places: Addresses, caplog: pytest.LogCaptureFixture
) -> None:
    with as_owner(places.owner) as connection:
        connection.execute(OLD_MONTH)
        connection.execute("REVOKE EXECUTE ON FUNCTION hive_create_partitions(), hive_sweep() FROM hive_app")
    failed = ("schema.create_partitions", "sessions.sweep")
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database, parts.clock)
        assert await housekeeping.turn() == Turn(dropped=1, failed=failed)
        assert [each.exc_info is not None for each in caplog.records if each.levelname == "ERROR"] == [
            True
        ] * 2
        assert housekeeping.done_at == 0
        with as_owner(places.owner) as connection:
            connection.execute("GRANT EXECUTE ON FUNCTION hive_create_partitions(), hive_sweep() TO hive_app")
        assert await housekeeping.turn() == Turn()
        assert housekeeping.done_at == parts.clock.now().timestamp()


async def test_partitions_are_not_made_while_somebody_uses_the_table(places: Addresses) -> None:
    with as_owner(places.owner) as connection:
        [last] = connection.execute(LAST).fetchone() or [""]
        connection.execute(f"DROP TABLE {last}")
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database, parts.clock)
        with as_owner(places.owner) as user:
            user.execute("LOCK TABLE log_events IN SHARE ROW EXCLUSIVE MODE")
            assert (await housekeeping.turn()).failed == ("schema.create_partitions",)
        assert await housekeeping.turn() == Turn(partitions=1)


def insert_aged(connection: psycopg.Connection, team: UUID, days: int) -> None:
    """Put something of every kind in whose age is ``days``."""
    values = {
        "team": team,
        "at": datetime.now(UTC) - timedelta(days=days),
        "digest": bytes([days % 256] * 32),
    }
    connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team)])
    many = "generate_series(1, 1500)"
    for statement in (
        f"INSERT INTO quarantine SELECT %(team)s, gen_random_uuid(), %(at)s, '', '', '' FROM {many}",
        "INSERT INTO content VALUES (%(team)s, %(digest)s, '', %(at)s, %(at)s)",
        "INSERT INTO content_ids VALUES (%(team)s, %(digest)s::bytea::text, %(digest)s, %(at)s)",
        "INSERT INTO failure_packets VALUES (%(team)s, gen_random_uuid(), %(at)s, 1, 1, 1, 'logic', 0, '1')",
    ):
        connection.execute(statement, values)


def count_rows(places: Addresses, teams: list[UUID]) -> list[int]:
    """Return how many rows of all teams there are in each table."""
    counts = [0, 0, 0, 0]
    for team in teams:
        with connected(places.app) as connection:
            connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team)])
            for place, table in enumerate(("quarantine", "content", "content_ids", "failure_packets")):
                [found] = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or [0]
                counts[place] += found
    return counts


async def test_rows_that_are_due_go_in_all_teams_and_the_others_stay(places: Addresses) -> None:
    teams = [uuid4(), uuid4()]
    for team in teams:
        with connected(places.app) as connection:
            for days in (29, 31, 399, 401, 439, 441):
                insert_aged(connection, team, days)
    async with running_parts(places.app) as parts:
        assert await Housekeeping(parts.database, parts.clock).turn() == Turn(rows=2 * (5 * 1500 + 1 + 3))
    assert count_rows(places, teams) == [2 * 1500, 2 * 5, 2 * 5, 2 * 3]


async def test_the_application_decides_nothing_about_what_is_kept(places: Addresses) -> None:
    with connected(places.app, autocommit=True) as connection:
        for query in (
            "SELECT * FROM retention",
            "UPDATE retention SET keep = '1 day'",
            "SELECT hive_keep('x')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(query)
