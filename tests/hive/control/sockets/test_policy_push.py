"""When SDKs are told the policy, and when not."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from hive.control.stores.scope import Scope
from hive.errors import UnavailableError
from hive.protocol import BudgetQuestion
from hive.protocol.policy import PolicyWish
from tests.support.control import bearer, clock_of, make_key, register
from tests.support.control_sockets import heartbeat, io, metric, raw
from tests.support.sdk_events import metric as a_call

if TYPE_CHECKING:
    from tests.hive.control.sockets.conftest import Site


async def test_what_was_spent_is_told_only_when_it_changes_the_rules(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.policy_push._AFTER_SPENDING_S", 0.05)
    await site.set_budget(limit=1)
    await site.parts.ingest.take(
        site.team_id, [metric("s-0", cost=0)]
    )  # Each new model has a rule of its own.
    async with raw(site.url, site.headers) as socket:
        assert (await socket.next())["policy"]["throttles"] == []
        await socket.say(metric("s-1", cost=0.5))
        await asyncio.sleep(0.3)
        await socket.say(metric("s-2", cost=0.46))
        told = (await socket.next())["policy"]
        assert told["throttles"] == [{"delay_ms": 2000.0}]
        assert told["budgets"][0]["spent"] == 0.96
        await site.set_budget(limit=10)
        assert (await socket.next())["policy"]["throttles"] == []


async def test_sockets_that_stay_are_told_when_a_month_begins_and_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.policy_push._EVERY_S", 0.05)
    await site.set_budget(limit=1)
    now = clock_of(site.parts).now()
    # No other model is known for this one, so that nothing but the month changes.
    await site.parts.ingest.take(site.team_id, [a_call(now, provider="x", model="a-model", total_cost=0.9)])
    async with raw(site.url, {**site.headers, "X-SDK-Instance-ID": "i-1"}) as socket:
        assert (await socket.next())["policy"]["budgets"][0]["spent"] == 0.9
        month = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
            day=1
        )
        clock_of(site.parts).advance((month - now).total_seconds())
        assert (await socket.next())["policy"]["budgets"][0]["spent"] == 0.05
        clock_of(site.parts).advance(3600)
        question = BudgetQuestion(local_spend=Decimal("0.07"))
        answer = await site.parts.policies.validate(site.team_id, question, "i-1")
        assert answer.authoritative_spend == Decimal("0.02")
        wish = PolicyWish.model_validate({"budget": {"limit": 2}})
        await site.parts.policies.change(site.team_id, wish, None, "somebody")
        assert (await socket.next())["policy"]["budgets"][0]["limit"] == 2


async def test_a_model_that_is_new_gets_its_cheaper_one_within_a_second(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.policy_push._AFTER_SPENDING_S", 0.05)
    await site.set_budget(limit=1)
    async with raw(site.url, site.headers) as socket:
        assert (await socket.next())["policy"]["degradations"] == []
        await socket.say(metric("s-1"))
        (rule,) = (await socket.next())["policy"]["degradations"]
        assert (rule["from_model"], rule["to_model"]) == ("gpt-4o", "gpt-4o-mini")


async def test_each_team_hears_of_its_own_policy(site: Site) -> None:
    other = await register(site.client)
    key = (await make_key(site.client, other))["key"]
    async with raw(site.url, site.headers) as mine, io(site.url, key) as theirs:
        assert (await mine.next())["policy"]["team_id"] == site.admin.team_id
        assert (await theirs.next())["policy"]["team_id"] == other.team_id
        assert site.parts.policy_push.pushed == 2
        await site.set_budget(limit=1)
        assert (await mine.next())["policy"]["budgets"][0]["limit"] == 1
        assert site.parts.policy_push.pushed == 3
        assert theirs.messages.empty()


async def test_an_agent_is_known_by_its_first_event_and_by_what_another_process_heard(site: Site) -> None:
    instance = {"X-SDK-Instance-ID": "i-1"}
    async with raw(site.url, {**site.headers, **instance}) as socket:
        await socket.next()
        (connection,) = site.parts.connections.everyone()
        assert (connection.sdk_instance_id, connection.agent_name) == ("i-1", "")
        await socket.say(heartbeat())
        async with asyncio.timeout(5):
            while connection.agent_name != "scout":  # noqa: ASYNC110  (a connection tells nobody)
                await asyncio.sleep(0.01)
    async with raw(site.url, {**site.headers, **instance}) as socket:
        await socket.next()
        (connection,) = site.parts.connections.everyone()
        assert connection.agent_name == "scout"


async def test_a_policy_that_cannot_be_read_now_is_told_later(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.connections.FIRST_S", 0.05)
    monkeypatch.setattr("hive.control.services.policy_push._AGAIN_S", 0.05)

    async def out_of_reach(*_: object) -> None:
        raise UnavailableError("The database is out of reach.")

    with pytest.MonkeyPatch.context() as away:
        away.setattr(site.parts.policies, "read", out_of_reach)
        async with raw(site.url, bearer(site.key)) as socket:
            away.undo()
            assert (await socket.next())["type"] == "policy"


@pytest.mark.parametrize("kind", ["socket.io", "plain"])
async def test_a_client_is_let_in_before_its_policy_can_be_read_and_hears_that_first(
    site: Site, kind: str
) -> None:
    go_on = asyncio.Event()
    read = site.parts.policies.read

    async def slow(*asked: Any) -> Any:
        await go_on.wait()
        return await read(*asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.parts.policies, "read", slow)
        opened = io(site.url, site.key, wait_s=1) if kind == "socket.io" else raw(site.url, site.headers)
        async with asyncio.timeout(10), opened as client:
            await client.say({"event_type": "nothing that is known"})
            await client.say({"type": "nothing"})
            async with asyncio.timeout(5):
                (connection,) = site.parts.connections.everyone()
                while connection._waiting.qsize() < 2:  # noqa: ASYNC110  (nobody is told)
                    await asyncio.sleep(0.01)
            go_on.set()
            assert [(await client.next())["type"] for _ in range(3)] == ["policy", "error", "error"]


async def test_the_policies_of_many_teams_are_read_in_one_step(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.policy_push._EVERY_S", 0.2)
    others = [await make_key(site.client, await register(site.client)) for _ in range(4)]
    keys = [site.key, *(made["key"] for made in others)]
    asked: list[int] = []
    read = site.parts.policies.read

    async def counted(team_ids: Any, *rest: Any) -> Any:
        asked.append(len(team_ids))
        return await read(team_ids, *rest)

    monkeypatch.setattr(site.parts.policies, "read", counted)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(raw(site.url, bearer(key))) for key in keys]
        assert len({(await socket.next())["policy"]["team_id"] for socket in sockets}) == len(keys)
        async with asyncio.timeout(5):
            while asked[-3:] != [len(keys)] * 3:  # noqa: ASYNC110  (nobody is told)
                await asyncio.sleep(0.02)


async def test_a_policy_that_cannot_be_understood_keeps_none_from_other_teams(site: Site) -> None:
    other = await register(site.client)
    key = (await make_key(site.client, other))["key"]
    async with site.parts.database.transaction(Scope(team_id=site.team_id)) as transaction:
        odd = {
            "team_id": site.team_id, "policy_id": "default", "version": "1", "document": Jsonb({}),
            "now": datetime.now(UTC), "updated_by": "nobody",
        }  # fmt: skip
        await transaction.change("policies.write", odd)
    async with raw(site.url, site.headers), raw(site.url, bearer(key)) as theirs:
        assert (await theirs.next())["policy"]["team_id"] == other.team_id
