"""What a team spent this month is read in one step, exact in every process, and not kept in Redis."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from hive.control.stores.statements import statement
from hive.protocol import BudgetQuestion
from tests.support.connections import as_superuser
from tests.support.control import asking, clock_of, register, running_parts
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

CENT = Decimal("0.0075")
HOURS = """INSERT INTO metric_hours
           SELECT %s, date_trunc('month', now(), 'UTC') + n %% 600 * interval '1 hour', 'agent ' || n, 'p',
                  'm' || n %% 5, 1, 1, 1, 1, 1, 1, 0.5, 0, 1 FROM generate_series(1, 20000) n"""
QUESTION = BudgetQuestion.model_validate({"budget_id": "global"})


async def spent(parts: Parts, team_id: TeamId) -> Decimal:
    document = await parts.policies.validate(team_id, QUESTION)
    return document.authoritative_spend


async def test_what_one_process_stores_counts_in_the_other_at_once(control_database: Addresses) -> None:
    async with (
        running_parts(control_database.app) as one,
        running_parts(control_database.app) as two,
        asking(one) as client,
    ):
        team_id = TeamId(UUID((await register(client)).team_id))
        now = clock_of(one).now()
        for number, parts in enumerate([one, two, two, one], start=1):
            event = metric(now)
            await parts.ingest.take(team_id, [event])
            await parts.ingest.take(team_id, [event])
            assert [await spent(each, team_id) for each in (one, two)] == [number * CENT] * 2
            await parts.hot.flushall()
            assert [await spent(each, team_id) for each in (one, two)] == [number * CENT] * 2


async def test_a_long_month_costs_no_more_to_sum_up(control_database: Addresses) -> None:
    async with running_parts(control_database.app) as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        with as_superuser(control_database.owner) as connection:
            connection.execute(HOURS, [team_id])
        assert await spent(parts, team_id) == Decimal(10_000)
        asked = {
            "team_id": team_id,
            "team_ids": [team_id],
            "policy_id": "default",
            "since": clock_of(parts).now().replace(day=1, hour=0, minute=0, second=0, microsecond=0),
        }
        for name in ("policies.spent", "policies.many"):
            async with parts.database.transaction(Scope(team_id=team_id)) as transaction:
                await transaction.rows(name, asked)  # What is planned once for a connection counts no more.
                await transaction.enter(Scope(team_id=team_id))
                query = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement(name)
                cursor = await transaction._connection.execute(query, asked)
                row = await cursor.fetchone()
            assert row is not None
            plan = row["QUERY PLAN"][0]["Plan"]
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 50
