"""An event over a socket that is nested too deeply is refused and put aside, and its socket goes on."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect

from tests.support.control_sockets import NAMESPACE, metric

if TYPE_CHECKING:
    from tests.hive.control.sockets.conftest import Site


@pytest.mark.parametrize("kind", ["raw", "io"])
@pytest.mark.parametrize("depth", [260, 1025, 200_000])
async def test_a_deep_event_is_refused_and_the_next_one_stored(kind: str, depth: int, site: Site) -> None:
    path = NAMESPACE if kind == "raw" else "/socket.io/?transport=websocket&EIO=4"
    form = "%s" if kind == "raw" else f'42{NAMESPACE},["message",%s]'
    headers = {"X-API-Key": site.key} if kind == "raw" else {}
    deep = json.dumps({**metric("s-1"), "more": "HERE"}).replace('"HERE"', "[" * depth + "]" * depth)
    address = site.url.replace("http", "ws", 1) + path
    async with asyncio.timeout(20), connect(address, additional_headers=headers, proxy=None) as socket:
        if kind == "io":
            await socket.send(f"40{NAMESPACE}," + json.dumps({"token": site.key}))
        await socket.send(form % deep)
        while "nested too deeply" not in await socket.recv(decode=True):
            pass
        await socket.send(form % json.dumps(metric("s-2")))
        while not await site.rows("SELECT FROM metric_events"):  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.01)
        (aside,) = await site.rows("SELECT reason FROM quarantine")
        assert aside["reason"] == "The event is nested too deeply."
