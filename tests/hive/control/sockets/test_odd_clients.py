"""Clients that speak wrongly, slowly, too much, or not at all: they are closed, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hive.control.services.connections import MOST_WAITING, Frame
from hive.listening import LARGEST_MESSAGE
from tests.support.control_sockets import NAMESPACE, Raw, raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.hive.control.sockets.conftest import Site


@asynccontextmanager
async def engine(site: Site) -> AsyncIterator[Raw]:
    """Give a socket to Socket.IO on which a test speaks by itself."""
    address = site.url.replace("http", "ws", 1) + "/socket.io/?transport=websocket&EIO=4"
    async with connect(address, proxy=None) as opened:
        assert str(await opened.recv()).startswith("0{")
        yield Raw(opened)


async def joined(client: Raw, key: str) -> None:
    """Let the server let a client in, and read the policy."""
    await client.say(f"40{NAMESPACE}," + json.dumps({"token": key}))
    assert str(await client.socket.recv()).startswith(f"40{NAMESPACE},")
    assert str(await client.socket.recv()).startswith(f'42{NAMESPACE},["message",')


@pytest.mark.parametrize("text", ["", "x", "9", "2probe", "5", "4", "4x", "0{}", "42"[:1], "\N{HONEYBEE}"])
async def test_what_is_no_packet_ends_the_socket(text: str, site: Site) -> None:
    async with engine(site) as client:
        await client.say(text)
        assert await client.closed() == 1003


@pytest.mark.parametrize("is_joined", [False, True])
async def test_bytes_end_the_socket(site: Site, *, is_joined: bool) -> None:
    async with engine(site) as client:
        if is_joined:
            await joined(client, site.key)
        await client.socket.send(b"\x00" * 10)
        assert await client.closed() == 1003
    async with raw(site.url, site.headers) as client:
        await client.next()
        await client.socket.send(b"{}")
        assert await client.closed() == 1003


@pytest.mark.parametrize(
    "said",
    [
        '["connect",{}]', '["disconnect","x"]', '["*"]', "{}", "[]", "[1]", "", "nonsense", '["message"',
        "[" * 5000,
    ],
)  # fmt: skip
async def test_a_packet_that_says_nothing_sound_is_told_so(said: str, site: Site) -> None:
    async with engine(site) as client:
        await joined(client, site.key)
        await client.say(f"42{NAMESPACE},{said}")
        assert '"type":"error"' in str(await client.socket.recv())
        assert len(site.parts.connections) == 1


@pytest.mark.parametrize(
    "packet", [f'451-{NAMESPACE},["message",{{"_placeholder":true,"num":0}}]', "49", f"43{NAMESPACE},1[]"]
)
async def test_attachments_and_answers_are_not_taken(packet: str, site: Site) -> None:
    async with engine(site) as client:
        await joined(client, site.key)
        await client.say(packet)
        assert '"type":"error"' in str(await client.socket.recv())


async def test_one_socket_asks_to_be_let_in_once(site: Site) -> None:
    async with engine(site) as client:
        await joined(client, site.key)
        await client.say(f"40{NAMESPACE}," + json.dumps({"token": site.key}))
        assert await client.closed() == 1003
    async with engine(site) as client:
        await client.say(f"40{NAMESPACE},")
        assert str(await client.socket.recv()).startswith(f"44{NAMESPACE},")
        await client.say(f"40{NAMESPACE}," + json.dumps({"token": site.key}))
        assert await client.closed() == 1003


async def test_who_does_not_say_who_it_is_is_closed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hive.control.api.wire.JOIN_S", 0.2)
    async with engine(site) as client:
        await client.say("40/elsewhere,{}")
        assert await client.closed() == 1008


async def test_who_leaves_the_namespace_is_closed(site: Site) -> None:
    async with engine(site) as client:
        await joined(client, site.key)
        await client.say(f"41{NAMESPACE},")
        assert await client.closed() == 1000
        assert len(site.parts.connections) == 0


async def test_json_that_is_none_is_told_and_the_socket_stays(site: Site) -> None:
    async with raw(site.url, site.headers) as client:
        await client.next()
        for text in ("{", "", "[" * 3000, "nonsense"):
            await client.say(text)
            if text:
                assert "JSON" in (await client.next())["error"]
            else:
                assert await client.closed() == 1003
                break


async def test_a_message_that_is_too_large_ends_the_socket(site: Site) -> None:
    async with raw(site.url, site.headers) as client:
        await client.next()
        with pytest.raises(ConnectionClosed):
            await client.say("x" * (LARGEST_MESSAGE + 1))
            await client.next()
        assert await client.closed() == 1009


async def test_a_client_that_does_not_read_is_closed_and_no_other_waits(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.api.wire.SLOWEST_S", 0.3)
    monkeypatch.setattr("hive.control.app.socket_protocol.LINGER_S", 0.1)
    async with raw(site.url, site.headers) as quick:
        await quick.next()
        slow = await deaf(site)
        async with asyncio.timeout(10):
            while len(site.parts.connections) < 2:  # noqa: ASYNC110  (the deaf client tells nobody)
                await asyncio.sleep(0.01)
        frame = Frame({"type": "alert", "alert": {"text": "x" * 1_000_000}})
        for _ in range(MOST_WAITING // 2):
            for connection in site.parts.connections.everyone():
                connection.push(frame)
            assert (await quick.next())["type"] == "alert"
        async with asyncio.timeout(10):
            while len(site.parts.connections) > 1:  # noqa: ASYNC110  (the deaf client tells nobody)
                await asyncio.sleep(0.01)
        slow.close()


async def deaf(site: Site) -> socket.socket:
    """Open a WebSocket that is never read from."""
    host, port = site.url.removeprefix("http://").split(":")
    made = socket.create_connection((host, int(port)))
    made.sendall(
        f"GET {NAMESPACE} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Authorization: Bearer {site.key}\r\n\r\n".encode()
    )
    return made


async def test_more_messages_than_may_wait_end_the_socket(site: Site) -> None:
    async with raw(site.url, site.headers) as client:
        await client.next()
        (connection,) = site.parts.connections.everyone()
        for number in range(MOST_WAITING + 1):
            connection.push(Frame({"type": "alert", "alert": {"number": number}}))
        assert await client.closed() == 1013


HEADS = {
    "a header that is too long": ("X-Long: " + "x" * 9_000, "431"),
    "too many headers": ("\r\n".join(f"X-{number}: 1" for number in range(200)), "431"),
    "a body": ("Content-Length: 5", "400"),
    "a body in chunks": ("Transfer-Encoding: chunked", "400"),
    "no key": ("Sec-WebSocket-Key: again", "400"),
    "an address that is too long": ("", "414"),
}
"""What the parsers of HTTP and of WebSocket heads disagree on, and the status of the answer."""


@pytest.mark.parametrize("name", HEADS)
async def test_a_head_that_cannot_be_read_ends_the_connection(name: str, site: Site) -> None:
    line, status = HEADS[name]
    path = NAMESPACE + "?" + "x" * 9_000 if "address" in name else NAMESPACE
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Authorization: Bearer {site.key}\r\n{line}\r\n{'' if not line else chr(13) + chr(10)}".encode()
    )
    async with asyncio.timeout(3):
        answer = await reader.read()
    writer.close()
    assert answer.partition(b" ")[2].decode().startswith(status)
    assert len(site.parts.connections) == 0
