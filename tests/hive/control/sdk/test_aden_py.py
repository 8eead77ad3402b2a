"""The published client ``aden-py``, unmodified, against a control plane behind a real port."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from tests.support.aden_client import CHUNKS, COMPLETION, Agent, in_thread, instrumented
from tests.support.control import Signed, clock_of, make_key, register
from tests.support.control_server import working_control
from tests.support.model_service import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from hive.control.api.parts import Parts
    from tests.support.model_service import ModelService


class Site:
    """A control plane, a team of it, and a model's service."""

    def __init__(self, parts: Parts, client: httpx.AsyncClient, admin: Signed, service: ModelService) -> None:
        self.parts = parts
        self.client = client
        self.admin = admin
        self.service = service
        self.agent = Agent(service)
        self.url = ""
        self.key = ""

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Return rows, once what came over sockets is stored: nobody is told when that is."""
        await self.settled()
        scope = Scope(team_id=TeamId(UUID(self.admin.team_id)))
        async with self.parts.database.transaction(scope) as transaction:
            cursor = await transaction._connection.execute(query)
            return await cursor.fetchall()

    async def settled(self) -> None:
        """Wait until clients that left are gone, and all that they sent is stored."""
        async with asyncio.timeout(10):
            while len(self.parts.connections):  # noqa: ASYNC110  (clients leave when they want to)
                await asyncio.sleep(0.01)
        await self.parts.ingest.close()

    async def set_budget(self, **budget: Any) -> None:
        body = {"budget": budget}
        answer = await self.client.patch("/v1/control/policy", json=body, headers=self.admin.headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def site(parts: Parts, client: httpx.AsyncClient) -> AsyncIterator[Site]:
    admin = await register(client)
    made = await make_key(client, admin)
    async with serving() as service, working_control(parts) as url:
        service.replies(200, COMPLETION)
        found = Site(parts, client, admin, service)
        found.url, found.key = url, made["key"]
        yield found


async def test_calls_are_metered_and_the_policy_is_known(site: Site) -> None:
    await site.set_budget(limit=100)

    async def work() -> Any:
        async with instrumented(site.url, site.key, agent_name="scout") as control:
            assert site.agent.call() == "Hello."
            assert await site.agent.call_async() == "Hello."
            return control.get_policy()

    policy = await in_thread(work)
    assert (policy.budgets[0].limit_usd, policy.budgets[0].current_spend_usd >= 5) == (100, True)
    rows = await site.rows("SELECT agent_id, model_id, cost_usd, status FROM metric_events")
    assert [(row["agent_id"], row["model_id"], float(row["cost_usd"])) for row in rows] == [
        ("scout", "gpt-4o", 0.0075)
    ] * 2


async def test_a_streamed_answer_is_metered(site: Site) -> None:
    site.service.streams(*CHUNKS)

    async def work() -> str:
        async with instrumented(site.url, site.key):
            return site.agent.stream()

    assert await in_thread(work) == "Hello."
    (row,) = await site.rows("SELECT body, token_count FROM metric_events")
    assert (row["token_count"], row["body"]["data"]["stream"]) == (1500, True)


async def test_a_kill_budget_blocks_the_call_that_comes_too_late(site: Site) -> None:
    await site.set_budget(limit=0.005)

    async def work() -> str:
        async with instrumented(site.url, site.key):
            site.agent.call()
            with pytest.raises(Exception, match=r"[Ll]imit") as blocked:
                site.agent.call()
            return type(blocked.value).__name__

    assert await in_thread(work) == "RequestCancelledError"
    assert len(site.service.asked) == 1
    (row,) = await site.rows("SELECT action, budget_id FROM control_events")
    assert (row["action"], row["budget_id"]) == ("block", "global")


async def test_a_new_month_lets_a_client_go_on_that_stayed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.policy_push._EVERY_S", 0.05)
    await site.set_budget(limit=0.005)
    blocked = threading.Event()

    async def work() -> None:
        async with instrumented(site.url, site.key) as control:
            site.agent.call()
            with pytest.raises(Exception, match=r"[Ll]imit"):
                site.agent.call()
            blocked.set()
            async with asyncio.timeout(10):
                while control.get_policy().budgets[0].current_spend_usd > 0.001:  # noqa: ASYNC110  (it tells nobody)
                    await asyncio.sleep(0.01)
            assert site.agent.call() == "Hello."

    working = asyncio.create_task(in_thread(work))
    assert await asyncio.to_thread(blocked.wait, 20)
    now = clock_of(site.parts).now()
    month = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
        day=1
    )
    clock_of(site.parts).advance((month - now).total_seconds() + 3600)
    await working
    assert len(site.service.asked) == 2


async def test_the_server_blocks_what_the_client_would_let_pass(site: Site) -> None:
    await site.set_budget(limit=0.0074)

    async def work() -> None:
        async with instrumented(site.url, site.key) as control:
            control.get_policy().budgets[0].current_spend_usd = 0.0004
            with pytest.raises(Exception, match="Budget limit exceeded"):
                site.agent.call()

    async def first() -> None:
        async with instrumented(site.url, site.key):
            site.agent.call()

    await in_thread(first)
    await in_thread(work)
    assert len(site.service.asked) == 1


async def test_a_budget_that_is_nearly_spent_takes_a_cheaper_model(site: Site) -> None:
    await site.set_budget(limit=0.009, limitAction="degrade", degradeToModel="gpt-4o-mini")

    async def work() -> None:
        async with instrumented(site.url, site.key):
            site.agent.call()
            site.agent.call()

    await in_thread(work)
    assert [asked.body["model"] for asked in site.service.asked] == ["gpt-4o", "gpt-4o-mini"]


async def test_a_limit_of_nothing_blocks_the_first_call(site: Site) -> None:
    await site.set_budget(limit=0)

    async def work() -> None:
        async with instrumented(site.url, site.key):
            with pytest.raises(Exception, match="limit"):
                site.agent.call()

    await in_thread(work)
    assert site.service.asked == []


async def test_long_prompts_arrive_whole(site: Site) -> None:
    prompt = "\N{HONEYBEE}" * 3000

    async def work() -> None:
        async with instrumented(site.url, site.key, capture_content=True):
            site.agent.call(prompt)

    await in_thread(work)
    (row,) = await site.rows("SELECT body FROM metric_events")
    ref = row["body"]["data"]["content_capture"]["messages"][0]["content"]
    team_id = TeamId(UUID(site.admin.team_id))
    body = await site.parts.content.read(team_id, bytes.fromhex(ref["content_hash"]))
    assert body.decode() == prompt


async def test_heartbeats_arrive(site: Site) -> None:
    """The client beats every ten seconds, by itself."""
    heard = threading.Event()

    async def work() -> None:
        async with instrumented(site.url, site.key, agent_name="scout"):
            assert await asyncio.to_thread(heard.wait, 60)

    working = asyncio.create_task(in_thread(work))
    async with asyncio.timeout(60):  # On a busy machine the client alone takes half of that to load.
        while not await site.parts.presence.fleet(TeamId(UUID(site.admin.team_id))):  # noqa: ASYNC110  (Redis tells nobody)
            await asyncio.sleep(0.1)
    heard.set()
    await working
    (row,) = await site.rows("SELECT agent_id, kind, body FROM trace_events")
    assert (row["agent_id"], row["kind"], row["body"]["sdk_version"]) == ("scout", "heartbeat", "0.2.0")
    (seen,) = await site.parts.presence.fleet(TeamId(UUID(site.admin.team_id)))
    assert seen.agent_name == "scout"


KINDS = {
    "sync": lambda agent: asyncio.to_thread(agent.call),
    "async": lambda agent: agent.call_async(),
    "streaming": lambda agent: asyncio.to_thread(agent.stream),
}


async def policy_after(control: Any, version: str) -> Any:
    """Return the policy of the client once it has another than ``version``."""
    async with asyncio.timeout(10):
        while control.get_policy().version == version:  # noqa: ASYNC110  (the client tells nobody)
            await asyncio.sleep(0.01)
    return control.get_policy()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_policy_that_changes_while_calls_are_made_blocks_the_next(site: Site, kind: str) -> None:
    if kind == "streaming":
        site.service.streams(*CHUNKS)
    called, changed = threading.Event(), threading.Event()

    async def work() -> None:
        async with instrumented(site.url, site.key, agent_name="scout") as control:
            assert await KINDS[kind](site.agent) == "Hello."
            before = control.get_policy().version
            called.set()
            assert await asyncio.to_thread(changed.wait, 20)
            await policy_after(control, before)
            with pytest.raises(Exception, match=r"[Ll]imit"):
                await KINDS[kind](site.agent)

    working = asyncio.create_task(in_thread(work))
    assert await asyncio.to_thread(called.wait, 20)
    await site.set_budget(limit=0)
    changed.set()
    await working
    assert len(site.service.asked) == 1
    (row,) = await site.rows("SELECT action FROM control_events")
    assert row["action"] == "block"


@pytest.mark.parametrize("fails_open", [True, False])
async def test_a_wrong_key_is_no_key(site: Site, *, fails_open: bool) -> None:
    async def work() -> None:
        async with instrumented(site.url, f"hive_{'0' * 16}_{'0' * 64}", fail_open=fails_open):
            if fails_open:
                site.agent.call()
                return
            with pytest.raises(Exception, match="No policy available"):
                site.agent.call()

    await in_thread(work)
    assert len(site.service.asked) == int(fails_open)
    assert await site.rows("SELECT FROM metric_events") == []
