"""The streamable HTTP transport, its answers bounded and its failures kept to the call they concern."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx2
import orjson
from mcp.client.streamable_http import MCP_SESSION_ID, streamable_http_client
from mcp_types import INTERNAL_ERROR

from framework.tools.mcp.link import MAX_MESSAGE_BYTES, Link

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from mcp.client._transport import TransportStreams

    from framework.tools.mcp.launch import Launch

_CONNECT_TIMEOUT_S = 30.0
_READ_TIMEOUT_S = 600.0
_BAD_GATEWAY = 502
_NOT_FOUND = 404
_UNAUTHORISED = (401, 403)
_JSON = {"content-type": "application/json"}


@contextlib.asynccontextmanager
async def http_streams(launch: Launch, link: Link) -> AsyncGenerator[TransportStreams]:
    """Give the streams of messages to and from the server at the launch's URL."""
    client = httpx2.AsyncClient(
        headers={**launch.headers, "accept-encoding": "identity"},
        timeout=httpx2.Timeout(_CONNECT_TIMEOUT_S, read=_READ_TIMEOUT_S),
        transport=_Guard(httpx2.AsyncHTTPTransport(), link),
        trust_env=False,
    )
    async with (
        client,
        streamable_http_client(
            launch.url, http_client=client, max_sse_event_size=MAX_MESSAGE_BYTES
        ) as streams,
    ):
        yield streams


class _Guard(httpx2.AsyncBaseTransport):
    """Turns what would end all calls at once into an error answer to one, and bounds every answer."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, link: Link) -> None:
        self._inner = inner
        self._link = link

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.TimeoutException:
            return _error("it did not answer in time")
        except httpx2.TransportError as error:
            return self._lost(f"it cannot be reached ({type(error).__name__})")
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            return _error("it compressed its answer, although it was asked not to")
        if response.status_code == _NOT_FOUND and MCP_SESSION_ID in request.headers:
            self._link.lose("it no longer knows the session")
        if response.status_code in _UNAUTHORISED:
            await response.aclose()
            return _error(f"it answered {response.status_code}: check the credentials in its headers")
        is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
        response.stream = _Watched(
            response.stream, self._link, limit=None if is_stream else MAX_MESSAGE_BYTES
        )
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _lost(self, reason: str) -> httpx2.Response:
        self._link.lose(reason)
        return _error(reason)


class _Watched(httpx2.AsyncByteStream):
    """The bytes of an answer; an event stream has no limit of its own, since each of its events has one."""

    def __init__(self, inner: object, link: Link, *, limit: int | None) -> None:
        assert isinstance(inner, httpx2.AsyncByteStream)  # noqa: S101  (an asynchronous client gives no other)
        self._inner = inner
        self._link = link
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for chunk in self._inner:
                size += len(chunk)
                if self._limit is not None and size > self._limit:
                    raise httpx2.StreamError(f"its answer has more than {self._limit} bytes; ask for less")
                yield chunk
        except httpx2.TimeoutException as error:
            raise httpx2.StreamError("it stopped in the middle of its answer") from error
        except httpx2.TransportError as error:
            reason = f"it broke off its answer ({type(error).__name__})"
            self._link.lose(reason)
            raise httpx2.StreamError(reason) from error

    async def aclose(self) -> None:
        await self._inner.aclose()


def _error(message: str) -> httpx2.Response:
    """Return a JSON-RPC error as an HTTP answer; the SDK gives it to the call that was sent."""
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": INTERNAL_ERROR, "message": message}}
    return httpx2.Response(_BAD_GATEWAY, headers=_JSON, content=orjson.dumps(body))
