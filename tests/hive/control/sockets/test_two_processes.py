"""Two real processes on one PostgreSQL and one Redis: what one is told, the sockets of both show."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from hive.control.api.live_routes import PATH as LIVE_PATH
from hive.control.domain.ids import TeamId
from hive.control.stores.database import Database
from hive.control.stores.scope import Scope
from tests.support.control import Signed, bearer, join, make_key, new_database, register
from tests.support.control_process import ControlProcess, hive_up
from tests.support.control_sockets import heartbeat, io, metric, raw
from tests.support.redis_server import RedisServer, running_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from hive.control.stores.embedded import Addresses
    from tests.support.control_sockets import Raw


class Plane(NamedTuple):
    """A control plane of two processes."""

    database: Addresses
    redis: RedisServer
    first: ControlProcess
    second: ControlProcess

    async def fleet(self, admin: Signed) -> list[dict[str, Any]]:
        """Return the processes of a team, as both processes tell them; none while one of them cannot."""
        told: list[list[dict[str, Any]]] = []
        for process in (self.first, self.second):
            async with httpx.AsyncClient(base_url=process.url, timeout=20) as client:
                answer = await client.get("/v1/control/instances", headers=admin.headers)
                if answer.status_code == 503:  # Right after Redis went or came.
                    return []
                assert answer.status_code == 200, answer.text
                told.append(sorted(answer.json(), key=lambda each: each["sdk_instance_id"]))
        return told[0] if told[0] == told[1] else []

    async def spans(self, admin: Signed) -> set[str]:
        """Return the spans of all stored metrics of a team."""
        database = Database(self.database.app)
        await database.open()
        try:
            async with database.transaction(Scope(team_id=TeamId(UUID(admin.team_id)))) as transaction:
                cursor = await transaction._connection.execute("SELECT span_id FROM metric_events")
                return {row["span_id"] for row in await cursor.fetchall()}
        finally:
            await database.close()


@pytest.fixture(scope="module")
def plane(superuser_dsn: str) -> Iterator[Plane]:
    database = new_database(superuser_dsn)
    with (
        running_redis() as redis,
        hive_up(database, redis.url) as first,
        hive_up(database, redis.url) as second,
    ):
        yield Plane(database, redis, first, second)


async def team(plane: Plane) -> tuple[Signed, str]:
    """Make a team with a key, through the first process."""
    async with httpx.AsyncClient(base_url=plane.first.url, timeout=20) as client:
        admin = await register(client)
        return admin, (await make_key(client, admin))["key"]


async def limit(process: ControlProcess, admin: Signed, usd: float) -> None:
    """Set the budget of a team through a process."""
    async with httpx.AsyncClient(base_url=process.url, timeout=20) as client:
        body = {"budget": {"limit": usd}}
        answer = await client.patch("/v1/control/policy", json=body, headers=admin.headers)
        assert answer.status_code == 200, answer.text


async def present(plane: Plane, admin: Signed, instances: set[str]) -> None:
    """Wait until the processes of a team are seen."""
    async with asyncio.timeout(10):
        while {each["sdk_instance_id"] for each in await plane.fleet(admin)} != instances:  # noqa: ASYNC110  (processes tell nobody)
            await asyncio.sleep(0.05)


async def beating(plane: Plane, admin: Signed, sockets: Mapping[str, Any]) -> None:
    """Send heartbeats, again and again as agents do, until all are seen: one as Redis comes is lost."""
    async with asyncio.timeout(10):
        while {each["sdk_instance_id"] for each in await plane.fleet(admin)} != set(sockets):
            for name, socket in sockets.items():
                await socket.say(heartbeat(name))
            await asyncio.sleep(0.5)


async def test_a_change_through_one_reaches_the_sockets_of_both(plane: Plane) -> None:
    admin, key = await team(plane)
    async with raw(plane.first.url, bearer(key)) as here, io(plane.second.url, key) as there:
        await here.next()
        await there.next()
        for process, usd in ((plane.first, 3), (plane.second, 4)):
            started = time.monotonic()
            await limit(process, admin, usd)
            for socket in (here, there):
                assert (await socket.next())["policy"]["budgets"][0]["limit"] == usd
            assert time.monotonic() - started < 2
        await here.say(heartbeat("i-1", "scout"))
        await there.say(heartbeat("i-2", "guide"))
        await present(plane, admin, {"i-1", "i-2"})


async def test_a_key_revoked_through_one_closes_the_sockets_of_both(plane: Plane) -> None:
    admin, key = await team(plane)
    async with raw(plane.first.url, bearer(key)) as here, io(plane.second.url, key) as there:
        await here.next()
        await there.next()
        async with httpx.AsyncClient(base_url=plane.second.url, timeout=20) as client:
            key_id = key.split("_")[1]
            await client.delete(f"/v1/auth/keys/{key_id}", headers=admin.headers)
        revoked = time.monotonic()
        assert await here.closed() == 1008
        await there.closed()
        assert time.monotonic() - revoked < 1


async def test_who_is_removed_through_one_loses_sockets_and_streams_at_both(plane: Plane) -> None:
    admin, _ = await team(plane)
    async with httpx.AsyncClient(base_url=plane.second.url, timeout=20) as client:
        guest = await join(client, admin, "member")
        account = (await client.get("/v1/auth/me", headers=guest.headers)).json()["account_id"]
        async with (
            raw(plane.first.url, guest.headers, f"{LIVE_PATH}?stream=logs") as stream,
            raw(plane.second.url, guest.headers) as here,
            io(plane.first.url, guest.access_token) as there,
            events(plane.first, guest) as lines,
        ):
            assert (await stream.next())["type"] == "subscribed"
            assert await anext(lines) == "id: 0"
            removed = await client.delete(f"/v1/auth/members/{account}", headers=admin.headers)
            since = time.monotonic()
            assert removed.is_success, removed.text
            assert (await stream.closed(), await here.closed()) == (1008, 1008)
            await there.closed()
            assert "event: end" in [line async for line in lines]
            assert time.monotonic() - since < 1


@asynccontextmanager
async def events(process: ControlProcess, who: Signed) -> AsyncIterator[AsyncIterator[str]]:
    """Give the lines of a stream as server-sent events."""
    headers = {**who.headers, "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=process.url, timeout=20) as client,
        client.stream("GET", LIVE_PATH, headers=headers) as answer,
    ):
        yield answer.aiter_lines()


async def followed(dashboard: Raw, traces: set[str]) -> None:
    """Read calls until all of these were told, each once and no other."""
    told: list[str] = []
    while len(told) < len(traces):
        message = await dashboard.next()
        assert message["type"] == "llm-events-batch", message
        told += [event["trace_id"] for event in message["events"]]
    assert sorted(told) == sorted(traces)


async def test_what_one_takes_people_at_the_other_see(plane: Plane) -> None:
    admin, key = await team(plane)
    async with (
        raw(plane.first.url, bearer(key)) as here,
        raw(plane.second.url, bearer(admin.access_token)) as dashboard,
    ):
        await dashboard.say({"type": "subscribe-llm-events"})
        assert (await dashboard.next())["type"] == "subscribed"
        await here.next()
        await here.say(metric("s-1"))
        await followed(dashboard, {"t-s-1"})


async def test_redis_may_be_restarted_in_the_middle(plane: Plane) -> None:
    admin, key = await team(plane)
    async with (
        raw(plane.first.url, bearer(key)) as here,
        io(plane.second.url, key) as there,
        raw(plane.second.url, bearer(admin.access_token)) as dashboard,
    ):
        await dashboard.say({"type": "subscribe-llm-events"})
        assert (await dashboard.next())["type"] == "subscribed"
        sockets = {"i-1": here, "i-2": there}
        for name, socket in sockets.items():
            await socket.next()
            await socket.say(heartbeat(name))
        await present(plane, admin, {"i-1", "i-2"})
        sent: set[str] = set()
        await say_metrics(sockets, sent, "before")
        await asyncio.to_thread(plane.redis.stop)
        await say_metrics(sockets, sent, "without")
        await limit(plane.second, admin, 5)
        await asyncio.to_thread(plane.redis.start)
        await say_metrics(sockets, sent, "after")
        for socket in sockets.values():
            assert (await socket.next())["policy"]["budgets"][0]["limit"] == 5
        await beating(plane, admin, sockets)
        async with asyncio.timeout(10):
            while await plane.spans(admin) != sent:  # noqa: ASYNC110  (nobody is told)
                await asyncio.sleep(0.1)
        await followed(dashboard, {f"t-{span}" for span in sent})
        await limit(plane.first, admin, 6)
        for socket in sockets.values():
            assert (await socket.next())["policy"]["budgets"][0]["limit"] == 6


async def say_metrics(sockets: dict[str, object], sent: set[str], when: str) -> None:
    for name, socket in sockets.items():
        for number in range(20):
            span = f"{when}-{name}-{number}"
            sent.add(span)
            await socket.say(metric(span, instance=name))


async def test_a_process_that_ends_sends_its_clients_to_the_other(plane: Plane) -> None:
    admin, key = await team(plane)
    with hive_up(plane.database, plane.redis.url) as third:
        async with raw(third.url, bearer(key)) as here, raw(plane.first.url, bearer(key)) as there:
            await here.next()
            await there.next()
            await here.say(metric("last"))
            await here.say({"type": "nothing"})
            assert (await here.next())["type"] == "error"
            code, logged = await asyncio.to_thread(third.end)
            assert (await here.closed(), code) == (1012, 0), logged
            assert "Traceback" not in logged
            assert await plane.spans(admin) == {"last"}
            await limit(plane.second, admin, 2)
            assert (await there.next())["policy"]["budgets"][0]["limit"] == 2
