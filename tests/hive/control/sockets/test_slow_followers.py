"""A client that stops reading holds nobody up, and is told exactly what it missed."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hive.control.services.live_rooms import Pace
from tests.support.control import clock_of
from tests.support.control_sockets import raw
from tests.support.sdk_events import envelope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.hive.control.sockets.conftest import Site

PATH = "/v1/logs/stream"
LINES = 250


@asynccontextmanager
async def opened(site: Site) -> AsyncIterator[asyncio.StreamReader]:
    """Give what a socket of a small buffer receives, which reads only when it is asked to."""
    address = urlsplit(site.url)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    plain.connect((address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=16 * 1024)
    fields = {
        "Host": address.netloc, "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **site.admin.headers,
    }  # fmt: skip
    head = [f"GET {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    writer.write("\r\n".join(head).encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader
    finally:
        writer.close()


async def message(reader: asyncio.StreamReader) -> dict[str, Any]:
    """Return the next message."""
    async with asyncio.timeout(20):
        length = (await reader.readexactly(2))[1]
        if length == 126:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await reader.readexactly(8))
        return json.loads(await reader.readexactly(length))


async def subscribed(reader: asyncio.StreamReader) -> None:
    while (await message(reader))["type"] != "subscribed":
        pass


async def store(site: Site, count: int) -> None:
    now = clock_of(site.parts).now()
    lines = [envelope("log", now, data={"message": "a" * 2000}) for _ in range(count)]
    for number, line in enumerate(lines):
        line["data"]["source"] = str(number)
    await site.parts.ingest.take(site.team_id, lines)


async def test_it_gets_one_gap_of_the_right_size_and_then_what_is_new(site: Site) -> None:
    site.parts.live._pace = Pace(most_events=LINES, most_bytes=10**6, message_s=0.01)
    async with opened(site) as slow, raw(site.url, site.admin.headers, PATH) as quick:
        await subscribed(slow)
        stored = quick_cursor = 0
        for _ in range(25):  # 12 MB: more than the buffers between the two and what the room keeps.
            clock_of(site.parts).advance(1)
            await store(site, LINES)
            stored += LINES
            while quick_cursor < stored:
                got = await quick.next()
                assert got["type"] != "gap"
                quick_cursor = int(got.get("cursor", 0)) if got["type"] == "logs-batch" else quick_cursor
        at, gaps = 0, []
        while at < stored:
            got = await message(slow)
            if got["type"] == "gap":
                gaps.append(got)
                assert (got["from"], got["count"]) == (str(at), int(got["to"]) - at)
            else:
                assert int(got["cursor"]) == at + len(got["events"])
            at = int(got["cursor"])
        assert len(gaps) == 1
        clock_of(site.parts).advance(1)
        await store(site, 1)
        got = await message(slow)
        assert (got["type"], got["cursor"]) == ("logs-batch", str(stored + 1))
