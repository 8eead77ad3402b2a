"""Months to come get their partitions, and what ended long ago goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from hive.control.services.housekeeping import Housekeeping
from hive.control.stores.migrations import migrate
from tests.support.control import asking, new_database, register, running_parts

if TYPE_CHECKING:
    from hive.control.stores.embedded import Addresses

LAST = "SELECT max(relname) FROM pg_class WHERE relname ~ '^log_events_[0-9_]+$'"


@pytest.fixture
async def places(superuser_dsn: str) -> Addresses:
    found = new_database(superuser_dsn)
    await migrate(found.owner)
    return found


async def test_a_month_to_come_gets_its_partition(places: Addresses) -> None:
    with psycopg.connect(places.owner) as connection:
        [last] = connection.execute(LAST).fetchone() or [""]
        connection.execute(f"DROP TABLE {last}")
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database)
        assert [await housekeeping.turn() for _ in range(2)] == [(1, 0), (0, 0)]


async def test_a_session_that_ended_long_ago_goes_and_a_live_one_stays(
    places: Addresses, superuser_dsn: str
) -> None:
    async with running_parts(places.app) as parts, asking(parts) as client:
        old, live = await register(client), await register(client)
        superuser = psycopg.conninfo.make_conninfo(places.owner, user="postgres")
        with psycopg.connect(superuser) as connection:
            connection.execute(
                "UPDATE sessions SET expires_at = now() - interval '31 days' WHERE open_team = %s",
                [old.team_id],
            )
        assert await Housekeeping(parts.database).turn() == (0, 1)
        assert (await client.get("/v1/auth/me", headers=live.headers)).status_code == 200
        assert (await client.get("/v1/auth/me", headers=old.headers)).status_code == 401


async def test_it_begins_at_once_and_ends_when_told(places: Addresses) -> None:
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database)
        housekeeping.start()
        await housekeeping.stop()
        await parts.database.close()
        away = Housekeeping(parts.database)
        away.start()
        await away.stop()
        assert (await parts.readiness.parts())["database"] != "ok"
