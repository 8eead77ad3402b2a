"""A model's service on 127.0.0.1 whose HTTP answers are written down beforehand."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SSE = "Content-Type: text/event-stream\r\n"


class ModelService:
    """Answers every request with ``answer``; remembers what was asked.

    Attributes:
        answer: the bytes of the HTTP answer, head included.
        hangs: whether the connection stays open without a word after ``answer``.
        cuts: whether the connection is reset after ``answer``.
        headers: the head of the last request, as text.
        body: the parsed body of the last request.
        path: where the last request went.
    """

    def __init__(self) -> None:
        self.answer = b""
        self.hangs = False
        self.cuts = False
        self.headers = ""
        self.path = ""
        self.body: dict[str, Any] = {}
        self.base = ""
        self._closing = asyncio.Event()

    def streams(self, *chunks: object, done: bool = True) -> None:
        """Answer with ``chunks`` as events; text is sent as it is."""
        lines = [f"data: {chunk if isinstance(chunk, str) else json.dumps(chunk)}\n\n" for chunk in chunks]
        self.replies(200, "".join(lines) + ("data: [DONE]\n\n" if done else ""), SSE)

    def replies(self, status: int, body: object, headers: str = "") -> None:
        """Answer with an HTTP status; a body that is no text is sent as JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.answer = f"HTTP/1.1 {status} X\r\n{headers}Connection: close\r\n\r\n{text}".encode()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(
            int(line.split(":")[1])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length")
        )
        self.headers, self.path = head, head.split(" ")[1]
        self.body = json.loads(await reader.readexactly(size))
        writer.write(self.answer)
        await writer.drain()
        if self.hangs:
            await self._closing.wait()
        if self.cuts:
            writer.transport.abort()
        writer.close()

    def close(self) -> None:
        """Let go of the connections that hang."""
        self._closing.set()


@asynccontextmanager
async def serving() -> AsyncIterator[ModelService]:
    """Run a service until the block ends."""
    service = ModelService()
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        async with server:
            yield service
            service.close()
    finally:
        service.close()
