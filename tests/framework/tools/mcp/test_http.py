"""Servers over streamable HTTP, well-behaved and not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from framework.errors import McpServerError
from framework.tools.registry import ToolRegistry
from tests.support.mcp_servers import REAL_SERVER, call
from tests.support.odd_mcp_http import OddServer, odd_http

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def registry() -> Iterator[ToolRegistry]:
    made = ToolRegistry()
    yield made
    made.cleanup()


@pytest.fixture
def server(registry: ToolRegistry) -> Iterator[OddServer]:
    """A hand-written server that the registry is connected to."""
    with odd_http() as running:
        registry.register_mcp_server({"name": "odd", "url": running.url})
        yield running
        registry.cleanup()


@pytest.fixture(scope="module")
def real_url() -> Iterator[str]:
    command = [sys.executable, str(REAL_SERVER), "--http"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp"
        process.kill()


async def test_a_real_server_is_used_over_http(registry: ToolRegistry, real_url: str) -> None:
    count = registry.register_mcp_server({"name": "real", "transport": "streamable-http", "url": real_url})

    assert count == 3
    assert (await call(registry, "add", a=1, b=2)).content == "3"
    failed = await call(registry, "fail")
    assert failed.is_error
    assert "Error executing tool fail" in failed.content


async def test_progress_over_http_does_not_extend_a_time_out(registry: ToolRegistry, real_url: str) -> None:
    config = {"name": "real", "transport": "http", "url": real_url, "tool_timeouts": {"wait": 0.3}}
    registry.register_mcp_server(config)

    waited, added = await asyncio.gather(call(registry, "wait"), call(registry, "add", a=2, b=2))

    assert "did not finish within 0.3 s" in waited.content
    assert added.content == "4"


async def test_a_real_server_is_used_over_stdio(registry: ToolRegistry) -> None:
    config = {"name": "real", "command": sys.executable, "args": [str(REAL_SERVER)]}
    registry.register_mcp_server({**config, "tool_timeouts": {"wait": 0.3}})

    waited, added = await asyncio.gather(call(registry, "wait"), call(registry, "add", a=3, b=2))

    assert "did not finish within 0.3 s" in waited.content
    assert added.content == "5"


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("huge", "more than 16777216 bytes"),
        ("huge_event", "exceeded the 16777216 byte limit"),
        ("squeeze", "compressed its answer"),
        ("garbage", "Failed to parse JSON response"),
        ("html", "Unexpected content type: text/html"),
    ],
)
async def test_a_bad_answer_fails_its_call_alone(
    registry: ToolRegistry, server: OddServer, tool: str, words: str
) -> None:
    bad, good = await asyncio.gather(call(registry, tool), call(registry, "echo", text="good"))

    assert bad.is_error
    assert words in bad.content
    assert good.content == "good"
    assert server.sessions == 1


async def test_a_call_that_hangs_is_given_up_and_cancelled(registry: ToolRegistry, server: OddServer) -> None:
    hung, good = await asyncio.gather(
        call(registry, "hang", timeout_s=0.2), call(registry, "echo", text="good")
    )

    assert "did not finish within 0.2 s" in hung.content
    assert good.content == "good"
    assert (await call(registry, "echo", text="after")).content == "after"
    assert len(server.cancelled) == 1


@pytest.mark.parametrize("tool", ["break_off", "forget"])
async def test_a_lost_connection_is_made_again_for_the_next_call(
    registry: ToolRegistry, server: OddServer, tool: str
) -> None:
    lost = await call(registry, tool)
    after = await call(registry, "echo", text="back")

    assert lost.is_error
    assert "may or may not have taken effect" in lost.content
    assert after.content == "back"
    assert server.sessions == 2


def test_a_server_that_is_not_there_is_named(registry: ToolRegistry) -> None:
    with odd_http() as gone:
        url = gone.url

    with pytest.raises(McpServerError, match=rf"'web' could not be reached at '{url}': it cannot be reached"):
        registry.register_mcp_server({"name": "web", "url": f"{url}?key=sesame-1234"})


def test_headers_carry_credentials(registry: ToolRegistry) -> None:
    registry.mcp.credentials = {"KEY": "sesame-1234"}.get
    config = {"name": "web", "headers": {"Authorization": "Bearer ${KEY}"}}
    with odd_http() as server:
        server.key = "sesame-1234"
        assert registry.register_mcp_server({**config, "url": server.url}) > 0
        server.key = "another"
        with pytest.raises(McpServerError, match="it answered 401: check the credentials") as caught:
            ToolRegistry().register_mcp_server(
                {"name": "web", "url": server.url, "headers": {"Authorization": "sesame-1234"}}
            )
        registry.cleanup()

    assert "sesame" not in str(caught.value)


def test_a_server_that_hangs_at_the_handshake_is_given_up(registry: ToolRegistry) -> None:
    started = time.monotonic()
    with odd_http() as server:
        server.is_silent = True
        with pytest.raises(McpServerError, match=r"within 0\.3 s"):
            registry.register_mcp_server({"name": "web", "url": server.url, "connect_timeout_s": 0.3})

    assert time.monotonic() - started < 5
