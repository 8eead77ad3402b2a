"""The published client ``aden-py``, unmodified, while the process of the control plane is restarted."""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.aden_client import COMPLETION, Agent, in_thread, instrumented
from tests.support.model_service import serving
from tests.support.up_process import UpProcess, control_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

LINK = re.compile(r"/first-login#(\S+)")
PERSON = {"email": "ada@example.org", "name": "Ada", "password": "correct horse battery"}
PATIENCE_S = 30


@asynccontextmanager
async def up(environment: Mapping[str, str], port: int = 0) -> AsyncIterator[UpProcess]:
    """Run ``hive up`` as a process until the block ends."""
    process = await asyncio.to_thread(UpProcess, environment, "--port", str(port))
    try:
        yield process
    finally:
        await asyncio.to_thread(process.stop)


class Admin:
    """The first person of an installation."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=address, timeout=20)

    async def enter(self, said: str) -> None:
        link = LINK.search(said)
        assert link is not None
        body = {**PERSON, "token": link[1]}
        entered = (await self._client.post("/v1/auth/first-login", json=body)).raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {entered.json()['access_token']}"

    async def set_limit(self, limit: float) -> None:
        body = {"budget": {"limit": limit}}
        (await self._client.patch("/v1/control/policy", json=body)).raise_for_status()

    async def calls(self) -> int:
        shown = await self._client.get("/v1/logs/stream", params={"stream": "llm-events"})
        return len(shown.raise_for_status().json()["events"])

    async def agents(self) -> list[str]:
        found = (await self._client.get("/v1/control/instances")).raise_for_status().json()
        return [each["agent_name"] for each in found]

    async def close(self) -> None:
        await self._client.aclose()


async def until(is_so: Callable[[], Any]) -> None:
    """Wait until something is so; neither the client nor the server tells."""
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.1)


class Worker:
    """A process's work with the client, one step whenever it is told."""

    def __init__(self, agent: Agent, address: str, key: str) -> None:
        self._agent = agent
        self._places = address, key
        self.steps = {name: threading.Event() for name in ("called", "restarted", "limited")}

    async def work(self) -> None:
        async with instrumented(*self._places, agent_name="scout") as control:
            self._agent.call()
            self.steps["called"].set()
            await self._wait("restarted")
            await until_limit(control, 7)
            assert control.is_connected()
            self._agent.call()
            await self._wait("limited")
            await until_limit(control, 0)
            with pytest.raises(Exception, match=r"[Ll]imit"):
                self._agent.call()

    async def _wait(self, step: str) -> None:
        assert await asyncio.to_thread(self.steps[step].wait, 2 * PATIENCE_S)


async def until_limit(control: Any, limit: float) -> None:
    """Wait until the client has a policy with this limit."""

    async def is_there() -> bool:
        return control.get_policy().budgets[0].limit_usd == limit

    await until(is_there)


async def test_a_client_survives_a_restart_of_the_server_on_the_same_port() -> None:
    with control_environment() as environment:
        async with serving() as service:
            service.replies(200, COMPLETION)
            async with up(environment) as first:
                port = int(first.address.rpartition(":")[2])
                admin = Admin(first.address)
                await admin.enter(first.said)
                await admin.set_limit(100)
                worker = Worker(Agent(service), first.address, first.key)
                working = asyncio.create_task(in_thread(worker.work))
                assert await asyncio.to_thread(worker.steps["called"].wait, PATIENCE_S)
                await until(lambda: has_calls(admin, 1))
            async with up(environment, port):
                await admin.set_limit(7)
                worker.steps["restarted"].set()
                await until(lambda: has_calls(admin, 2))
                await until(admin.agents)  # By a heartbeat: what the first process knew is gone.
                assert await admin.agents() == ["scout"]
                await admin.set_limit(0)
                worker.steps["limited"].set()
                await working
                assert len(service.asked) == 2
            await admin.close()


async def has_calls(admin: Admin, count: int) -> bool:
    return await admin.calls() == count
