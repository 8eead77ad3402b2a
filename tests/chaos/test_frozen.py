"""PostgreSQL and Redis are frozen in the middle of the work, for moments and for long, and let go on.

They say nothing and do not go away, as a stopped machine does, and a network that swallows everything.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from hive.control.stores.embedded import prepare
from tests.support.connections import as_superuser
from tests.support.control import bearer, login, make_key, register
from tests.support.control_sockets import heartbeat, raw
from tests.support.frozen import Freezer, freezer_of, frozen
from tests.support.postgres import running_server
from tests.support.redis_server import running_redis
from tests.support.sent_events import Batch, Ledger, Maker, drained, send_all
from tests.support.up_process import UpProcess, control_environment, database_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tests.support.control import Signed

FREEZES = int(os.environ.get("HIVE_CHAOS_FREEZES", "3"))
LENGTHS_S = (8.0, 0.5, 1.5, 3.0, 12.0, 30.0)
LONGEST_ANSWER_S = 12.0
"""What is promised is 11."""

LONGEST_RETURN_S = 20.0
RENEWED_S = 300.0
"""How old a token grows before somebody signs in again."""

SENDERS = 4
PAUSE_S = 0.05
pytestmark = pytest.mark.timeout(3600)


class Timed(httpx.AsyncHTTPTransport):
    """Knows how long the longest answer took."""

    longest_s = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        started = time.monotonic()
        try:
            return await super().handle_async_request(request)
        finally:
            self.longest_s = max(self.longest_s, time.monotonic() - started)


class Plane:
    """A control plane, and somebody of a team who asks and sends."""

    def __init__(self, up: UpProcess, dsn: str, home: Path) -> None:
        self.url = up.address
        self.dsn = psycopg.conninfo.make_conninfo(dsn, dbname="hive")
        self.home = home
        self.timed = Timed()
        self.client = httpx.AsyncClient(base_url=self.url, timeout=60, transport=self.timed)
        self.ledger = Ledger()
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.admin: Signed | None = None
        self._signed_in_at = 0.0

    async def begin(self) -> None:
        """Make a team, and send as its program."""
        self.admin = await register(self.client)
        self._signed_in_at = time.monotonic()
        self.client.headers.update(bearer((await make_key(self.client, self.admin))["key"]))

    def headers(self) -> dict[str, str]:
        """Return those of its admin, whose token is renewed now and then."""
        assert self.admin is not None
        return self.admin.headers

    async def renew(self) -> None:
        """Sign in again where it is time: a token counts for ten minutes, and signing in often is refused."""
        assert self.admin is not None
        if time.monotonic() - self._signed_in_at < RENEWED_S:
            return
        self._signed_in_at = time.monotonic()
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            self.admin = await login(client, self.admin)

    async def send_on(self, maker: Maker) -> None:
        """Send good, odd and duplicate events, without an end."""
        while True:
            await send_all(self.ledger, self.client, list(maker.batches(100, 20, 10)), SENDERS)
            await asyncio.sleep(PAUSE_S)

    async def ask_on(self, method: str, path: str, body: Any = None, *, is_person: bool = False) -> None:
        """Ask without an end; each answer is right, or says to come again."""
        while True:
            headers = self.headers() if is_person else {}
            answer = await self.client.request(method, path, json=body, headers=headers)
            assert answer.status_code in {200, 503}, (path, answer.text)
            self.statuses[path, answer.status_code] += 1
            await asyncio.sleep(PAUSE_S)

    async def returned(self, follower: Follower) -> float:
        """Wait until all of it works again: what lives is known, and the stream tells; return how long."""
        started = time.monotonic()
        name = str(uuid4())
        beat = {**heartbeat(name), "event_id": str(uuid4())}
        line = {**beat, "event_id": str(uuid4()), "event_type": "log", "data": {"message": name}}
        await self.ledger.send_until_taken(self.client, Batch(events=[line], bad=[]))
        while name not in follower.texts or name not in await self.present(beat):
            assert time.monotonic() - started < LONGEST_RETURN_S, (len(follower.texts), follower.cursor)
            await asyncio.sleep(PAUSE_S)
        return time.monotonic() - started

    async def present(self, beat: dict[str, Any]) -> set[str]:
        """Send a heartbeat, and return what lives."""
        again = {**beat, "event_id": str(uuid4()), "timestamp": datetime.now(UTC).isoformat()}
        await self.ledger.send_until_taken(self.client, Batch(events=[again], bad=[]))
        answer = await self.client.get("/v1/control/instances", headers=self.headers())
        return {each["sdk_instance_id"] for each in answer.json()} if answer.is_success else set()

    def lines(self) -> int:
        """Return how many lines the database has."""
        with as_superuser(self.dsn) as connection:
            row = connection.execute("SELECT count(*) FROM log_events").fetchone()
        assert row is not None
        return row[0]


class Follower:
    """Somebody who follows a stream over a WebSocket, and comes back with its cursor."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self.cursor = 0
        self.texts: set[str] = set()

    async def follow_on(self) -> None:
        """Follow without an end; a message that leaves something out, or tells it twice, is a fault."""
        while True:
            path = f"/v1/logs/stream?since={self.cursor}"
            try:
                async with raw(self._plane.url, self._plane.headers(), path) as socket:
                    async for text in socket.socket:
                        self._take(httpx.Response(200, text=str(text)).json())
            except (ConnectionClosed, OSError):
                await asyncio.sleep(PAUSE_S)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribed":
            assert int(message["cursor"]) == self.cursor, message
            return
        assert message["type"] == "logs-batch", message
        self.cursor += len(message["events"])
        assert message["cursor"] == str(self.cursor)
        self.texts |= {event["message"] for event in message["events"]}


