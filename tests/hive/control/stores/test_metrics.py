"""Storing metrics: each once, and the sums of their hours exact."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from hive.control.domain.event_rows import Row, Table
from hive.control.domain.ids import EventId, TeamId
from hive.control.domain.live import Stream
from hive.control.stores.events import store_events
from tests.support.connections import as_owner, connected
from tests.support.control import running_parts
from tests.support.grounds import GROUND_PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=3)
SUMS = """SELECT {bucket}, agent_id, provider, model_id, {counts} FROM {table} WHERE team_id = %s
           {group} ORDER BY 1, 2, 3, 4"""


@pytest.fixture
async def parts(ground: Addresses) -> AsyncIterator[Parts]:
    async with running_parts(ground.app, patience_s=GROUND_PATIENCE_S) as opened:
        yield opened


def row(seed: int, **changes: Any) -> dict[str, Any]:
    chance = random.Random(seed)
    tokens = chance.randrange(1000)
    return {
        "timestamp": (NOW + timedelta(minutes=chance.randrange(-90, 90))).isoformat(),
        "event_id": str(UUID(int=seed + 1)), "sdk_instance_id": "i", "agent_id": chance.choice("ab"),
        "run_id": None, "node_id": None,
        "trace_id": "t", "span_id": "s", "provider": "openai", "model_id": chance.choice(["m1", "m2"]),
        "status": chance.choice(["success", "error"]), "latency_ms": float(chance.randrange(100)),
        "input_tokens": tokens, "output_tokens": tokens * 2, "cached_tokens": 1, "reasoning_tokens": 0,
        "token_count": tokens * 3, "cost_usd": str(Decimal(chance.randrange(10**9)) / Decimal(10**10)),
        "cost_source": chance.choice(["priced", "reported", "unknown"]), "body": {"a": seed}, **changes,
    }  # fmt: skip


async def store(
    parts: Parts, team_id: TeamId, rows: list[dict[str, Any]], came_at: datetime | None = None
) -> int:
    now = came_at or parts.clock.now()
    made: list[Row] = []
    for each in rows:
        timestamp, event_id, *rest, body = each.values()
        values = (team_id, timestamp, event_id, now, *rest, json.dumps(body))
        made.append(
            Row(
                Table.METRIC,
                Stream.LLM_EVENTS,
                EventId(UUID(event_id).hex),
                datetime.fromisoformat(timestamp),
                now,
                values,
            )
        )
    outcome = await store_events(parts.database, team_id, made, ())
    return len({row.key for row in made} - outcome.known)


def sums(places: Addresses, team_id: TeamId) -> tuple[list[Any], list[Any]]:
    """Return the sums as kept and as counted anew."""
    kept = SUMS.format(
        bucket="bucket", table="metric_hours", group="",
        counts="request_count, success_count, token_count, cost_usd, unpriced_count, latency_ms",
    )  # fmt: skip
    counted = SUMS.format(
        bucket="time_bucket('1 hour', timestamp)", table="metric_events", group="GROUP BY 1, 2, 3, 4",
        counts="count(*), count(*) FILTER (WHERE status = 'success'), sum(token_count), sum(cost_usd), "
        "count(*) FILTER (WHERE cost_source = 'unknown'), sum(latency_ms)",
    )  # fmt: skip
    with connected(places.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team_id)])
        return connection.execute(kept, [team_id]).fetchall(), connection.execute(
            counted, [team_id]
        ).fetchall()


async def test_a_metric_is_stored_and_counted_once(parts: Parts, ground: Addresses) -> None:
    team_id = TeamId(uuid4())
    rows = [row(seed) for seed in range(200)]
    assert await store(parts, team_id, rows) == 200
    assert await store(parts, team_id, [*rows[:50], row(999)]) == 1
    kept, counted = sums(ground, team_id)
    assert kept == counted
    assert sum(each[4] for each in kept) == 201


MONTHS = "SELECT month, provider, model_id, cost_usd, last_bucket FROM metric_months ORDER BY 1, 2, 3"
MONTHS_OF_HOURS = """SELECT date_trunc('month', bucket, 'UTC'), provider, model_id, sum(cost_usd), max(bucket)
                       FROM metric_hours GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


