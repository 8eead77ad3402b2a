"""Streams over HTTP: server-sent events with a cursor, and pages."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest

from hive.control.domain.ids import TeamId
from tests.support.connections import as_superuser
from tests.support.control import Signed, bearer, clock_of, join, make_key, register
from tests.support.control_server import working_control
from tests.support.control_sockets import raw
from tests.support.live import nobody_follows
from tests.support.sdk_events import envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

PATH = "/v1/logs/stream"
STREAMED = {"Accept": "text/event-stream"}


class Followed:
    """A stream as a browser reads it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.last_id = ""

    async def next(self) -> tuple[str, dict[str, Any]]:
        """Return the name and the data of the next event."""
        name = data = ""
        async with asyncio.timeout(10):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                match field:
                    case "id":
                        self.last_id = value
                    case "event":
                        name = value
                    case "data":
                        data = value
                    case _ if data:
                        return name, json.loads(data)
                    case _:
                        continue
        raise AssertionError("the stream has ended")


class Site:
    """A server, and who asks it."""

    def __init__(self, parts: Parts, client: httpx.AsyncClient, admin: Signed, url: str) -> None:
        self.parts = parts
        self.client = client
        self.admin = admin
        self.url = url

    async def log(self, *texts: str, team_id: str | None = None) -> None:
        now = clock_of(self.parts).now()
        lines = [envelope("log", now, data={"message": text}) for text in texts]
        await self.parts.ingest.take(TeamId(UUID(team_id or self.admin.team_id)), lines)

    async def page(self, **params: Any) -> httpx.Response:
        return await self.client.get(PATH, params=params, headers=self.admin.headers)

    @asynccontextmanager
    async def followed(self, headers: dict[str, str] | None = None, **params: str) -> AsyncIterator[Followed]:
        asked = {**STREAMED, **self.admin.headers, **(headers or {})}
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=20) as client,
            client.stream("GET", PATH, headers=asked, params=params) as answer,
        ):
            yield Followed(answer)


@pytest.fixture
async def site(parts: Parts, client: httpx.AsyncClient) -> AsyncIterator[Site]:
    admin = await register(client)
    async with working_control(parts) as url:
        yield Site(parts, client, admin, url)


def texts(data: dict[str, Any]) -> list[str]:
    return [event["message"] for event in data["events"]]


async def test_an_event_is_written_alike_on_every_way_out(site: Site) -> None:
    token = site.admin.access_token
    async with site.followed() as stream, raw(site.url, bearer(token), PATH) as socket:
        await stream.next()
        await socket.next()
        await site.log("one")
        live, (_, streamed) = await socket.next(), await stream.next()
        assert live["meta"]["windowEnd"].endswith("Z")
    async with site.followed(since="0") as stream:
        await stream.next()
        _, replayed = await stream.next()
    (event,) = (await site.page(since="0")).json()["events"]
    assert event["timestamp"].endswith("Z")
    assert live["events"] == streamed["events"] == replayed["events"] == [event]


async def test_what_is_stored_comes_at_once_and_carries_the_cursor(site: Site) -> None:
    await site.log("before")
    async with site.followed() as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        name, welcome = await stream.next()
        assert (name, welcome["cursor"], stream.last_id) == ("subscribed", "1", "1")
        await site.log("one", "two")
        name, batch = await stream.next()
        assert (name, texts(batch), batch["cursor"], stream.last_id) == (
            "logs-batch", ["one", "two"], "3", "3",
        )  # fmt: skip
        assert batch["teamId"] == site.admin.team_id


async def test_who_comes_back_with_the_last_id_gets_what_they_missed_once(site: Site) -> None:
    async with site.followed() as stream:
        await stream.next()
        await site.log("one")
        await stream.next()
        last = stream.last_id
    await site.log("two")
    await site.log("three")
    async with site.followed({"Last-Event-ID": last}) as stream:
        await stream.next()
        got = []
        while len(got) < 2:
            got += texts((await stream.next())[1])
        await site.log("four")
        assert [*got, *texts((await stream.next())[1])] == ["two", "three", "four"]


async def test_a_cursor_of_another_time_is_a_gap_that_says_so(site: Site) -> None:
    await site.log("one")
    async with site.followed(since="900") as stream:
        await stream.next()
        name, gap = await stream.next()
        assert (name, gap["from"], gap["to"], gap["count"]) == ("gap", "900", "1", None)
        await site.log("two")
        assert texts((await stream.next())[1]) == ["two"]


async def test_a_page_says_of_a_gap_what_a_stream_says_of_it(site: Site) -> None:
    await site.log("one")
    async with site.followed(since="900") as stream:
        await stream.next()
        _, told = await stream.next()
    page = (await site.page(since="900")).json()
    assert page["gap"] == told
    assert (page["start"], page["cursor"], page["events"]) == ("1", "1", [])
    for since in ({}, {"since": "0"}, {"since": "1"}):
        assert (await site.page(**since)).json()["gap"] is None


