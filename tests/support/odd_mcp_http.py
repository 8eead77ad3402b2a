"""A streamable HTTP server written by hand, so that it can misbehave; each tool is one way to do so."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 2**20
TOOLS = ("echo", "huge", "huge_event", "hang", "break_off", "squeeze", "forget", "garbage", "html")


class OddServer(ThreadingHTTPServer):
    """Counts sessions, and ends the waiting of its handlers when it closes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.closing = Event()
        self.sessions = 0
        self.key = ""
        self.is_silent = False
        self.cancelled: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/mcp"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: OddServer

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        self.send_response(405)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_DELETE(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.server.key and self.headers.get("authorization") != f"Bearer {self.server.key}":
            self.give(b"", status=401)
            return
        if self.server.is_silent:
            self.hang(message)
            return
        match message["method"]:
            case "initialize":
                self.server.sessions += 1
                version = message["params"]["protocolVersion"]
                info = {"name": "odd", "version": "1"}
                result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
                self.answer(message, result, {"mcp-session-id": str(self.server.sessions)})
            case "tools/list":
                listed = [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]
                self.answer(message, {"tools": listed})
            case "tools/call":
                getattr(self, message["params"]["name"])(message)
            case "notifications/cancelled":
                self.server.cancelled.append(message["params"]["requestId"])
                self.give(b"", status=202)
            case _:
                self.give(b"", status=202)

    def answer(self, message: Any, result: Any, headers: dict[str, str] | None = None) -> None:
        body = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        self.give(json.dumps(body).encode(), headers=headers)

    def give(
        self,
        body: bytes,
        *,
        status: int = 200,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.begin(len(body), status, kind, headers)
        self.wfile.write(body)

    def begin(self, size: int, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(size), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def echo(self, message: Any) -> None:
        text = str(message["params"]["arguments"].get("text"))
        self.answer(message, {"content": [{"type": "text", "text": text}]})

    def huge(self, message: Any) -> None:
        self.pour("application/json", b"")

    def huge_event(self, message: Any) -> None:
        self.pour("text/event-stream", b"event: message\ndata: ")

    def pour(self, kind: str, head: bytes) -> None:
        self.begin(100 * MEGABYTE + len(head), 200, kind)
        try:
            self.wfile.write(head)
            for _ in range(100):
                self.wfile.write(b"x" * MEGABYTE)
        except OSError:
            self.close_connection = True

    def hang(self, message: Any) -> None:
        self.server.closing.wait(30)
        self.close_connection = True

    def break_off(self, message: Any) -> None:
        self.begin(1000, 200, "application/json")
        self.wfile.write(b"{")
        self.close_connection = True

    def squeeze(self, message: Any) -> None:
        body = gzip.compress(b" " * MEGABYTE)
        self.give(body, headers={"content-encoding": "gzip"})

    def forget(self, message: Any) -> None:
        self.give(b"", status=404)

    def garbage(self, message: Any) -> None:
        self.give(b"no json")

    def html(self, message: Any) -> None:
        self.give(b"<p>hello", kind="text/html")


@contextmanager
def odd_http() -> Iterator[OddServer]:
    """Serve until the end of the block."""
    with OddServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
