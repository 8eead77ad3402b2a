"""The WebSocket protocol of the server, which lets go of clients that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    import asyncio

LINGER_S = 12.0
"""Seconds in which a client must answer a close, and read what was sent before; the close itself takes 10."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """Speaks WebSocket as uvicorn does; a client that never reads again keeps nothing open."""

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """Cut the connection some time after the app is done with it, if it is still there."""
        super().on_task_complete(task)
        self.loop.call_later(LINGER_S, self.transport.abort)