async def test_a_page_says_how_many_older_events_are_gone(site: Site, control_database: Addresses) -> None:
    for text in ("one", "two", "three"):
        await site.log(text)
    with as_superuser(control_database.owner) as connection:
        forget = "DELETE FROM event_batches WHERE team_id = %s AND last_position <= 2"
        connection.execute(forget, (site.admin.team_id,))
    page = (await site.page(since="0")).json()
    assert (texts(page), page["start"]) == (["three"], "2")
    assert (page["gap"]["from"], page["gap"]["to"], page["gap"]["count"]) == ("0", "2", 2)


async def test_pages_give_the_newest_or_what_comes_after_a_cursor(site: Site) -> None:
    await site.log(*"abcde")
    newest = (await site.page(limit=2)).json()
    assert (texts(newest), newest["start"], newest["cursor"]) == (["d", "e"], "3", "5")
    middle = (await site.page(since="1", limit=2)).json()
    assert (texts(middle), middle["cursor"], middle["newest"]) == (["b", "c"], "3", "5")
    for since in ("5", "99"):
        empty = (await site.page(since=since)).json()
        assert (empty["events"], empty["cursor"]) == ([], "5")
    other = (await site.page(stream="llm-events")).json()
    assert (other["events"], other["cursor"]) == ([], "0")


@pytest.mark.parametrize("params", [{"since": "x"}, {"since": "-1"}, {"stream": "all"}, {"limit": "501"}])
async def test_what_cannot_be_asked_is_refused(site: Site, params: dict[str, str]) -> None:
    assert (await site.page(**params)).status_code == 422
    if "limit" not in params:
        async with site.followed(**params) as stream:
            assert stream.answer.status_code == 422


async def test_a_last_id_that_is_none_is_refused(site: Site) -> None:
    async with site.followed({"Last-Event-ID": "seven"}) as stream:
        assert stream.answer.status_code == 422


async def test_viewers_follow_and_keys_are_told_that_they_may_not(site: Site) -> None:
    viewer = await join(site.client, site.admin, "viewer")
    async with site.followed(viewer.headers) as stream:
        assert (await stream.next())[0] == "subscribed"
    key = await make_key(site.client, site.admin)
    async with site.followed(bearer(key["key"])) as stream:
        assert stream.answer.status_code == 403
        assert "for people" in (await stream.answer.aread()).decode()


async def test_a_team_hears_nothing_of_another(site: Site) -> None:
    other = await register(site.client)
    async with site.followed() as mine, site.followed(other.headers) as theirs:
        await mine.next()
        await theirs.next()
        await site.log("secret")
        await site.log("theirs", team_id=other.team_id)
        assert texts((await mine.next())[1]) == ["secret"]
        _, batch = await theirs.next()
        assert (texts(batch), batch["cursor"]) == (["theirs"], "1")


async def test_who_signs_out_is_cut_off_within_a_second(site: Site) -> None:
    async with site.followed() as stream:
        await stream.next()
        await site.client.post("/v1/auth/logout", headers=site.admin.headers)
        async with asyncio.timeout(1):
            name, end = await stream.next()
        assert (name, end["cursor"]) == ("end", "0")
        assert "access token" in end["error"]
    async with site.followed() as stream:
        assert stream.answer.status_code == 401


async def test_a_member_who_is_removed_is_cut_off_within_a_second(site: Site) -> None:
    viewer = await join(site.client, site.admin, "viewer")
    me = (await site.client.get("/v1/auth/me", headers=viewer.headers)).json()
    async with site.followed(viewer.headers) as stream, site.followed() as stays:
        await stream.next()
        await stays.next()
        await site.client.delete(f"/v1/auth/members/{me['account_id']}", headers=site.admin.headers)
        async with asyncio.timeout(1):
            assert (await stream.next())[0] == "end"
        await site.log("after")
        assert texts((await stays.next())[1]) == ["after"]
        assert [line async for line in stream._lines if "after" in line] == []
    async with site.followed(viewer.headers) as stream:
        assert stream.answer.status_code == 401


async def test_a_stream_ends_with_the_access_token(site: Site) -> None:
    async with site.followed() as stream:
        await stream.next()
        clock_of(site.parts).advance(601)
        async with asyncio.timeout(1):
            assert (await stream.next())[0] == "end"


async def test_a_server_that_ends_says_so(site: Site) -> None:
    async with site.followed() as stream:
        await stream.next()
        site.parts.readiness.ending.set()
        name, end = await stream.next()
        assert (name, end["error"]) == ("end", "The server ends; ask again.")


async def test_who_leaves_is_forgotten(site: Site) -> None:
    async with site.followed() as stream:
        await stream.next()
        assert site.parts.live.followers == 1
    await nobody_follows(site.parts)
    assert not site.parts.live._rooms


async def test_silence_is_filled_with_comments(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hive.control.api.event_source.SILENCE_S", 0.05)
    async with site.followed() as stream:
        lines = []
        async for line in stream.answer.aiter_lines():
            lines.append(line)
            if len(lines) > 6:
                break
    assert lines.count(": still here") >= 1
