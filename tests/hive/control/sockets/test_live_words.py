"""Following streams over sockets, as dashboards do and as the cursor allows."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from websockets.exceptions import InvalidStatus

from hive.control.domain.ids import TeamId
from tests.support.control import bearer, clock_of, join, register
from tests.support.control_sockets import io, raw
from tests.support.live import nobody_follows
from tests.support.sdk_events import envelope, metric

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.hive.control.sockets.conftest import Site
    from tests.support.control_sockets import Io, Raw

LEGACY = {
    "timestamp", "trace_id", "model", "provider", "agent", "input_tokens", "output_tokens", "cost",
    "latency_ms",
}  # fmt: skip
PATH = "/v1/logs/stream"


@asynccontextmanager
async def opened(kind: str, url: str, token: str) -> AsyncIterator[Raw | Io]:
    if kind == "raw":
        async with raw(url, bearer(token)) as found:
            yield found
        return
    async with io(url, token) as found:
        yield found


async def ask(socket: Raw | Io, word: str, **fields: Any) -> None:
    """Say a word in the way of the transport."""
    if hasattr(socket, "client"):
        await socket.say(fields or None, word)
    else:
        await socket.say({"type": word, **fields})


async def answer(socket: Raw | Io) -> dict[str, Any]:
    """Return the next message that is no policy."""
    while (message := await socket.next())["type"] == "policy":
        pass
    return message


async def log(site: Site, *texts: str, team_id: TeamId | None = None) -> None:
    now = clock_of(site.parts).now()
    lines = [envelope("log", now, data={"message": text}) for text in texts]
    await site.parts.ingest.take(team_id or site.team_id, lines)


def texts(message: dict[str, Any]) -> list[str]:
    return [event["message"] for event in message["events"]]


@pytest.mark.parametrize("kind", ["raw", "io"])
async def test_a_dashboard_gets_calls_in_the_shape_it_knows(kind: str, site: Site) -> None:
    async with opened(kind, site.url, site.admin.access_token) as socket:
        await ask(socket, "subscribe-llm-events")
        team = site.admin.team_id
        assert await answer(socket) == {
            "type": "subscribed", "stream": "llm-events", "teamId": team, "cursor": "0",
        }  # fmt: skip
        await site.parts.ingest.take(site.team_id, [metric(clock_of(site.parts).now(), trace_id="t-1")])
        batch = await answer(socket)
        assert (batch["type"], batch["teamId"], batch["cursor"]) == ("llm-events-batch", team, "1")
        [event] = batch["events"]
        assert event.keys() >= LEGACY
        assert (event["trace_id"], event["cost"], event["agent"]) == ("t-1", 0.0075, "scout")
        assert batch["meta"].keys() == {
            "batchSize", "droppedCount", "windowStart", "windowEnd", "flushReason",
        }  # fmt: skip
        await ask(socket, "unsubscribe-llm-events")
        assert await answer(socket) == {"type": "unsubscribed", "stream": "llm-events", "teamId": team}
        await site.parts.ingest.take(site.team_id, [metric(clock_of(site.parts).now())])
        await ask(socket, "get_policy")
        assert (await socket.next())["type"] == "policy"
        assert site.parts.live.followers == 0


@pytest.mark.parametrize("kind", ["raw", "io"])
async def test_what_was_missed_is_caught_up_with_and_nothing_comes_twice(kind: str, site: Site) -> None:
    await log(site, "one")
    await log(site, "two")
    async with opened(kind, site.url, site.admin.access_token) as socket:
        await ask(socket, "subscribe", stream="logs", since="1")
        assert (await answer(socket))["cursor"] == "1"
        got: list[str] = []
        for text in ("three", "four", "five"):
            await log(site, text)
            got += texts(await answer(socket))
        while len(got) < 4:
            got += texts(await answer(socket))
        assert got == ["two", "three", "four", "five"]


async def test_asking_again_moves_the_follower_and_does_not_double_it(site: Site) -> None:
    await log(site, "one", "two")
    async with raw(site.url, site.admin.headers) as socket:
        for _ in range(3):
            await ask(socket, "subscribe", stream="logs", since="1")
            assert (await answer(socket))["type"] == "subscribed"
            assert texts(await answer(socket)) == ["two"]
        await log(site, "three")
        assert texts(await answer(socket)) == ["three"]
        await ask(socket, "unsubscribe", stream="logs")
        assert (await answer(socket))["type"] == "unsubscribed"
        assert site.parts.live.followers == 0


@pytest.mark.parametrize("kind", ["raw", "io"])
@pytest.mark.parametrize("word", ["subscribe", "unsubscribe", "subscribe-llm-events"])
async def test_a_key_is_told_that_streams_are_for_people(kind: str, word: str, site: Site) -> None:
    async with opened(kind, site.url, site.key) as socket:
        await ask(socket, word, stream="logs")
        refusal = await answer(socket)
        assert refusal["type"] == "error"
        assert "for people" in refusal["error"]
        assert site.parts.live.followers == 0


@pytest.mark.parametrize(
    "asked", [{"stream": "all"}, {"stream": ["logs"]}, {"since": "x"}, {"since": 1}, {"since": "1" * 30}]
)
async def test_what_cannot_be_followed_is_said_and_the_socket_stays(
    site: Site, asked: dict[str, Any]
) -> None:
    async with raw(site.url, site.admin.headers) as socket:
        await ask(socket, "subscribe", **asked)
        assert (await answer(socket))["type"] == "error"
        await ask(socket, "subscribe", stream="logs")
        assert (await answer(socket))["type"] == "subscribed"


async def test_the_address_of_logs_is_a_stream_from_the_start(site: Site) -> None:
    await log(site, "one", "two")
    viewer = await join(site.client, site.admin, "viewer")
    async with raw(site.url, viewer.headers, f"{PATH}?stream=logs&since=1") as socket:
        assert (await answer(socket))["cursor"] == "1"
        assert texts(await answer(socket)) == ["two"]


async def test_a_key_cannot_open_the_stream_of_logs(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with raw(site.url, site.headers, PATH):
            pass
    assert refused.value.response.status_code == 403


async def test_teams_hear_nothing_of_each_other(site: Site) -> None:
    others = [await register(site.client) for _ in range(2)]
    people = [site.admin, *others]
    async with (
        raw(site.url, people[0].headers, PATH) as one,
        raw(site.url, people[1].headers, PATH) as two,
        raw(site.url, people[2].headers, PATH) as three,
    ):
        sockets = [one, two, three]
        for socket in sockets:
            assert (await answer(socket))["type"] == "subscribed"
        for number in range(5):
            for person in people:
                await log(site, f"{person.team_id} {number}", team_id=TeamId(UUID(person.team_id)))
        for socket, person in zip(sockets, people, strict=True):
            got: list[str] = []
            while len(got) < 5:
                message = await answer(socket)
                assert message["teamId"] == person.team_id
                got += texts(message)
            assert got == [f"{person.team_id} {number}" for number in range(5)]


async def test_who_signs_out_hears_no_more_within_a_second(site: Site) -> None:
    async with raw(site.url, site.admin.headers, PATH) as socket:
        await answer(socket)
        await site.client.post("/v1/auth/logout", headers=site.admin.headers)
        async with asyncio.timeout(1):
            assert await socket.closed() == 1008
        await nobody_follows(site.parts)
