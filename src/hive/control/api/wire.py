"""One WebSocket, whatever is spoken over it: every wait is bounded, and it can be ended from anywhere."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hive.control.services.connections import TOO_SLOW, Ending, Form, Frame

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WRITE_NOW = "hive.write_now"
"""The extension by which a server takes the bytes of a whole frame at once, or says that it cannot."""

JOIN_S = 10.0
"""Seconds in which a client must have said who it is."""

SLOWEST_S = 10.0
"""Seconds in which a client must have made room for a message."""

UNREADABLE = Ending(1003, "What came is not what is spoken here.")
NEVER_JOINED = Ending(1008, "Nobody said who is there.")
_GOODBYE_S = 1.0
_TEXT, _SHORT, _MEDIUM = 0x81, 126, 0xFFFF
_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What is spoken over a WebSocket.

    Attributes:
        form: wraps the JSON of a message.
        packed: the same, as the bytes of one WebSocket frame, see :func:`packed_text`.
        is_sound: whether a text that came can be passed on.
        request: how the text begins by which a client asks to be let in, which it does once.
        welcome: how the text begins that lets a client in; messages follow it.
        farewell: a text by which a client learns that it should not come back.
    """

    form: Form[str]
    packed: Form[bytes]
    is_sound: Callable[[str], bool]
    request: str | None = None
    welcome: str | None = None
    farewell: str | None = None


def packed_text(text: str) -> bytes:
    """Return a text message as a server sends it, not compressed: RFC 6455, section 5.2."""
    data = text.encode()
    size = len(data)
    if size < _SHORT:
        head = struct.pack("!BB", _TEXT, size)
    elif size <= _MEDIUM:
        head = struct.pack("!BBH", _TEXT, _SHORT, size)
    else:
        head = struct.pack("!BBQ", _TEXT, _SHORT + 1, size)
    return head + data


class Wire:
    """A WebSocket of the server's, between it and an app that speaks a dialect."""

    def __init__(self, receive: Receive, send: Send, dialect: Dialect) -> None:
        """Stand between the server's ``receive`` and ``send`` and an app."""
        self._receive = receive
        self._send = send
        self._dialect = dialect
        self._loop = asyncio.get_running_loop()
        self._join_by = self._loop.time() + JOIN_S
        self._joined = asyncio.Event()
        self._has_asked = False
        self._limits: set[asyncio.Timeout] = set()
        self._ending: Ending | None = None
        self._goodbye: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()
        self._write_now: Callable[[bytes], bool] | None = None

    @property
    def is_joined(self) -> bool:
        """Whether the client was let in."""
        return self._joined.is_set()

    @property
    def stack(self) -> AsyncExitStack:
        """What is left when the WebSocket is gone."""
        return self._stack

    def join(self) -> None:
        """Let messages pass."""
        self._joined.set()

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let ``app`` speak until it or the client ends."""
        self._write_now = scope.get("extensions", {}).get(WRITE_NOW)
        try:
            async with self._stack:
                await app(scope, self.receive, self.send)
        finally:
            if self._goodbye is not None:
                await self._goodbye

    async def deliver(self, frame: Frame) -> None:
        """Send a message, after the client was let in, and wait until the transport took it.

        Raises:
            ConnectionError: if the client is gone, or reads too slowly.
        """
        await self._joined.wait()
        await self.send({"type": "websocket.send", "text": frame.written(self._dialect.form)})

    def deliver_now(self, frame: Frame) -> bool:
        """Send a message if the server can take it at once, and return whether it did."""
        if self._write_now is None or self._ending is not None or not self.is_joined:
            return False
        return self._write_now(frame.written(self._dialect.packed))

    def end(self, ending: Ending) -> None:
        """Close; what follows is neither sent nor heard."""
        if self._ending is not None:
            return
        self._ending = ending
        _log.info("socket_ended", extra={"code": ending.code, "reason": ending.reason})
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(self._loop.time())
        self._goodbye = asyncio.create_task(self._say(ending), name="socket-goodbye")

    async def receive(self) -> Message:
        """Return what came; that the client is gone, if it is or the wire was ended."""
        message = await self._next()
        if message.get("type") == "websocket.receive" and not self._is_sound(message.get("text")):
            self.end(UNREADABLE)
        if self._ending is not None:
            return {"type": "websocket.disconnect", "code": self._ending.code, "reason": self._ending.reason}
        return message

    async def send(self, message: Message) -> None:
        """Send what an app sends.

        Raises:
            ConnectionError: if the client is gone, or reads too slowly.
        """
        if self._ending is not None:
            raise ConnectionAbortedError(self._ending.reason)
        try:
            async with self._limited(self._loop.time() + SLOWEST_S):
                await self._send(message)
        except TimeoutError as error:
            self.end(TOO_SLOW)
            raise ConnectionAbortedError(TOO_SLOW.reason) from error
        except (OSError, RuntimeError) as error:  # The server says so of a WebSocket that was closed.
            raise ConnectionResetError("The client is gone.") from error
        welcome = self._dialect.welcome
        if welcome is not None and str(message.get("text", "")).startswith(welcome):
            self.join()

    async def _next(self) -> Message:
        """Return what the server gives; nothing once the wire was ended."""
        while self._ending is None:
            try:
                async with self._limited(None if self.is_joined else self._join_by):
                    return await self._receive()
            except TimeoutError:
                if not self.is_joined:  # The client may have been let in within this wait.
                    self.end(NEVER_JOINED)
        return {}

    def _is_sound(self, text: str | None) -> bool:
        if text is None or not self._dialect.is_sound(text):
            return False
        if self._dialect.request is None or not text.startswith(self._dialect.request):
            return True
        has_asked, self._has_asked = self._has_asked, True
        return not has_asked

    async def _say(self, ending: Ending) -> None:
        """Tell the client why; one that does not read is left without."""
        farewell = self._dialect.farewell if ending.is_final and self.is_joined else None
        try:
            async with asyncio.timeout(_GOODBYE_S):
                if farewell is not None:
                    await self._send({"type": "websocket.send", "text": farewell})
                await self._send({"type": "websocket.close", "code": ending.code, "reason": ending.reason})
        except (OSError, RuntimeError, TimeoutError):
            return

    @asynccontextmanager
    async def _limited(self, until: float | None) -> AsyncGenerator[None]:
        """Bound a wait by a time of the loop, and by the end of the wire."""
        async with asyncio.timeout_at(until) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)
