"""Clients of the two kinds of sockets: a plain WebSocket, and the published Socket.IO client."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import socketio
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection

NAMESPACE = "/v1/control/ws"


class Raw:
    """A plain WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        async with asyncio.timeout(10):
            return json.loads(await self.socket.recv())

    async def say(self, message: object) -> None:
        await self.socket.send(message if isinstance(message, str) else json.dumps(message))

    async def closed(self) -> int:
        """Wait until the server closes, and return its code."""
        async with asyncio.timeout(10):
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code


class Io:
    """A Socket.IO client."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.client.on("message", self.messages.put, namespace=NAMESPACE)
        self.client.on("disconnect", self._gone, namespace=NAMESPACE)

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        async with asyncio.timeout(10):
            return await self.messages.get()

    async def say(self, message: object, event: str = "message") -> None:
        await self.client.emit(event, message, namespace=NAMESPACE)

    async def closed(self) -> None:
        """Wait until the server closes."""
        async with asyncio.timeout(10):
            await self.gone.wait()

    async def _gone(self, *_: object) -> None:
        self.gone.set()


@asynccontextmanager
async def raw(url: str, headers: dict[str, str], path: str = NAMESPACE) -> AsyncIterator[Raw]:
    """Give an open plain WebSocket."""
    address = url.replace("http", "ws", 1) + path
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        yield Raw(socket)


@asynccontextmanager
async def io(
    url: str, token: str | None = None, headers: dict[str, str] | None = None, *, wait_s: float = 10
) -> AsyncIterator[Io]:
    """Give a connected Socket.IO client that waits ``wait_s`` to be let in."""
    made = Io()
    try:
        await made.client.connect(
            url, headers=headers or {}, auth=None if token is None else {"token": token},
            transports=["websocket"], namespaces=[NAMESPACE], wait_timeout=wait_s,
        )  # fmt: skip
        yield made
    finally:
        await made.client.disconnect()


def heartbeat(instance: str = "i-1", agent: str = "scout") -> dict[str, Any]:
    """Return a heartbeat of now."""
    return {
        "event_type": "heartbeat", "timestamp": datetime.now(UTC).isoformat(),
        "sdk_instance_id": instance, "agent_name": agent, "status": "healthy",
        "requests_since_last": 1, "errors_since_last": 0,
        "policy_cache_age_seconds": -1, "websocket_connected": True, "sdk_version": "0.2.0",
    }  # fmt: skip


def metric(span: str, *, instance: str = "i-1", cost: float = 0.01, agent: str = "scout") -> dict[str, Any]:
    """Return a metric of now."""
    data = {
        "trace_id": f"t-{span}", "span_id": span, "provider": "openai", "model": "gpt-4o", "stream": False,
        "timestamp": datetime.now(UTC).isoformat(), "latency_ms": 5.0, "input_tokens": 10, "output_tokens": 5,
        "total_tokens": 15, "total_cost": cost,
    }  # fmt: skip
    return {
        "event_type": "metric", "timestamp": datetime.now(UTC).isoformat(), "sdk_instance_id": instance,
        "agent_name": agent, "data": data,
    }  # fmt: skip
