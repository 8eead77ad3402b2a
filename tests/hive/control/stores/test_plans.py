"""The queries on events find their index in a partition that was filled before the server looked at it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from hive.control.services.housekeeping import Housekeeping
from hive.control.stores.migrations import migrate
from hive.control.stores.statements import statement
from tests.support.connections import as_superuser, connected
from tests.support.control import new_database, running_parts

if TYPE_CHECKING:
    from uuid import UUID

    from hive.control.stores.embedded import Addresses

ROWS = 100_000
OWN = {
    "metric": "'t', 's', 'openai', 'gpt-4o', 'success', 1.5, 1, 2, 0, 0, 3, 1, 'priced'",
    "log": "'t', 'info', 'm'",
    "trace": "'t', 's', 'k'",
}
FILL = """INSERT INTO {table}_events
          SELECT %(team)s, date_trunc('month', now()) + interval '1 day' + n * interval '1 second',
                 gen_random_uuid(), now(), 'i', 'a', NULL, NULL, {own}, '{{}}'
            FROM generate_series(1, %(rows)s) n"""
BY_ID = {
    "metric": ("events.insert_metric", "live.show_llm_events"),
    "log": ("events.insert_log", "live.show_logs"),
    "trace": ("events.insert_trace", "live.show_traces", "live.show_heartbeats"),
}
MOST_PAGES_OF_AN_EVENT = 10
SINCE = datetime.now(UTC) - timedelta(days=40)
EXPLAIN = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "


@pytest.fixture(scope="module")
def team() -> UUID:
    return uuid4()


@pytest.fixture(scope="module")
def fresh(superuser_dsn: str, team: UUID) -> Addresses:
    """A database with a month of many events that nobody has looked at: autovacuum is off here."""
    places = new_database(superuser_dsn)
    asyncio.run(migrate(places.owner))
    with as_superuser(places.owner) as connection:
        for table, own in OWN.items():
            connection.execute(FILL.format(table=table, own=own), {"team": team, "rows": ROWS})
    return places


async def analyze(places: Addresses) -> list[int]:
    async with running_parts(places.app) as parts:
        housekeeping = Housekeeping(parts.database, parts.clock)
        return [await housekeeping.analyze_new() for _ in range(2)]


def scans(node: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """Return the parts of a plan that read events."""
    inner = [each for child in node.get("Plans", []) for each in scans(child, table)]
    name = str(node.get("Relation Name") or node.get("Index Name") or "")
    is_read = name.startswith(f"{table}_events") and node["Node Type"] != "ModifyTable"
    return [node, *inner] if is_read else inner


def test_each_query_takes_the_index_by_id(fresh: Addresses, team: UUID) -> None:
    assert asyncio.run(analyze(fresh)) == [3, 0]
    with connected(fresh.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team)])
        for table, names in BY_ID.items():
            connection.execute(statement(f"events.make_{table}"))
            connection.execute(f"INSERT INTO incoming_{table} SELECT * FROM {table}_events LIMIT 300")
            ids = [row[0] for row in connection.execute(f"SELECT event_id FROM incoming_{table}").fetchall()]
            asked: dict[str, Any] = {"team_id": team, "event_ids": ids, "since": SINCE}
            asked |= {"first_time": "-infinity", "last_time": "infinity"}
            for name in names:
                [[answer]] = connection.execute(EXPLAIN + statement(name), asked).fetchall()
                found = scans(answer[0]["Plan"], table)
                assert not [each for each in found if each.get("Index Name", "").endswith("_pkey")], name
                pages = sum(each["Shared Hit Blocks"] + each["Shared Read Blocks"] for each in found)
                assert pages <= MOST_PAGES_OF_AN_EVENT * len(ids), (name, pages)


def test_the_last_model_reads_the_newest_calls_alone(fresh: Addresses, team: UUID) -> None:
    asyncio.run(analyze(fresh))
    asked = {"team_id": team, "sender": "i"}
    with connected(fresh.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team)])
        [[answer]] = connection.execute(EXPLAIN + statement("policies.last_model"), asked).fetchall()
        plan = answer[0]["Plan"]
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 2000
