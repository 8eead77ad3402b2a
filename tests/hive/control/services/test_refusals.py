"""What the database refuses is refused alone, and keeps neither other events nor other teams from it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from hive.control.domain import judging
from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import write_json
from hive.control.services import ingest
from hive.control.services.drain import Drain
from hive.control.services.endings import end
from hive.control.services.ingest import EVENTS
from hive.control.stores.events import Outcome, store_events
from hive.control.stores.migrations import migrate
from hive.control.stores.scope import Scope
from hive.control.stores.spool import Spooled
from hive.protocol import MetricData
from tests.support.control import asking, clock_of, new_database, register, running_parts
from tests.support.sdk_events import metric, one_of_each

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime
    from pathlib import Path

    import pytest

    from hive.control.api.parts import Parts

EXTREMES = [
    0,
    -0.0,
    1,
    -1,
    10**9,
    10**9 + 1,
    2**53,
    2**63,
    10**300,
    1e9,
    1e-300,
    5e-324,
    1e12,
    1e15,
    1.7e308,
    100_000,
    99_999.99999999999,
    "1e-2000000000",
    "1e9",
    "-0",
    "1e-11",
    "9" * 400,
    "",
    "\U0010ffff" * 256,
    "x" * 256,
    "\x01",
    "x" * 900_000,
    True,
    None,
    [],
    {},
    [1e308],
    {"": 1e-300},
]


class Sent:
    """A team whose events go to the ingest itself."""

    def __init__(self, parts: Parts, team_id: TeamId) -> None:
        self.parts = parts
        self.team_id = team_id
        self.now = clock_of(parts).now()

    async def count(self, table: str) -> int:
        async with self.parts.database.transaction(Scope(team_id=self.team_id)) as transaction:
            cursor = await transaction._connection.execute(f"SELECT count(*) AS count FROM {table}")
            row = await cursor.fetchone()
        assert row is not None
        return row["count"]

    def refused(self, count: int) -> list[dict[str, Any]]:
        """Return calls that the database cannot keep, which judging is made to take."""
        return [metric(self.now, input_tokens=2**53, output_tokens=2**53) for _ in range(count)]


@asynccontextmanager
async def teams_of(
    superuser_dsn: str, spool_file: Path, patience_s: float = 5.0
) -> AsyncIterator[list[Sent]]:
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    async with (
        running_parts(places.app, spool_file=spool_file, patience_s=patience_s) as parts,
        asking(parts) as client,
    ):
        yield [Sent(parts, TeamId(UUID((await register(client)).team_id))) for _ in range(2)]


def extremes(now: datetime) -> Iterator[dict[str, Any]]:
    """Give an event for each field of each kind and each extreme, in that field."""
    for event in one_of_each(now):
        data = event.get("data", {})
        for name in [*event.keys() - {"event_type", "data"}, "event_id"]:
            yield from ({**event, "event_id": str(uuid4()), name: value} for value in EXTREMES)
        for name in MetricData.model_fields if event["event_type"] == "metric" else data:
            for value in EXTREMES:
                yield {**event, "event_id": str(uuid4()), "data": {**data, name: value}}


async def test_what_judging_takes_the_database_keeps(superuser_dsn: str, tmp_path: Path) -> None:
    async with teams_of(superuser_dsn, tmp_path / "spool", patience_s=60.0) as (team, _):
        events = list(extremes(team.now))
        assert len(events) > 2000
        rejected: list[str] = []
        for start in range(0, len(events), 500):
            answer = await team.parts.ingest.take(team.team_id, events[start : start + 500])
            rejected += [each.reason for each in answer.rejected]
        assert rejected
        assert [reason for reason in rejected if "can be kept" in reason or "database" in reason] == []
        assert team.parts.spool is not None
        assert team.parts.spool.waiting == 0


async def test_sums_of_an_hour_hold_what_judging_takes(superuser_dsn: str, tmp_path: Path) -> None:
    async with teams_of(superuser_dsn, tmp_path / "spool", patience_s=60.0) as (team, _):
        most = judging.MOST_TOKENS
        tokens = dict.fromkeys(
            ["input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"], most
        )
        for changes in ({}, {"input_cost": judging.DEAREST_CALL, "output_cost": judging.DEAREST_CALL}):
            calls = [metric(team.now, **{**tokens, **changes, "latency_ms": 1e12}) for _ in range(1500)]
            answer = await team.parts.ingest.take(team.team_id, calls)
            assert (answer.processed, answer.rejected) == (1500, [])


def end_patience_after(monkeypatch: pytest.MonkeyPatch, refused: int) -> None:
    """Let the time for storing be up whenever the database has refused ``refused`` more events."""
    asked: list[Outcome] = []

    def store(*arguments: Any) -> Any:
        asked.append(arguments[-1])
        return store_events(*arguments)

    async def within(_: float, storing: Any) -> None:
        enough = len(asked[-1].unstorable) + refused
        task = asyncio.create_task(storing)
        while not task.done() and len(asked[-1].unstorable) < enough:  # noqa: ASYNC110  (nobody is told)
            await asyncio.sleep(0.001)
        if not task.done():
            await end([task])
            raise TimeoutError
        task.result()

    monkeypatch.setattr(ingest, "store_events", store)
    monkeypatch.setattr(ingest, "within", within)


async def test_refusals_that_take_long_make_no_team_think_the_database_away(
    superuser_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_TOKENS", 2**60)
    async with teams_of(superuser_dsn, tmp_path / "spool", patience_s=5.0) as (team, other):
        taking, spool = team.parts.ingest, team.parts.spool
        assert spool is not None
        good = [metric(team.now) for _ in range(2)]
        with monkeypatch.context() as patched:
            end_patience_after(patched, refused=5)
            answer = await taking.take(team.team_id, [good[0], *team.refused(400), good[1]])
        assert 0 < len(answer.rejected) < 400
        assert answer.processed + len(answer.rejected) == 402
        assert (spool.waiting, taking.is_away, taking._breaker.is_open) == (1, False, False)
        [left] = await spool.first(1)
        assert left.payload.count(b"event_type") == 402 - len(answer.rejected) - 1  # The first is stored.
        assert (await taking.take(other.team_id, [metric(team.now)])).processed == 1
        assert (spool.waiting, await other.count("metric_events")) == (1, 1)


async def test_a_good_event_among_many_refused_is_drained(
    superuser_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_TOKENS", 2**60)
    end_patience_after(monkeypatch, refused=50)
    async with teams_of(superuser_dsn, tmp_path / "spool") as (team, _):
        spool = team.parts.spool
        assert spool is not None
        payload = write_json([*team.refused(400), metric(team.now)])
        await spool.put([Spooled(team_id=team.team_id, kind=EVENTS, received_at=team.now, payload=payload)])
        drain = Drain(spool, {EVENTS: team.parts.ingest.store_spooled}, team.parts.database.answers)
        assert await drain.turn() == 1
        assert (spool.waiting, spool.aside) == (0, 0)
        assert (await team.count("metric_events"), await team.count("quarantine")) == (1, 400)
