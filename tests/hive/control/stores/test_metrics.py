"""Storing metrics: each once, and the sums of their hours exact."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from hive.control.domain.event_rows import Row, Table
from hive.control.domain.ids import TeamId
from hive.control.domain.live import Stream
from hive.control.stores.events import store_events
from tests.support.control import connected, running_parts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=3)
SUMS = """SELECT {bucket}, agent_id, provider, model_id, {counts} FROM {table} WHERE team_id = %s
           {group} ORDER BY 1, 2, 3, 4"""


@pytest.fixture
def ground(control_database: Addresses) -> Addresses:
    """Plain PostgreSQL: what connects beside a service waits for ever for the one backend of PGlite."""
    return control_database


@pytest.fixture
async def parts(ground: Addresses) -> AsyncIterator[Parts]:
    async with running_parts(ground.app) as opened:
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


async def store(parts: Parts, team_id: TeamId, rows: list[dict[str, Any]]) -> int:
    now = parts.clock.now()
    made: list[Row] = []
    for each in rows:
        timestamp, event_id, *rest, body = each.values()
        values = (team_id, timestamp, event_id, now, *rest, json.dumps(body))
        made.append(
            Row(
                Table.METRIC,
                Stream.LLM_EVENTS,
                UUID(event_id),
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


async def test_the_same_event_twice_in_a_batch_is_one(parts: Parts, ground: Addresses) -> None:
    team_id = TeamId(uuid4())
    assert await store(parts, team_id, [row(1), row(1)]) == 1
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
    with psycopg.connect(places.owner, autocommit=True, prepare_threshold=None) as owner:
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
