"""Credentials that are not ours open no socket and no stream, however they are presented."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hive.control.api.event_source import MEDIA_TYPE
from hive.control.api.live_routes import PATH as LIVE_PATH
from hive.control.api.raw_socket import RawSocket
from hive.control.api.socketio_socket import SocketIo
from hive.control.api.sockets import RAW_PATH, SOCKETIO_PATH, Sockets
from hive.control.app.application import WORDS
from tests.support.forged_tokens import FORGED, FORMS, gathered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from tests.hive.control.sockets.conftest import Site

Header = tuple[str, bytes]
IN = 200
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loads no certificates, which would take longer than all else."""
FORMS_IN_TURN = itertools.cycle(FORMS)


def refusals_of(name: str) -> set[int]:
    """Return the statuses that refuse a credential; WebSocket reads no header of 100,000 characters."""
    return {401, 431} if "100,000" in name else {401}


def text_of(token: bytes) -> str:
    """Return a token as JSON can hold it."""
    return token.decode("utf-8", "surrogatepass")


async def opened(url: str, path: str, headers: Collection[Header]) -> int:
    """Open a plain WebSocket; return the status of a refusal."""
    fields = [(name, value.decode("latin-1")) for name, value in headers]
    try:
        async with connect(url.replace("http", "ws", 1) + path, additional_headers=fields, proxy=None):
            return IN
    except InvalidStatus as refused:
        return refused.response.status_code


async def said_hello(url: str, auth: str, headers: Collection[Header] = ()) -> int:
    """Connect as Socket.IO does, with a credential among what is said first or in headers."""
    fields = [(name, value.decode("latin-1")) for name, value in headers]
    address = url.replace("http", "ws", 1) + f"{SOCKETIO_PATH}/?transport=websocket&EIO=4"
    async with asyncio.timeout(10), connect(address, additional_headers=fields, proxy=None) as socket:
        await socket.recv()
        await socket.send(f"40{RAW_PATH},{auth}")
        answer = str(await socket.recv())
        if answer.startswith(f"40{RAW_PATH},"):
            return IN
        assert answer.startswith(f"44{RAW_PATH},"), answer
        assert "fault" not in answer, answer
        return 401


async def plain(url: str, token: bytes) -> int:
    return await opened(url, RAW_PATH, [next(FORMS_IN_TURN)(token)])


async def stream(url: str, token: bytes) -> int:
    return await opened(url, f"{LIVE_PATH}?stream=logs", [next(FORMS_IN_TURN)(token)])


async def io_auth(url: str, token: bytes) -> int:
    return await said_hello(url, json.dumps({"token": text_of(token)}))


async def io_headers(url: str, token: bytes) -> int:
    try:
        return await said_hello(url, "", [next(FORMS_IN_TURN)(token)])
    except InvalidStatus as refused:
        return refused.response.status_code


async def event_source(url: str, token: bytes) -> int:
    headers = [next(FORMS_IN_TURN)(token), ("Accept", MEDIA_TYPE.encode())]
    async with (
        httpx.AsyncClient(base_url=url, timeout=10, verify=NO_TLS) as client,
        client.stream("GET", LIVE_PATH, headers=headers) as answer,
    ):
        return answer.status_code


DOORS: dict[str, Callable[[str, bytes], Awaitable[int]]] = {
    "plain": plain, "stream": stream, "io auth": io_auth, "io headers": io_headers, "events": event_source,
}  # fmt: skip


PATHS = (RAW_PATH, LIVE_PATH, SOCKETIO_PATH)


@pytest.mark.parametrize("door", DOORS)
async def test_no_forged_credential_opens_it(door: str, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    loot = await gathered(site.client, site.parts)
    statuses = {name: await DOORS[door](site.url, forge(loot)) for name, forge in FORGED.items()}
    believed = {name: status for name, status in statuses.items() if status not in refusals_of(name)}
    assert believed == {}
    assert len(FORGED) >= 60
    assert (len(site.parts.connections), site.parts.live.followers) == (0, 0)
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("door", DOORS)
async def test_what_the_forgeries_were_made_of_does_open_it(door: str, site: Site) -> None:
    loot = await gathered(site.client, site.parts)
    for _ in FORMS:
        for token in loot.genuine:
            assert await DOORS[door](site.url, token) == IN
    taken = IN if door in {"plain", "io auth", "io headers"} else 403
    assert await DOORS[door](site.url, loot.api_key.encode()) == taken


async def test_of_two_credentials_in_headers_of_one_name_neither_counts(site: Site) -> None:
    loot = await gathered(site.client, site.parts)
    tokens = (loot.mine.access_token.encode(), FORGED["alg none"](loot))
    for form in FORMS:
        for pair in itertools.permutations(tokens):
            headers = [form(token) for token in pair]
            assert await opened(site.url, RAW_PATH, headers) == 401
            assert await opened(site.url, LIVE_PATH, headers) == 401
            assert await said_hello(site.url, "", headers) == 401


async def test_every_path_that_takes_a_socket_is_tried(site: Site) -> None:
    sockets = Sockets(site.parts, parts=site.parts, words=WORDS, origins=())
    served = {sockets._of({"type": "websocket", "path": path}) for path in PATHS}
    assert served == {each for each in vars(sockets).values() if isinstance(each, RawSocket | SocketIo)}


async def test_every_route_that_streams_is_tried(site: Site) -> None:
    described = (await site.client.get("/openapi.json")).json()["paths"]
    streams = {path for path, operations in described.items() if MEDIA_TYPE in json.dumps(operations)}
    assert streams == {LIVE_PATH}


def test_the_forgeries_of_every_door_are_one_list() -> None:
    tests = Path(__file__).parents[3]
    texts = {file.relative_to(tests).as_posix(): file.read_text("utf-8") for file in tests.rglob("*.py")}
    lists = [name for name, text in texts.items() if re.search(r"^FORGED\b.*=", text, re.MULTILINE)]
    users = [name for name, text in texts.items() if "import FORGED, " in text]
    assert lists == ["support/forged_tokens.py"]
    assert sorted(users) == [
        "hive/control/auth/test_forged_tokens.py", "hive/control/sockets/test_forged_sockets.py"
    ]  # fmt: skip