def askers(plane: Plane) -> list[Coroutine[Any, Any, None]]:
    """Return what programs, people and balancers ask."""
    question = {"budget_id": "global", "estimated_cost": 0.1, "local_spend": 0}
    return [
        plane.ask_on("GET", "/v1/control/policy"),
        plane.ask_on("POST", "/v1/control/budget/validate", question),
        plane.ask_on("GET", "/v1/auth/me", is_person=True),
        plane.ask_on("GET", "/v1/control/instances", is_person=True),
        plane.ask_on("GET", "/health/ready"),
    ]


def ways(database: Freezer, redis: Freezer) -> Iterator[tuple[list[Freezer], float]]:
    """Give what to freeze, and for how long; in time each of them for each length."""
    kinds = [[database], [redis], [database, redis]]
    for number in range(FREEZES):
        yield kinds[(number + number // len(LENGTHS_S)) % 3], LENGTHS_S[number % len(LENGTHS_S)]


async def freeze_often(plane: Plane, follower: Follower, database: Freezer, redis: Freezer) -> float:
    """Freeze again and again, and return the longest time that everything took to work again."""
    longest_s = await plane.returned(follower)
    for freezers, seconds in ways(database, redis):
        with ExitStack() as stack:
            for freezer in freezers:
                stack.enter_context(frozen(freezer))
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:  # noqa: ASYNC110  (it is time that has to pass)
                await asyncio.sleep(PAUSE_S)
        longest_s = max(longest_s, await plane.returned(follower))
        await plane.renew()
    return longest_s


async def test_frozen_servers_lose_nothing_and_hold_nobody_up(tally: Callable[..., None]) -> None:
    with running_redis() as redis, running_server() as dsn, control_environment() as environment:
        prepare(dsn)
        up = UpProcess({**environment, **database_urls(dsn), "HIVE_REDIS_URL": redis.url})
        try:
            plane = Plane(up, dsn, Path(environment["HIVE_HOME"]))
            await plane.begin()
            follower = Follower(plane)
            async with asyncio.TaskGroup() as group:
                following = group.create_task(follower.follow_on())
                works = [plane.send_on(Maker("frozen")), *askers(plane)]
                tasks = [group.create_task(work) for work in works]
                longest_s = await freeze_often(plane, follower, freezer_of(dsn), redis.freezer())
                for task in tasks:
                    task.cancel()
                await settled(plane, follower)
                following.cancel()
            await plane.client.aclose()
            assert plane.ledger.problems(plane.dsn) == []
        finally:
            up.stop()
    assert plane.timed.longest_s < LONGEST_ANSWER_S
    assert plane.statuses["/v1/control/policy", 503] > 0, "Nobody had to wait in vain."
    tally(
        "frozen servers",
        freezes=FREEZES, accepted=len(plane.ledger.accepted), asked=plane.statuses.total(),
        refused_for_now=sum(count for (_, status), count in plane.statuses.items() if status == 503),
        lost_or_doubled=0,
        longest_answer_ms=round(plane.timed.longest_s * 1000), longest_return_ms=round(longest_s * 1000),
    )  # fmt: skip


async def settled(plane: Plane, follower: Follower) -> None:
    """Wait until all that was taken is stored and told."""
    await drained(plane.home)
    deadline = time.monotonic() + LONGEST_RETURN_S
    while follower.cursor != (lines := await asyncio.to_thread(plane.lines)):
        assert time.monotonic() < deadline, (follower.cursor, lines)
        await asyncio.sleep(PAUSE_S)
