"""A month begins at midnight UTC, wherever the database or the process thinks it is."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from hive.control.domain.ids import TeamId
from hive.control.stores.migrations import migrate
from hive.protocol import BudgetQuestion
from tests.support.connections import as_superuser
from tests.support.control import asking, clock_of, new_database, register, running_parts
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["Pacific/Auckland", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


async def test_what_was_spent_this_month_begins_at_midnight_utc(superuser_dsn: str, zone: str) -> None:
    places = new_database(superuser_dsn)
    name = str(psycopg.conninfo.conninfo_to_dict(places.app)["dbname"])
    with as_superuser(superuser_dsn, autocommit=True) as connection:
        query = sql.SQL("ALTER DATABASE {} SET timezone = {}")
        connection.execute(query.format(sql.Identifier(name), sql.Literal(zone)))
    await migrate(places.owner)
    async with running_parts(places.app) as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        now = parts.clock.now()
        ahead = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
        midnight = ahead.replace(hour=0, minute=0, second=0, microsecond=0)
        clock_of(parts).advance((midnight - now).total_seconds() + 1800)
        sent = [metric(midnight + timedelta(minutes=minutes)) for minutes in (-60, -1, 0, 1)]
        answer = await parts.ingest.take(team_id, sent)
        assert (answer.processed, answer.rejected) == (4, [])
        question = BudgetQuestion.model_validate({"budget_id": "global"})
        told = await parts.policies.validate(team_id, question)
    assert told.updated_spend == 2 * Decimal("0.0075")
