"""Processes are killed, Redis and connections to PostgreSQL go away: clients come back, and up to date."""

from __future__ import annotations

import asyncio
import os
import random
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hive.control.stores.embedded import prepare
from tests.support.connections import as_superuser
from tests.support.control import make_key, new_database, register
from tests.support.control_process import ControlProcess, hive_up
from tests.support.control_sockets import heartbeat, raw
from tests.support.redis_server import RedisServer, running_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hive.control.stores.embedded import Addresses
    from tests.support.control import Signed
    from tests.support.control_sockets import Raw

ROUNDS = int(os.environ.get("HIVE_CHAOS_SOCKETS", "6"))
CLIENTS = 10
PATIENCE_S = 20.0
BACK_S = 0.05
pytestmark = pytest.mark.timeout(3600)


class Plane:
    """Two processes of a control plane, and what can happen to them."""

    def __init__(self, superuser_dsn: str, redis: RedisServer) -> None:
        self._superuser_dsn = superuser_dsn
        self._database: Addresses = new_database(superuser_dsn)
        self._redis = redis
        self._places = [ExitStack(), ExitStack()]
        self.processes: list[ControlProcess] = [self._start(place) for place in self._places]
        self.faults: list[Callable[[random.Random], None]] = [
            self.kill, self.restart_redis, self.cut_connections, self.leave_alone
        ]  # fmt: skip

    def url(self, chance: random.Random) -> str:
        return chance.choice(self.processes).url

    def kill(self, chance: random.Random) -> None:
        """Kill one process, and start another in its place."""
        number = chance.randrange(2)
        self._places[number].close()
        self.processes[number] = self._start(self._places[number])

    def restart_redis(self, chance: random.Random) -> None:
        """Let Redis forget everything, and be away for a moment."""
        self._redis.stop()
        time.sleep(chance.random() / 2)
        self._redis.start()

    def cut_connections(self, chance: random.Random) -> None:
        """Cut every connection to the database."""
        del chance
        with as_superuser(self._superuser_dsn, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hive_app'"
            )

    def leave_alone(self, chance: random.Random) -> None:
        """Do nothing."""

    def close(self) -> None:
        for place in self._places:
            place.close()

    def _start(self, place: ExitStack) -> ControlProcess:
        return place.enter_context(hive_up(self._database, self._redis.url))


class Client:
    """An instance that comes back to any process whenever its socket is gone, as SDKs do."""

    def __init__(self, plane: Plane, key: str, name: str) -> None:
        self._plane = plane
        self._key = key
        self._chance = random.Random(name)
        self.name = name
        self.limit = 0.0
        self.comings = 0
        self.is_shut_out = False

    async def live(self) -> None:
        headers = {"X-API-Key": self._key, "X-SDK-Instance-ID": self.name}
        while not self.is_shut_out:
            try:
                async with raw(self._plane.url(self._chance), headers) as socket:
                    self.comings += 1
                    await self._stay(socket)
            except InvalidStatus as refused:
                self.is_shut_out = refused.response.status_code == 401
            except (OSError, ConnectionClosed, EOFError, TimeoutError):
                await asyncio.sleep(BACK_S)

    async def _stay(self, socket: Raw) -> None:
        told = -1.0
        beating = asyncio.create_task(self._beat(socket))
        try:
            async for text in socket.socket:
                message = httpx.Response(200, text=str(text)).json()
                budgets = message["policy"]["budgets"]
                now = budgets[0]["limit"] if budgets else 0.0
                assert now >= told, "An older policy came after a newer one."
                told = self.limit = now
        finally:
            beating.cancel()

    async def _beat(self, socket: Raw) -> None:
        with suppress(ConnectionClosed):
            while True:
                await socket.say(heartbeat(self.name, "scout"))
                await asyncio.sleep(0.5)


@pytest.fixture
def plane(postgres_server: str) -> Iterator[Plane]:
    prepare(postgres_server)
    with running_redis() as redis:
        made = Plane(postgres_server, redis)
        yield made
        made.close()


async def test_sockets_outlast_what_happens_to_the_servers(plane: Plane, tally: Callable[..., None]) -> None:
    chance = random.Random(ROUNDS)
    async with httpx.AsyncClient(base_url=plane.processes[0].url, timeout=20) as first:
        admin = await register(first)
        key = (await make_key(first, admin))["key"]
    clients = [Client(plane, key, f"i-{number}") for number in range(CLIENTS)]
    faults: list[str] = []
    async with asyncio.TaskGroup() as living:
        for client in clients:
            living.create_task(client.live())
        for number in range(1, ROUNDS + 1):
            fault = plane.faults[number % len(plane.faults)]
            faults.append(fault.__name__)
            await asyncio.gather(asyncio.to_thread(fault, chance), change(plane, chance, admin, number))
            await settled(plane, admin, clients, number)
        revoked = await revoke(plane, chance, admin, key)
        while not all(client.is_shut_out for client in clients):
            assert time.monotonic() - revoked < PATIENCE_S
            await asyncio.sleep(BACK_S)
    comings = sum(client.comings for client in clients)
    assert comings > len(clients)
    tally("sockets", rounds=len(faults), clients=len(clients), connections=comings)


async def change(plane: Plane, chance: random.Random, admin: Signed, usd: int) -> None:
    """Set the budget through any process, however often that takes."""
    await insist(plane, chance, "PATCH", "/v1/control/policy", admin, json={"budget": {"limit": usd}})


async def revoke(plane: Plane, chance: random.Random, admin: Signed, key: str) -> float:
    await insist(plane, chance, "DELETE", f"/v1/auth/keys/{key.split('_')[1]}", admin)
    return time.monotonic()


async def insist(
    plane: Plane, chance: random.Random, method: str, path: str, admin: Signed, **more: Any
) -> httpx.Response:
    """Ask any process until one answers; an answer that is none says to come again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            async with httpx.AsyncClient(base_url=plane.url(chance), timeout=10) as client:
                answer = await client.request(method, path, headers=admin.headers, **more)
            if answer.is_success:
                return answer
            assert answer.status_code == 503, answer.text
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{method} {path} found nobody."
        await asyncio.sleep(BACK_S)


async def settled(plane: Plane, admin: Signed, clients: list[Client], usd: int) -> None:
    """Wait until every client has the newest policy, and every process sees every client."""
    deadline = time.monotonic() + PATIENCE_S
    names = {client.name for client in clients}
    while True:
        behind = [client.name for client in clients if client.limit != usd]
        seen = [await instances(process, admin) for process in plane.processes]
        if not behind and all(each == names for each in seen):
            return
        assert time.monotonic() < deadline, f"behind: {behind}; seen: {seen}"
        await asyncio.sleep(BACK_S)


async def instances(process: ControlProcess, admin: Signed) -> set[str]:
    try:
        async with httpx.AsyncClient(base_url=process.url, timeout=10) as client:
            answer = await client.get("/v1/control/instances", headers=admin.headers)
    except httpx.TransportError:
        return set()
    return {each["sdk_instance_id"] for each in answer.json()} if answer.is_success else set()
