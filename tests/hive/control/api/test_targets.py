"""Requests as RFC 9112 lets clients write them, byte by byte."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from hive.control.app.application import control_app
from tests.support.control_server import serving_control

if TYPE_CHECKING:
    from hive.control.api.parts import Parts


async def asked(url: str, *lines: str, body: str = "") -> str:
    """Return the whole answer to a request, after which the connection is closed."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write("\r\n".join([*lines, "", body]).encode())
    async with asyncio.timeout(20):
        answer = (await reader.read()).decode()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://127.0.0.1/health/live", 200),
        ("HTTPS://127.0.0.1:80/health/live?a=http://b/c", 200),
        ("http://127.0.0.1", 200),
        ("http://127.0.0.1/health%2Fnone", 404),
        ("ftp://127.0.0.1/health/live", 404),
    ],
)
async def test_a_request_may_name_its_whole_address(parts: Parts, target: str, status: int) -> None:
    async with serving_control(parts) as url:
        answer = await asked(url, f"GET {target} HTTP/1.1", "Host: elsewhere", "Connection: close")
    assert answer.startswith(f"HTTP/1.1 {status} ")


@pytest.mark.parametrize(
    ("target", "header", "status"), [("ours", "theirs", 200), ("theirs", "ours", 400), ("", "ours", 400)]
)
async def test_the_host_of_the_whole_address_is_the_one_that_counts(
    parts: Parts, target: str, header: str, status: int
) -> None:
    said: list[int] = []
    app = control_app(parts, allowed_hosts=["ours"])

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if isinstance(status_said := message.get("status"), int):
            said.append(status_said)

    path = f"http://{target}/health/live"
    headers = [(b"host", header.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": headers}
    await app({**scope, "query_string": b"", "client": ("127.0.0.1", 1)}, receive, send)  # pyright: ignore[reportArgumentType]  (as a server does)
    assert said == [status]


async def test_a_length_that_is_told_twice_is_refused_and_the_connection_closed(parts: Parts) -> None:
    head = ("POST /v1/auth/login HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json")
    lengths = ("Content-Length: 7", "Transfer-Encoding: chunked")
    async with serving_control(parts) as url:
        answer = await asked(url, *head, *lengths, body="2\r\n{}\r\n0\r\n\r\n")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "tells its length twice" in answer


@pytest.mark.parametrize("path", ["/", "/docs", "/first-login", "/metrics", "/openapi.json"])
async def test_what_can_be_read_in_a_browser_is_told_without_a_body(parts: Parts, path: str) -> None:
    async with serving_control(parts) as url, httpx.AsyncClient(base_url=url) as client:
        head, whole = await client.head(path), await client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
