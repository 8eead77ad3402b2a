"""What ``hive up`` does on SIGTERM: it answers and tells all that is there, and ends in time."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from hive.control.stores.embedded import prepare
from tests.support.control import bearer
from tests.support.control_sockets import io, raw
from tests.support.frozen import freezer_of, frozen
from tests.support.postgres import running_server
from tests.support.up_process import UpProcess, control_environment, database_urls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

GRACE_S = 3
AFTER_S = 10.0
"""Seconds for a close that is not answered, and for all that is stopped after the server."""

LOGIN = b'{"email": "a@example.org", "password": "not the right one"}'

pytestmark = pytest.mark.timeout(180)  # It starts several processes, on a busy machine, too.
PROMISED_S = 15
"""Seconds that the end may take after the grace of requests, whatever the database does."""


async def test_what_is_under_way_is_answered_what_is_open_is_told_and_nothing_new_is_taken() -> None:
    with (
        control_environment() as environment,
        (Path(environment["HIVE_POSTGRES_FOLDER"]).parent / "log").open("w+") as log,
    ):
        up = UpProcess(environment, "--grace", str(GRACE_S), stderr=log)
        url = httpx.URL(up.address)
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
            lines = await stack.enter_async_context(followed(client))
            plain = await stack.enter_async_context(raw(up.address, bearer(up.key)))
            socket_io = await stack.enter_async_context(io(up.address, up.key))
            mute = await stack.enter_async_context(raw(up.address, bearer(up.key)))
            mute.socket.transport.pause_reading()  # It neither reads nor answers the close.
            assert [(await each.next())["type"] for each in (plain, socket_io)] == ["policy"] * 2
            answered, never_whole = [await half_sent(url) for _ in range(2)]
            await until_open(client, streams=1, halves=2)
            started = time.monotonic()
            up.process.terminate()
            until(lambda: is_refused(url))
            answered[1].write(LOGIN[10:])
            assert (await asyncio.wait_for(answered[0].read(), 20)).startswith(b"HTTP/1.1 401")
            assert any("The server ends" in line for line in [line async for line in lines])
            assert await plain.closed() == 1012
            await socket_io.closed()
            rest, _ = await asyncio.to_thread(up.process.communicate, timeout=30)
            took = time.monotonic() - started
            assert (await never_whole[0].read()).startswith(b"HTTP/1.1 503")
            for writer in (answered[1], never_whole[1]):
                writer.close()
            mute.socket.transport.abort()
        log.seek(0)
        assert (up.process.returncode, rest.strip(), log.read()) == (0, "Stopped.", "")
    assert GRACE_S - 1 < took < GRACE_S + AFTER_S


async def test_a_second_signal_waits_for_nothing_that_is_under_way() -> None:
    with control_environment() as environment:
        up = UpProcess(environment, "--grace", "120")
        url = httpx.URL(up.address)
        reader, writer = await half_sent(url)
        async with httpx.AsyncClient(base_url=url) as client:
            await until_open(client, streams=0, halves=1)
        up.process.send_signal(signal.SIGINT)
        until(lambda: is_refused(url))
        up.process.send_signal(signal.SIGINT)
        rest, _ = await asyncio.to_thread(up.process.communicate, timeout=60)
        assert (await reader.read()).startswith(b"HTTP/1.1 503")
        writer.close()
        assert (up.process.returncode, rest.strip()) == (0, "Stopped.")


@asynccontextmanager
async def followed(client: httpx.AsyncClient) -> AsyncIterator[AsyncIterator[str]]:
    """Give the lines of a live stream, after its first."""
    ada = {"email": "ada@example.org", "name": "Ada", "password": "a long passphrase", "team": "Analysts"}
    token = (await client.post("/v1/auth/register", json=ada)).json()["access_token"]
    headers = {**bearer(token), "Accept": "text/event-stream"}
    async with client.stream("GET", "/v1/logs/stream?stream=logs", headers=headers) as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) != ""
        yield lines


async def half_sent(url: httpx.URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the beginning of a request."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /v1/auth/login HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(LOGIN)}\r\n\r\n".encode() + LOGIN[:10])
    return reader, writer


async def until_open(client: httpx.AsyncClient, *, streams: int, halves: int) -> None:
    """Wait until so many requests are under way, and so many are on their way."""
    wanted = {f"hive_http_requests_open {streams + 1}.0", f"hive_connections_waiting {halves}.0"}
    async with asyncio.timeout(20):
        while not wanted <= set((await client.get("/metrics")).text.splitlines()):  # noqa: ASYNC110  (nobody is told)
            await asyncio.sleep(0.02)


def test_it_ends_in_time_although_the_database_is_frozen() -> None:
    with running_server() as dsn, control_environment() as environment:
        prepare(dsn)
        up = UpProcess({**environment, **database_urls(dsn)}, "--grace", "1")
        with (
            frozen(freezer_of(dsn)),
            httpx.Client(base_url=up.address, headers=bearer(up.key), timeout=20) as program,
            ThreadPoolExecutor() as others,
        ):
            under_way = others.submit(program.get, "/v1/control/policy")
            until(lambda: b"hive_http_requests_open 2.0" in program.get("/metrics").content)
            started = time.monotonic()
            up.process.terminate()
            up.process.communicate(timeout=90)
            assert time.monotonic() - started < 1 + PROMISED_S
            answer = under_way.result()
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True), answer.text
        assert up.process.returncode == 0


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_refused(url: httpx.URL) -> bool:
    try:
        socket.create_connection((url.host, url.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
