"""The WebSocket protocol of the server, which lets go of clients that do not."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hive.control.api.wire import WRITE_NOW

if TYPE_CHECKING:
    import asyncio

    from websockets.http11 import Request

LINGER_S = 12.0
"""Seconds in which a client must answer a close, and read what was sent before; the close itself takes 10."""

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class SocketProtocol(WebSocketsSansIOProtocol):
    """Speaks WebSocket as uvicorn does; a client that never reads again keeps nothing open."""

    def handle_connect(self, event: Request) -> None:
        """Begin, and let the app write whole frames."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            extensions = cast("dict[str, object]", self.scope.get("extensions"))
            extensions[WRITE_NOW] = self.write_now

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that HTTP allows and WebSocket does not ends the connection.

        uvicorn would wait for more of it, for ever, and what comes next would raise.
        """
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.handshake_complete = self.close_sent = True
            self.transport.write(b"".join(self.conn.data_to_send()) or _BAD_REQUEST)
            self.transport.close()

    def write_now(self, frame: bytes) -> bool:
        """Write a whole frame if the client keeps up with reading, and return whether it was written."""
        is_open = self.handshake_complete and not self.close_sent and not self.transport.is_closing()
        if not is_open or not self.writable.is_set():
            return False
        self.transport.write(frame)
        return True

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Cut the connection some time after the app is done with it, if it is still there."""
        super().on_task_complete(task)
        self.loop.call_later(LINGER_S, self.transport.abort)
