"""A control plane whose database and Redis go away takes events all the same: each is stored, once."""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from redis import Redis

from hive.control.stores.embedded import prepare
from tests.support.connections import as_superuser
from tests.support.control_server import gone
from tests.support.postgres import running_server
from tests.support.redis_server import running_redis
from tests.support.sdk_events import one_of_each
from tests.support.sent_events import Batch, Ledger, Maker, client_of, drained, send_all
from tests.support.up_process import UpProcess, control_environment, database_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

EVENTS = int(os.environ.get("HIVE_CHAOS_EVENTS", "4000"))
AWAY_S = float(os.environ.get("HIVE_CHAOS_AWAY_S", "3"))
CUTS = int(os.environ.get("HIVE_CHAOS_CUTS", "12"))
SENDERS = 8
BATCH = 100
BETWEEN_CUTS_S = 0.3
CUT = """SELECT state, pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = 'hive' AND usename = 'hive_app' AND pid <> pg_backend_pid()"""
pytestmark = pytest.mark.timeout(3600)


class Plane:
    """A control plane in a process of its own, and its database."""

    def __init__(self, up: UpProcess, dsn: str, home: Path) -> None:
        self.up = up
        self.superuser_dsn = dsn
        self.dsn = psycopg.conninfo.make_conninfo(dsn, dbname="hive")
        self.home = home

    def client(self) -> httpx.AsyncClient:
        return client_of(self.up.address, self.up.key)


@contextmanager
def running_plane(redis_url: str | None = None) -> Iterator[Plane]:
    with running_server() as dsn, control_environment() as environment:
        prepare(dsn)
        places = {**environment, **database_urls(dsn)}
        if redis_url is not None:
            places["HIVE_REDIS_URL"] = redis_url
        up = UpProcess(places)
        try:
            yield Plane(up, dsn, Path(environment["HIVE_HOME"]))
        finally:
            up.stop()


async def test_nothing_is_lost_or_doubled_while_the_database_is_away(tally: Callable[..., None]) -> None:
    ledger = Ledger()
    batches = list(Maker("away").batches(EVENTS, EVENTS // 10, BATCH))
    third = len(batches) // 3
    with running_plane() as plane:
        async with plane.client() as client:
            await send_all(ledger, client, batches[:third], SENDERS)
            with gone(plane.superuser_dsn, plane.dsn):
                ends = time.monotonic() + AWAY_S
                before = ledger.answers
                await send_all(ledger, client, batches[third : 2 * third], SENDERS)
                taken_meanwhile = ledger.answers - before
                while time.monotonic() < ends:  # noqa: ASYNC110  (it is time that has to pass)
                    await asyncio.sleep(0.1)
            await send_all(ledger, client, batches[2 * third :], SENDERS)
        await drained(plane.home)
        assert ledger.problems(plane.dsn) == []
    assert ledger.unanswered == set()
    assert taken_meanwhile == third
    assert len(ledger.accepted) >= EVENTS
    tally(
        "ingest, database away",
        accepted=len(ledger.accepted), rejected=ledger.rejected, requests_taken_meanwhile=taken_meanwhile,
        lost_or_doubled=0,
    )  # fmt: skip


async def cut(plane: Plane, restart: Callable[[int], None]) -> int:
    """End every connection of the database, again and again; return how many were in a transaction."""
    chance = random.Random("cuts")
    busy = 0
    with as_superuser(plane.superuser_dsn, autocommit=True) as connection:
        for number in range(CUTS):
            await asyncio.to_thread(restart, number)
            ended = connection.execute(CUT).fetchall()
            busy += sum(state != "idle" and is_ended for state, is_ended in ended)
            await asyncio.sleep(2 * BETWEEN_CUTS_S * chance.random())
    return busy


async def ask_on(client: httpx.AsyncClient, statuses: list[int], cutting: asyncio.Task[int]) -> None:
    """Ask what SDKs ask as long as connections are cut: each answer is right, or asks to come again."""
    while not cutting.done():
        await ask(client, statuses)


async def ask(client: httpx.AsyncClient, statuses: list[int]) -> None:
    question = {"budget_id": "global", "estimated_cost": 0.1, "local_spend": 0}
    for method, path, body in [
        ("GET", "/v1/control/policy", None),
        ("POST", "/v1/control/budget/validate", question),
        ("GET", "/tsdb/pricing", None),
    ]:
        answer = await client.request(method, path, json=body)
        assert answer.status_code in {200, 503}, (path, answer.text)
        assert answer.status_code == 200 or "retry-after" in answer.headers
        statuses.append(answer.status_code)


async def test_cut_connections_and_a_restart_of_redis_lose_nothing(tally: Callable[..., None]) -> None:
    ledger, maker, statuses = Ledger(), Maker("cuts"), list[int]()
    with running_redis() as redis, running_plane(redis.url) as plane:

        def restart(number: int) -> None:
            if number == CUTS // 3:
                redis.stop()
            if number == CUTS // 3 + 2:
                redis.start()

        async with plane.client() as client:
            cutting = asyncio.create_task(cut(plane, restart))
            asking = asyncio.create_task(ask_on(client, statuses, cutting))
            while not cutting.done():
                await send_all(ledger, client, list(maker.batches(400, 40, 20)), SENDERS)
            busy = await cutting
            await asking
            await drained(plane.home)
            assert ledger.problems(plane.dsn) == []
            await check_heartbeat(ledger, client, redis.url)
    assert ledger.unanswered == set()
    assert 200 in statuses
    assert busy > 0, "No connection was cut in the middle of anything."
    tally(
        "ingest, cut connections",
        cuts=CUTS, in_a_transaction=busy, accepted=len(ledger.accepted),
        refused_for_now=ledger.refusals + statuses.count(503), lost_or_doubled=0,
    )  # fmt: skip


async def check_heartbeat(ledger: Ledger, client: httpx.AsyncClient, redis_url: str) -> None:
    """Who lives is known again from the next heartbeat on."""
    beat = {
        **one_of_each(datetime.now(UTC))[6],
        "event_id": str(uuid4()),
        "sdk_instance_id": "later",
    }
    await ledger.send_until_taken(client, Batch(events=[beat], bad=[]))
    hot = Redis.from_url(redis_url)
    deadline = time.monotonic() + 10
    found: list[bytes] = []
    while b"later" not in found:
        assert time.monotonic() < deadline, found
        found = [name for key in hot.keys("hive:presence:*") for name in hot.hkeys(key)]
        await asyncio.sleep(0.05)
    hot.close()
