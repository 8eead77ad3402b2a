"""Whatever text comes, the server answers or closes, says nothing in its log, and keeps nothing of it."""

from __future__ import annotations

import asyncio
import gc
import json
import random
from typing import TYPE_CHECKING

from engineio.async_socket import AsyncSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hive.control.api.wire import Wire
from hive.control.services.connections import Connection
from tests.support.control_sockets import NAMESPACE

if TYPE_CHECKING:
    import pytest

    from tests.hive.control.sockets.conftest import Site

CLIENTS = 60
PIECES = [
    "0", "1", "2", "3", "4", "40", "41", "42", "43", "44", "45", "46", "451-", "4299999999999-", NAMESPACE,
    f"{NAMESPACE},", "/other,", ",", "?", "7", "1" * 120, "[", "]", "{", "}", '"', "\\", '["message",',
    '["subscribe-llm-events"]', '["connect",{}]', '{"token":', "null", "NaN", "1e999", "\\ud800",
    '{"event_type":"get_policy"}', '{"type":"subscribe"}', "\x00", "\N{HONEYBEE}", "[" * 300, " ", "probe",
]  # fmt: skip


async def test_whatever_text_comes_nothing_is_left_of_it(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(1)
    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(speak(site, random.Random(chance.random())))
    async with asyncio.timeout(10):
        while len(site.parts.connections):  # noqa: ASYNC110  (clients tell nobody)
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, (Wire, Connection))] == []
    # The library lets a task sleep until the next ping of each would be due; it knows none of them any more.
    seen = [each for each in gc.get_objects() if isinstance(each, AsyncSocket)]
    assert seen
    assert all(each.closed and each.server.sockets == {} for each in seen)
    assert [record for record in caplog.records if record.levelname == "ERROR" and record.exc_info] == []


async def speak(site: Site, chance: random.Random) -> None:
    """Say odd things to one of the sockets, perhaps after being let in."""
    is_io, is_let_in = chance.random() < 0.7, chance.random() < 0.6
    path = "/socket.io/?transport=websocket&EIO=4" if is_io else NAMESPACE
    headers = {} if is_io else {"X-API-Key": site.key}
    address = site.url.replace("http", "ws", 1) + path
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        try:
            if is_io and is_let_in:
                await socket.send(f"40{NAMESPACE}," + json.dumps({"token": site.key}))
            for _ in range(chance.randint(1, 12)):
                await socket.send(said(chance, is_io=is_io and is_let_in))
        except ConnectionClosed:
            return


def said(chance: random.Random, *, is_io: bool) -> str:
    pieces = "".join(chance.choices(PIECES, k=chance.randint(0, 6)))
    return f"42{NAMESPACE},{pieces}" if is_io and chance.random() < 0.6 else pieces
