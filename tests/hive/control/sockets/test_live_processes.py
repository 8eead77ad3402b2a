"""Streams of two real processes on one PostgreSQL and one Redis: who follows one gets the events of both."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from tests.support.control import Signed, bearer, make_key, new_database, register
from tests.support.control_process import ControlProcess, hive_up
from tests.support.control_sockets import raw
from tests.support.redis_server import RedisServer, running_redis
from tests.support.sdk_events import envelope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hive.control.stores.embedded import Addresses
    from tests.support.control_sockets import Raw

PATH = "/v1/logs/stream"


class Plane(NamedTuple):
    """A control plane of two processes."""

    database: Addresses
    redis: RedisServer
    first: ControlProcess
    second: ControlProcess


@pytest.fixture(scope="module")
def plane(superuser_dsn: str) -> Iterator[Plane]:
    database = new_database(superuser_dsn)
    with (
        running_redis() as redis,
        hive_up(database, redis.url) as first,
        hive_up(database, redis.url) as second,
    ):
        yield Plane(database, redis, first, second)


class Team:
    """A team whose programs send lines to every process."""

    def __init__(self, admin: Signed, key: str) -> None:
        self.admin = admin
        self.key = key
        self.sent: set[str] = set()
        self._numbers = itertools.count()

    async def send(self, process: ControlProcess, count: int, size: int = 1) -> None:
        async with httpx.AsyncClient(base_url=process.url, timeout=20, headers=bearer(self.key)) as client:
            for _ in range(count):
                texts = [f"line {next(self._numbers)}" for _ in range(size)]
                now = datetime.now(UTC)
                lines = [envelope("log", now, data={"message": text}) for text in texts]
                answer = await client.post("/v1/control/events", json={"events": lines})
                assert answer.json()["processed"] == size
                self.sent.update(texts)

    async def send_both(self, plane: Plane, count: int) -> None:
        await asyncio.gather(self.send(plane.first, count, 3), self.send(plane.second, count, 2))


async def team(process: ControlProcess) -> Team:
    async with httpx.AsyncClient(base_url=process.url, timeout=20) as client:
        admin = await register(client)
        return Team(admin, (await make_key(client, admin))["key"])


class Listener:
    """A follower that checks that nothing is missing."""

    def __init__(self, socket: Raw) -> None:
        self.socket = socket
        self.cursor = 0
        self.texts: list[str] = []

    async def until(self, sent: set[str]) -> None:
        """Take messages until all that was sent has come."""
        async with asyncio.timeout(20):
            while len(self.texts) < len(sent):
                await self.take(await self.socket.next())
        assert (set(self.texts), len(self.texts)) == (sent, len(sent))

    async def take(self, message: dict[str, Any]) -> None:
        if message["type"] == "logs-batch":
            self.texts += [event["message"] for event in message["events"]]
            self.cursor += len(message["events"])
            assert message["cursor"] == str(self.cursor)
        else:
            assert message["type"] in {"policy", "subscribed"}, message


async def test_followers_of_either_process_get_every_event_once_and_in_one_order(plane: Plane) -> None:
    ours = await team(plane.first)
    headers = ours.admin.headers
    async with raw(plane.first.url, headers, PATH) as one, raw(plane.second.url, headers, PATH) as two:
        here, there = Listener(one), Listener(two)
        for listener in (here, there):
            while (message := await listener.socket.next())["type"] != "subscribed":
                await listener.take(message)
        await ours.send_both(plane, 20)
        await asyncio.gather(here.until(ours.sent), there.until(ours.sent))
        assert here.texts == there.texts
        started = time.monotonic()
        await ours.send(plane.first, 1)
        await there.until(ours.sent)
        # Sooner than it would look by itself, on a machine that is busy.
        assert time.monotonic() - started < 0.9


async def test_without_redis_streams_go_on_and_lose_nothing(plane: Plane) -> None:
    ours = await team(plane.first)
    headers = ours.admin.headers
    async with raw(plane.first.url, headers, PATH) as one, raw(plane.second.url, headers, PATH) as two:
        listeners = [Listener(one), Listener(two)]
        for listener in listeners:
            while (message := await listener.socket.next())["type"] != "subscribed":
                await listener.take(message)
        await asyncio.to_thread(plane.redis.stop)
        try:
            await ours.send_both(plane, 5)
            await asyncio.gather(*(listener.until(ours.sent) for listener in listeners))
        finally:
            await asyncio.to_thread(plane.redis.start)
        await ours.send_both(plane, 5)
        await asyncio.gather(*(listener.until(ours.sent) for listener in listeners))
        assert listeners[0].texts == listeners[1].texts


async def test_who_loses_its_process_goes_on_in_the_other_without_hole_or_double(plane: Plane) -> None:
    ours = await team(plane.second)
    with hive_up(plane.database, plane.redis.url) as third:
        async with raw(third.url, ours.admin.headers, f"{PATH}?since=0") as socket:
            listener = Listener(socket)
            await ours.send(third, 5)
            await listener.until(ours.sent)
            code, logged = await asyncio.to_thread(third.end)
            assert (await socket.closed(), code) == (1012, 0), logged
            assert "Traceback" not in logged
    await ours.send_both(plane, 5)
    async with raw(plane.second.url, ours.admin.headers, f"{PATH}?since={listener.cursor}") as socket:
        listener.socket = socket
        await listener.until(ours.sent)
        await ours.send_both(plane, 2)
        await listener.until(ours.sent)
