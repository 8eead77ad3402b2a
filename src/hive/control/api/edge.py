"""What happens to every request: its size is bounded, its answer measured, logged and hardened."""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect

from hive.control.api.refusals import answer_to, refusal
from hive.control.api.targets import has_two_lengths, with_own_target
from hive.control.auth.gate import PROVED
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from fastapi.responses import JSONResponse
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hive.control.api.figures import Figures

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of a body that are taken from a caller who proved who it is."""

LARGEST_UNPROVED = 64 * 1024
"""Bytes of a body that are taken before that."""

MOST_HELD = 256 * 1024 * 1024
"""Bytes of the bodies of all requests under way."""

_CLIENT_GONE = 499
"""How a request is counted whose client left before it was whole."""

_TWO_LENGTHS = "The request tells its length twice: send Content-Length or Transfer-Encoding."
_ENDING = "The server ends before it is done; ask again."

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
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = with_own_target(scope)
        started = time.perf_counter()
        status, is_begun = 500, False
        self._figures.begin()

        async def answer(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                status, is_begun = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._bounded(scope, receive, answer)
        except ClientDisconnect:
            status = _CLIENT_GONE  # Nobody is there to be answered.
        except asyncio.CancelledError:  # The process ends, and so does the time of what is under way.
            if is_begun:
                raise
            await answer_to(UnavailableError(_ENDING))(scope, receive, answer)
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
        if has_two_lengths(scope):
            headers = {"Connection": "close"}
            await refusal(_TWO_LENGTHS, HTTPStatus.BAD_REQUEST, headers=headers)(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > LARGEST_BODY:
            await _refuse(LARGEST_BODY)(scope, receive, send)
            return
        size = 0
        refused: JSONResponse | None = None

        async def bounded() -> Message:
            nonlocal size, refused
            message = await receive()
            came = len(message.get("body", b""))
            size += came
            self._held += came
            refused = refused or self._refusal(scope, size)
            return message if refused is None else {"type": "http.disconnect"}

        async def answer(message: Message) -> None:
            if refused is None:
                await send(message)

        try:
            await self._app(scope, bounded, answer)
        except ClientDisconnect:
            if refused is None:
                raise
        finally:
            self._held -= size
        if refused is not None:
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope, size: int) -> JSONResponse | None:
        """Return the answer to a body of which ``size`` bytes came, if they are too many."""
        largest = LARGEST_BODY if scope.get(PROVED) else LARGEST_UNPROVED
        if size > largest:
            return _refuse(largest)
        if self._held > MOST_HELD:
            return answer_to(UnavailableError("Too much is being sent at once; send it again later."))
        return None


def _refuse(largest: int) -> JSONResponse:
    sentence = f"The body is larger than {largest} bytes, or its length is none."
    return refusal(sentence, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
