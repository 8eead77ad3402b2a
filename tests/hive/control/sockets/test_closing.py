"""A socket does not outlive what let it in: a second, however that ends, with Redis and without."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from redis.exceptions import ConnectionError as RedisGone

from hive.control.api.live_routes import PATH as LIVE_PATH
from tests.support.control import PASSWORD, bearer, clock_of, join, make_key
from tests.support.control_server import serving_control
from tests.support.control_sockets import io, raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from tests.hive.control.sockets.conftest import Site
    from tests.support.control_sockets import Io, Raw

PATIENCE_S = 1.0


@asynccontextmanager
async def both(site: Site, token: str) -> AsyncIterator[tuple[Raw, Io]]:
    """Give a socket of each kind, let in and settled."""
    async with raw(site.url, bearer(token)) as plain, io(site.url, token) as client:
        for socket in (plain, client):
            await socket.say({"event_type": "get_policy"})
            await socket.next()
        yield plain, client


async def check_closed(plain: Raw, client: Io) -> None:
    """Both are closed within a second, for good."""
    started = time.monotonic()
    code = await plain.closed()
    await client.closed()
    assert (code, time.monotonic() - started < PATIENCE_S) == (1008, True)
    assert client.client.connected is False


async def test_a_key_that_is_revoked(site: Site) -> None:
    other = await make_key(site.client, site.admin)
    async with both(site, site.key) as sockets, raw(site.url, bearer(other["key"])) as stays:
        await site.client.delete(f"/v1/auth/keys/{site.key_id}", headers=site.admin.headers)
        await check_closed(*sockets)
        await stays.next()
        await stays.say({"event_type": "get_policy"})
        assert (await stays.next())["type"] == "policy"
    assert len(site.parts.connections) == 0


async def test_a_key_that_is_revoked_while_redis_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: Any) -> None:
        raise RedisGone

    async with both(site, site.key) as sockets:
        monkeypatch.setattr(site.parts.hot, "publish", gone)
        answer = await site.client.delete(f"/v1/auth/keys/{site.key_id}", headers=site.admin.headers)
        assert answer.status_code == 204
        await check_closed(*sockets)


async def test_a_key_that_expires(site: Site) -> None:
    ends = clock_of(site.parts).now() + timedelta(hours=1)
    made = await make_key(site.client, site.admin, expires_at=ends.isoformat())
    async with both(site, made["key"]) as sockets:
        clock_of(site.parts).advance(3601)
        await check_closed(*sockets)


async def test_an_access_token_that_expires(site: Site) -> None:
    async with both(site, site.admin.access_token) as sockets:
        clock_of(site.parts).advance(601)
        await check_closed(*sockets)


async def test_a_person_who_signs_out(site: Site) -> None:
    async with both(site, site.admin.access_token) as sockets:
        await site.client.post("/v1/auth/logout", headers=site.admin.headers)
        await check_closed(*sockets)


async def test_a_member_who_is_removed(site: Site) -> None:
    member = await join(site.client, site.admin, "viewer")
    me = (await site.client.get("/v1/auth/me", headers=member.headers)).json()
    async with both(site, member.access_token) as sockets, both(site, site.admin.access_token) as others:
        path = f"/v1/auth/members/{me['account_id']}"
        answer = await site.client.delete(path, headers=site.admin.headers)
        assert answer.is_success, answer.text
        await check_closed(*sockets)
        await others[0].say({"event_type": "get_policy"})
        assert (await others[0].next())["type"] == "policy"


async def test_the_stream_of_a_member_who_is_removed(site: Site) -> None:
    member = await join(site.client, site.admin, "member")
    me = (await site.client.get("/v1/auth/me", headers=member.headers)).json()
    async with raw(site.url, member.headers, f"{LIVE_PATH}?stream=logs") as stream:
        assert (await stream.next())["type"] == "subscribed"
        await site.client.delete(f"/v1/auth/members/{me['account_id']}", headers=site.admin.headers)
        started = time.monotonic()
        assert (await stream.closed(), time.monotonic() - started < PATIENCE_S) == (1008, True)
    assert site.parts.live.followers == 0


async def test_other_sessions_when_the_password_changes(site: Site) -> None:
    body = {"email": site.admin.email, "password": PASSWORD}
    second = (await site.client.post("/v1/auth/login", json=body)).json()
    async with both(site, second["access_token"]) as sockets:
        change = {"old": PASSWORD, "new": "another battery"}
        answer = await site.client.post("/v1/auth/password", json=change, headers=site.admin.headers)
        assert answer.is_success, answer.text
        await check_closed(*sockets)


async def test_a_server_that_ends_tells_clients_to_come_back(site: Site) -> None:
    async with serving_control(site.parts) as second:
        plain = raw(second, site.headers)
        socket = await plain.__aenter__()
        await socket.next()
        client = io(second, site.key)
        opened = await client.__aenter__()
        opened.client.reconnection = True
        await opened.next()
    assert await socket.closed() == 1012
    await opened.closed()
    async with asyncio.timeout(5):
        while len(site.parts.connections):  # noqa: ASYNC110  (clients tell nobody)
            await asyncio.sleep(0.01)
    await client.__aexit__(None, None, None)
    await plain.__aexit__(None, None, None)