async def test_months_are_the_exact_sums_of_their_hours(parts: Parts, ground: Addresses) -> None:
    team_id, other = TeamId(uuid4()), TeamId(uuid4())
    await asyncio.gather(
        *(store(parts, team, [row(seed) for seed in range(start, start + 40)])
          for start in range(0, 200, 20) for team in (team_id, other))
    )  # fmt: skip
    with connected(ground.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team_id)])
        kept, counted = (connection.execute(query).fetchall() for query in (MONTHS, MONTHS_OF_HOURS))
    assert kept == counted
    assert len(kept) > 1


async def test_the_same_event_twice_in_a_batch_is_one(parts: Parts, ground: Addresses) -> None:
    team_id = TeamId(uuid4())
    assert await store(parts, team_id, [row(1), row(1)]) == 1
    kept, counted = sums(ground, team_id)
    assert kept == counted


OLD_MONTH = """CREATE TABLE metric_events_2020_01 PARTITION OF metric_events
                   FOR VALUES FROM ('2020-01-01 UTC') TO ('2020-02-01 UTC')"""


@pytest.fixture
def old_month(ground: Addresses) -> Iterator[datetime]:
    """A moment of long ago, of which there are events."""
    with as_owner(ground.owner, autocommit=True) as owner:
        is_columnstore = owner.execute("SELECT hive_is_columnstore()").fetchone() == (True,)
        if not is_columnstore:
            owner.execute(OLD_MONTH)
        yield datetime(2020, 1, 15, 12, tzinfo=UTC)
        if not is_columnstore:
            owner.execute("DROP TABLE metric_events_2020_01")


async def test_events_that_waited_long_in_the_spool_are_stored_once(
    parts: Parts, ground: Addresses, old_month: datetime
) -> None:
    team_id, came_at = TeamId(uuid4()), old_month + timedelta(days=30)
    old = [row(seed, timestamp=old_month.isoformat()) for seed in range(3)]
    assert await store(parts, team_id, old, came_at) == 3
    earlier = (old_month - timedelta(days=1)).isoformat()
    assert await store(parts, team_id, [*old[:2], {**old[2], "timestamp": earlier}, row(9)], came_at) == 1
    kept, counted = sums(ground, team_id)
    assert kept == counted


async def test_many_writers_at_once_keep_the_sums_exact(parts: Parts, ground: Addresses) -> None:
    team_id = TeamId(uuid4())
    batches = [[row(chance) for chance in range(start, start + 40)] for start in range(0, 200, 20)]
    stored = await asyncio.gather(*(store(parts, team_id, batch) for batch in batches))
    assert sum(stored) == 220
    kept, counted = sums(ground, team_id)
    assert kept == counted


async def test_the_query_of_the_dashboard_runs(parts: Parts, ground: Addresses) -> None:
    team_id = TeamId(uuid4())
    await store(parts, team_id, [row(seed, cost_usd="0.5") for seed in range(10)])
    query = """SELECT time_bucket('1 hour', timestamp) AS bucket, model_id, provider,
                      SUM(token_count) AS total_tokens, SUM(cost_usd) AS total_cost,
                      AVG(latency_ms) AS avg_latency, COUNT(*) AS request_count
                 FROM metric_events WHERE timestamp > NOW() - INTERVAL '24 hours'
                GROUP BY bucket, model_id, provider ORDER BY total_cost DESC"""
    with connected(ground.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team_id)])
        found = connection.execute(query).fetchall()
    assert sum(each[4] for each in found) == 5


def learn_of_late_events(places: Addresses) -> None:
    """Do what TimescaleDB's own job does every quarter of an hour."""
    with as_owner(places.owner, autocommit=True) as owner:
        if owner.execute("SELECT hive_is_columnstore()").fetchone() == (True,):
            owner.execute("CALL refresh_continuous_aggregate('metric_days', NULL, NULL)")


async def test_days_are_the_sums_of_their_hours(parts: Parts, ground: Addresses) -> None:
    team_id = TeamId(uuid4())
    await store(parts, team_id, [row(seed) for seed in range(100)])
    learn_of_late_events(ground)
    columns = "sum(request_count), sum(success_count), sum(token_count), sum(cost_usd), sum(unpriced_count)"
    with connected(ground.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team_id)])
        days, hours = (
            connection.execute(f"SELECT {columns} FROM {table}").fetchone()
            for table in ("metric_days", "metric_hours")
        )
        buckets = connection.execute("SELECT DISTINCT bucket FROM metric_days").fetchall()
    assert days == hours
    assert all(bucket.astimezone(UTC).timetz().isoformat() == "00:00:00+00:00" for (bucket,) in buckets)
