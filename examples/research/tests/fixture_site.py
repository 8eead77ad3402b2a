"""A small web site on this machine, with a search that speaks SearXNG's JSON."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Generator

PAGES = Path(__file__).parent / "site"
GONE = "/gone.html"
"""A page that the search still knows and the site does not."""


@dataclass
class Site:
    """The site's address, and the paths that were asked for."""

    base: str
    asked: list[str] = field(default_factory=list[str])

    def url(self, path: str) -> str:
        return f"{self.base}{path}"


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *arguments: object) -> None:
        self._site = site
        super().__init__(*arguments)  # pyright: ignore[reportArgumentType]  (what the server passes)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._site.asked.append(parts.path)
        if parts.path == "/search":
            found = json.dumps({"results": self._found(parse_qs(parts.query).get("q", [""])[0])})
            self._answer(200, "application/json", found.encode())
            return
        page = PAGES / parts.path.removeprefix("/")
        if page.is_file():
            self._answer(200, "text/html; charset=utf-8", page.read_bytes())
        else:
            self._answer(404, "text/plain", b"There is no such page.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name of the base class)
        """Log nothing."""

    def _found(self, query: str) -> list[dict[str, str]]:
        words = query.lower().split()
        texts = {f"/{page.name}": page.read_text(encoding="utf-8") for page in sorted(PAGES.iterdir())}
        fitting = [path for path, text in texts.items() if any(word in text.lower() for word in words)]
        return [
            {"title": path, "url": self._site.url(path), "content": "..."}
            for path in [*fitting, *([GONE] if fitting else [])]
        ]

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Generator[Site]:
    """Serve the site on a free port while the block lasts."""
    site = Site(base="")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site)) as server:
        site.base = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=partial(server.serve_forever, poll_interval=0.01), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join(timeout=5)
