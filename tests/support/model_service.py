"""A model's service on 127.0.0.1 whose HTTP answers are written down beforehand, byte by byte."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SSE = "Content-Type: text/event-stream\r\n"


class Asked(NamedTuple):
    """One request: its path, its head as text, its parsed body."""

    path: str
    headers: str
    body: dict[str, Any]


class ModelService:
    """Answers every request with ``answer``, or with the next of ``first`` as long as there is one.

    Attributes:
        answer: the bytes of the HTTP answer, head included.
        first: answers of the first requests.
        hangs: whether the connection stays open without a word after an answer.
        cuts: whether the connection is reset after an answer.
        asked: the requests so far.
    """

    def __init__(self) -> None:
        self.answer = b""
        self.first: list[bytes] = []
        self.hangs = False
        self.cuts = False
        self.asked: list[Asked] = []
        self.root = ""
        self._closing = asyncio.Event()

    @property
    def base(self) -> str:
        """The address of an OpenAI-compatible service."""
        return f"{self.root}/v1"

    @property
    def body(self) -> dict[str, Any]:
        """The body of the last request."""
        return self.asked[-1].body

    @property
    def headers(self) -> str:
        """The head of the last request."""
        return self.asked[-1].headers

    @property
    def path(self) -> str:
        """Where the last request went."""
        return self.asked[-1].path

    def streams(self, *chunks: object, done: bool = True) -> None:
        """Answer with ``chunks`` as events; text is sent as it is."""
        lines = [f"data: {chunk if isinstance(chunk, str) else json.dumps(chunk)}\n\n" for chunk in chunks]
        self.replies(200, "".join(lines) + ("data: [DONE]\n\n" if done else ""), SSE)

    def replies(self, status: int, body: object, headers: str = "Content-Type: application/json\r\n") -> None:
        """Answer with an HTTP status; a body that is no text is sent as JSON."""
        self.answer = reply(status, body, headers)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(
            int(line.split(":")[1])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length")
        )
        body = json.loads(await reader.readexactly(size))
        self.asked.append(Asked(head.split(" ")[1], head, body))
        writer.write(self.first.pop(0) if self.first else self.answer)
        await writer.drain()
        if self.hangs:
            await self._closing.wait()
        if self.cuts:
            writer.transport.abort()
        writer.close()

    def close(self) -> None:
        """Let go of the connections that hang."""
        self._closing.set()


def reply(status: int, body: object, headers: str = "Content-Type: application/json\r\n") -> bytes:
    """Return the bytes of an HTTP answer; a body that is no text is sent as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return f"HTTP/1.1 {status} X\r\n{headers}Connection: close\r\n\r\n{text}".encode()


@asynccontextmanager
async def serving() -> AsyncIterator[ModelService]:
    """Run a service until the block ends."""
    service = ModelService()
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with server:
            yield service
            service.close()
    finally:
        service.close()
