"""Requests and sockets that are too many are asked to come again; sockets stay for as long as they like."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hive.listening import Crowd, ServerOptions, address_of, listen, serve_until
from hive.lobby import Lobby, Waits


def test_a_server_may_have_as_many_connections_as_the_machine_lets_it() -> None:
    code = (
        "import resource; from hive.listening import MOST_FILES, allow_many_files\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))\n"
        "allow_many_files(); allow_many_files()\n"
        "soft, after = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "assert after == hard and soft == (MOST_FILES if hard == -1 else min(hard, MOST_FILES)), (soft, hard)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


async def test_open_sockets_keep_no_request_out() -> None:
    async def hello(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await receive()
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    ending = asyncio.Event()
    options = ServerOptions(
        most_requests=5,
        last_requests_s=1,
        sockets="websockets-sansio",
        most_sockets=5,
        lobby=Lobby(Waits(most=2)),
    )
    with listen("127.0.0.1", 0) as listening:
        serving = asyncio.create_task(serve_until(ending, hello, listening, options))
        address = address_of("127.0.0.1", listening)
        async with contextlib.AsyncExitStack() as sockets:
            for _ in range(5):
                await sockets.enter_async_context(connect(address.replace("http", "ws"), proxy=None))
            async with httpx.AsyncClient() as client:
                assert (await client.get(address)).status_code == 200
        ending.set()
        await asyncio.wait_for(serving, 10)


def test_small_writes_leave_at_once() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


async def test_a_request_too_many_is_asked_to_come_again() -> None:
    opened, inside = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        inside.set()
        await opened.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(Crowd(slow, most=1))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        first = asyncio.create_task(client.get("/"))
        await inside.wait()
        refused = await client.get("/")
        opened.set()
        assert (refused.status_code, (await first).status_code) == (503, 200)
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get("/")).status_code == 200


async def test_a_socket_stays_open_for_as_long_as_it_is_used() -> None:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        del scope
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": message["text"]})

    ending = asyncio.Event()
    options = ServerOptions(
        most_requests=1,
        last_requests_s=1,
        sockets="websockets-sansio",
        most_sockets=1,
        lobby=Lobby(Waits(head_s=0.1, body_s=0.1)),
    )
    with listen("127.0.0.1", 0) as listening:
        serving = asyncio.create_task(serve_until(ending, echo, listening, options))
        address = address_of("127.0.0.1", listening).replace("http", "ws")
        async with connect(address, proxy=None) as first:
            await asyncio.sleep(0.3)
            await first.send("still here")
            assert await first.recv() == "still here"
            with pytest.raises(InvalidStatus, match="503"):
                await connect(address, proxy=None)
        ending.set()
        await asyncio.wait_for(serving, 10)
