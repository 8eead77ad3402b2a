"""What holds for the plain WebSocket and for Socket.IO alike."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.control import bearer
from tests.support.control_sockets import heartbeat, io, metric, raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.hive.control.sockets.conftest import Site
    from tests.support.control_sockets import Io, Raw

pytestmark = pytest.mark.parametrize("kind", ["raw", "io"])


@asynccontextmanager
async def opened(kind: str, url: str, token: str) -> AsyncIterator[Raw | Io]:
    if kind == "raw":
        async with raw(url, bearer(token)) as found:
            yield found
        return
    async with io(url, token) as found:
        yield found


async def test_a_client_that_was_let_in_may_be_silent(
    kind: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.api.wire.JOIN_S", 0.2)
    async with opened(kind, site.url, site.key) as socket:
        await socket.next()
        await asyncio.sleep(0.5)
        await socket.say({"event_type": "get_policy"})
        assert (await socket.next())["type"] == "policy"


async def test_the_policy_comes_first_and_with_every_change(kind: str, site: Site) -> None:
    async with opened(kind, site.url, site.key) as socket:
        first = await socket.next()
        assert (first["type"], first["policy"]["budgets"]) == ("policy", [])
        await site.set_budget(limit=3, limitAction="notify")
        second = await socket.next()
        (budget,) = second["policy"]["budgets"]
        assert (budget["type"], budget["limit"], budget["limitAction"]) == ("global", 3, "alert")
        assert second["policy"]["version"] != first["policy"]["version"]


async def test_events_are_stored_and_heartbeats_make_presence(kind: str, site: Site) -> None:
    async with opened(kind, site.url, site.key) as socket:
        await socket.next()
        await socket.say(metric("s-1"))
        await socket.say(heartbeat())
        await socket.say({"event_type": "get_policy"})
        assert (await socket.next())["type"] == "policy"
    await site.parts.ingest.close()
    (row,) = await site.rows("SELECT agent_id, cost_usd FROM metric_events")
    assert (row["agent_id"], float(row["cost_usd"])) == ("scout", 0.01)
    (instance,) = await site.parts.presence.fleet(site.team_id)
    assert (instance.sdk_instance_id, instance.agent_name, instance.is_healthy) == ("i-1", "scout", True)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"event_type": "metric"}, "refused"),
        ({"type": "sing"}, "Nothing here goes by 'sing'"),
        ([1, 2], "a JSON object"),
        (None, "a JSON object"),
    ],
)
async def test_what_cannot_be_taken_is_told_and_the_socket_stays(
    kind: str, said: object, sentence: str, site: Site
) -> None:
    async with opened(kind, site.url, site.key) as socket:
        await socket.next()
        await socket.say(said)
        answer = await socket.next()
        assert answer["type"] == "error"
        assert sentence in answer["error"]
        await socket.say({"event_type": "get_policy"})
        assert (await socket.next())["type"] == "policy"


async def test_people_may_read_the_policy_and_send_no_events(kind: str, site: Site) -> None:
    async with opened(kind, site.url, site.admin.access_token) as socket:
        await socket.say(metric("s-1"))
        assert "not for people" in (await socket.next())["error"]
        await socket.say({"event_type": "get_policy"})
        assert (await socket.next())["type"] == "policy"
    assert await site.rows("SELECT FROM metric_events") == []


async def test_an_event_that_finds_no_room_is_refused_and_may_come_again(
    kind: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(kind, site.url, site.key) as socket:
        await socket.next()
        with monkeypatch.context() as full:
            full.setattr("hive.control.services.ingest._MOST_BYTES_WAITING", 10)
            await socket.say(metric("late"))
            refused = await socket.next()
            assert refused["type"] == "error"
            assert "wait to be stored; send them again later" in refused["error"]
        await socket.say(metric("late"))
        await socket.say({"event_type": "get_policy"})
        assert (await socket.next())["type"] == "policy"
    await site.parts.ingest.close()
    assert [row["span_id"] for row in await site.rows("SELECT span_id FROM metric_events")] == ["late"]
