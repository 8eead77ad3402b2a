"""A web server on this machine whose answers are written down beforehand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator


@dataclass
class WebSite:
    """Answers by path; remembers the head of every request, and how often it was connected to.

    ``drip_s`` is the pause between the bytes of a body, ``endless`` is sent over and over.
    """

    answers: dict[str, bytes] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    drip_s: float = 0.0
    endless: bytes = b""
    port: int = 0
    host: str = "127.0.0.1"

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    def page(self, path: str, body: bytes | str, kind: str = "text/plain", **headers: str) -> None:
        self.answer(path, 200, body, **{"Content_Type": kind, **headers})

    def answer(self, path: str, status: int, body: bytes | str = b"", **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        head = f"HTTP/1.1 {status} X\r\n{''.join(lines)}Connection: close\r\n\r\n"
        self.answers[path] = head.encode("latin-1") + content

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.answer(path, status, Location=location)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            self.was_asked.set()
            path = head.split(" ")[1].split("?")[0]
            await self._send(writer, self.answers.get(path, b"HTTP/1.1 404 X\r\nConnection: close\r\n\r\n"))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        if not self.drip_s:
            writer.write(body)
        for byte in body if self.drip_s else b"":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(self.drip_s)
        while self.endless:
            writer.write(self.endless)
            await writer.drain()
        await writer.drain()


@asynccontextmanager
async def serving_site(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[WebSite]:
    site = WebSite(host=host)
    server = await asyncio.start_server(site.handle, host, port, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        site.endless = b""
        server.close()
