"""When SDKs are told the policy, and when not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from hive.errors import UnavailableError
from tests.support.control import bearer, make_key, register
from tests.support.control_sockets import heartbeat, io, metric, raw

if TYPE_CHECKING:
    from tests.hive.control.sockets.conftest import Site


async def test_what_was_spent_is_told_only_when_it_changes_the_rules(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.policy_push._AFTER_SPENDING_S", 0.05)
    await site.set_budget(limit=1)
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


async def test_each_team_hears_of_its_own_policy(site: Site) -> None:
    other = await register(site.client)
    key = (await make_key(site.client, other))["key"]
    async with raw(site.url, site.headers) as mine, io(site.url, key) as theirs:
        assert (await mine.next())["policy"]["team_id"] == site.admin.team_id
        assert (await theirs.next())["policy"]["team_id"] == other.team_id
        await site.set_budget(limit=1)
        assert (await mine.next())["policy"]["budgets"][0]["limit"] == 1
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
    monkeypatch.setattr("hive.control.services.policy_push._GREETING_S", 0.05)
    monkeypatch.setattr("hive.control.services.policy_push._AGAIN_S", 0.05)

    async def out_of_reach(*_: object) -> None:
        raise UnavailableError("The database is out of reach.")

    with pytest.MonkeyPatch.context() as away:
        away.setattr(site.parts.policies, "document", out_of_reach)
        async with raw(site.url, bearer(site.key)) as socket:
            away.undo()
            assert (await socket.next())["type"] == "policy"
