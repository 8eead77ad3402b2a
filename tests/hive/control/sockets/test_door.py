"""Who is let in: by which headers, from which pages, and what the others are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import socketio
from socketio.exceptions import ConnectionError as NotConnected
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hive.control.app.application import control_app
from tests.support.control import bearer, make_key
from tests.support.control_sockets import NAMESPACE, io, metric, raw

if TYPE_CHECKING:
    from tests.hive.control.sockets.conftest import Site

WRONG = f"hive_{'0' * 16}_{'0' * 64}"


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "jwt {}", "{}"])
async def test_a_credential_counts_in_every_form(form: str, site: Site) -> None:
    async with raw(site.url, {"Authorization": form.format(site.key)}) as socket:
        assert (await socket.next())["type"] == "policy"
    async with io(site.url, form.format(site.key)) as client:
        assert (await client.next())["type"] == "policy"


async def test_a_credential_may_stand_in_either_header(site: Site) -> None:
    async with raw(site.url, {"X-API-Key": site.key}) as socket:
        assert (await socket.next())["type"] == "policy"
    async with io(site.url, headers={"Authorization": f"Bearer {site.key}"}) as client:
        assert (await client.next())["type"] == "policy"


@pytest.mark.parametrize("headers", [{}, bearer(WRONG), bearer("x.y.z"), {"X-API-Key": "hive_"}])
async def test_nobody_else_is_let_in_to_the_plain_socket(headers: dict[str, str], site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with raw(site.url, headers):
            pass
    assert refused.value.response.status_code == 401
    assert len(site.parts.connections) == 0


@pytest.mark.parametrize("token", [None, WRONG, "x.y.z", ""])
async def test_nobody_else_is_let_in_to_socket_io(token: str | None, site: Site) -> None:
    with pytest.raises(NotConnected):
        async with io(site.url, token):
            pass
    assert len(site.parts.connections) == 0


async def test_the_token_of_socket_io_goes_before_the_header(site: Site) -> None:
    with pytest.raises(NotConnected):
        async with io(site.url, WRONG, headers=bearer(site.key)):
            pass


async def test_pages_elsewhere_are_refused_and_pages_here_are_not(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with raw(site.url, {**site.headers, "Origin": "https://evil.example"}):
            pass
    assert refused.value.response.status_code == 403
    with pytest.raises(NotConnected):
        async with io(site.url, site.key, headers={"Origin": "https://evil.example"}):
            pass
    async with raw(site.url, {**site.headers, "Origin": site.url}) as socket:
        assert (await socket.next())["type"] == "policy"


@pytest.mark.parametrize("path", [NAMESPACE, "/socket.io/"])
async def test_a_host_that_is_not_named_is_refused(path: str, site: Site) -> None:
    app = control_app(site.parts, allowed_hosts=("127.0.0.1",))
    scope = {
        "type": "websocket", "path": path, "query_string": b"transport=websocket&EIO=4",
        "headers": [(b"host", b"evil.example"), (b"x-api-key", site.key.encode())],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert (sent[0]["type"], sent[0]["status"]) == ("websocket.http.response.start", 400)
    assert len(site.parts.connections) == 0


async def test_a_key_may_only_what_its_scopes_say(site: Site) -> None:
    reader = await make_key(site.client, site.admin, scopes=["policy:read"])
    async with raw(site.url, bearer(reader["key"])) as socket:
        assert (await socket.next())["type"] == "policy"
        await socket.say(metric("s-1"))
        assert "lacks the scope" in (await socket.next())["error"]
    sender = await make_key(site.client, site.admin, scopes=["sdk:ingest"])
    async with raw(site.url, bearer(sender["key"])) as socket:
        await socket.say({"event_type": "get_policy"})
        assert "lacks the scope" in (await socket.next())["error"]


async def test_sockets_have_a_bound(site: Site) -> None:
    site.parts.connections._most_of_team = 1
    async with raw(site.url, site.headers) as socket:
        await socket.next()
        with pytest.raises(InvalidStatus) as refused:
            async with raw(site.url, site.headers):
                pass
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["retry-after"]) > 0
        with pytest.raises(NotConnected):
            async with io(site.url, site.key):
                pass


async def test_open_sockets_are_counted(site: Site) -> None:
    async with raw(site.url, site.headers), io(site.url, site.key):
        assert "\nhive_sockets_open 2.0\n" in (await site.client.get("/metrics")).text


async def test_polling_is_refused(site: Site) -> None:
    for ask in (site.client.get, site.client.post):
        answer = await ask("/socket.io/", params={"transport": "polling", "EIO": "4"})
        assert (answer.status_code, set(answer.json())) == (422, {"error", "faults"})
        assert 'transports=["websocket"]' in answer.json()["error"]
    assert (await site.client.get(NAMESPACE)).status_code == 404


async def test_a_client_that_polls_first_is_told_to_use_a_websocket(site: Site) -> None:
    client = socketio.AsyncClient(reconnection=False)
    told: list[Any] = []
    client.on("connect_error", told.append, namespace=NAMESPACE)
    with pytest.raises(NotConnected):
        await client.connect(site.url, auth={"token": site.key}, namespaces=[NAMESPACE])
    assert 'transports=["websocket"]' in str(told)


async def test_a_socket_at_another_path_is_none(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(site.url.replace("http", "ws", 1) + "/v1/elsewhere", proxy=None):
            pass
    response = refused.value.response
    assert (response.status_code, set(json.loads(response.body))) == (404, {"error", "faults"})
