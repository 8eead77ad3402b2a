"""Storing an event costs the same however much a team has stored before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hive.control.domain.event_rows import rows_of
from hive.control.domain.ids import TeamId
from hive.control.domain.judging import Judged, judge
from hive.control.services.price_list import installed_prices
from hive.control.stores.scope import Scope
from hive.control.stores.statements import statement
from tests.support.connections import as_superuser
from tests.support.control import clock_of, register
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

EXPLAIN = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


async def pages_read(parts: Parts, team_id: TeamId) -> int:
    """Return how many pages of tables and indexes are looked at to store one more event."""
    now = clock_of(parts).now()
    judged = judge(metric(now), now)
    assert isinstance(judged, Judged)
    (row,) = rows_of(team_id, now, [judged], installed_prices)
    async with parts.database.transaction(Scope(team_id=team_id)) as transaction:
        await transaction.change("events.make_metric")
        await transaction.copy("events.copy_metric", [row.values])
        cursor = await transaction._connection.execute(
            EXPLAIN + statement("events.insert_metric"),
            {"team_id": team_id, "since": now - timedelta(days=40)},
        )
        found = await cursor.fetchone()
    assert found is not None
    plan = found["QUERY PLAN"][0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


async def store(parts: Parts, team_id: TeamId, control_database: Addresses, count: int) -> None:
    now = clock_of(parts).now()
    for _ in range(0, count, 1000):
        await parts.ingest.take(team_id, [metric(now) for _ in range(1000)])
    with as_superuser(control_database.owner, autocommit=True) as connection:
        connection.execute("ANALYZE")  # As the server does by itself, within a minute.


async def test_a_long_history_makes_no_event_dearer(
    parts: Parts, client: httpx.AsyncClient, control_database: Addresses
) -> None:
    team_id = TeamId(UUID((await register(client)).team_id))
    await store(parts, team_id, control_database, 1000)
    early = await pages_read(parts, team_id)
    await store(parts, team_id, control_database, 9000)
    late = await pages_read(parts, team_id)
    assert late <= early + 20, (early, late)
