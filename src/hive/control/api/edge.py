"""What happens to every request: its size is bounded, its answer measured, logged and hardened."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hive.control.api.figures import Figures

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of a body that are taken."""

_CLIENT_GONE = 499
"""How a request is counted whose client left before it was whole."""

_log = logging.getLogger("hive.control.http")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Edge:
    """Wraps the app."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        """Measure into ``figures``."""
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        self._figures.begin()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._bounded(scope, receive, answer)
        except ClientDisconnect:
            status = _CLIENT_GONE  # Nobody is there to be answered.
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "none")
            self._figures.end(scope["method"], route, status, seconds)
            facts = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
            _log.info("request", extra=facts)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > LARGEST_BODY:
            await _refuse(scope, receive, send)
            return
        size = 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                return {"type": "http.disconnect"}
            return message

        async def answer(message: Message) -> None:
            if size <= LARGEST_BODY:
                await send(message)

        try:
            await self._app(scope, bounded, answer)
        except ClientDisconnect:
            if size <= LARGEST_BODY:
                raise
        if size > LARGEST_BODY:
            await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    sentence = f"The body is larger than {LARGEST_BODY} bytes, or its length is none."
    await JSONResponse({"error": sentence, "faults": []}, 413)(scope, receive, send)
