"""The paths of sockets, in front of the web app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from hive.control.api.live_routes import PATH as LIVE_PATH
from hive.control.api.live_words import VIEWERS
from hive.control.api.raw_socket import RawSocket
from hive.control.api.refusals import answer_to
from hive.control.api.socket_door import SocketDoor
from hive.control.api.socket_words import Hearing
from hive.control.api.socketio_socket import NAMESPACE, SocketIo
from hive.errors import ControlError, NotKnownError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from hive.control.api.parts import Parts
    from hive.control.api.socket_words import Word

RAW_PATH = NAMESPACE
SOCKETIO_PATH = "/socket.io"

# Every request of a polling client would have to reach the same process.
_NO_POLLING = 'Socket.IO is spoken over WebSocket alone here; connect with transports=["websocket"].'


class Sockets:
    """Takes what is asked for sockets, and passes on the rest."""

    def __init__(
        self, app: ASGIApp, *, parts: Parts, words: Mapping[str, Word], origins: Sequence[str]
    ) -> None:
        """Answer ``words``; let in pages of ``origins``."""
        self._app = app
        self._door = SocketDoor(parts, origins)
        hearing = Hearing(parts, words)
        self._raw = RawSocket(self._door, hearing)
        self._live = RawSocket(SocketDoor(parts, origins, VIEWERS), hearing, "subscribe")
        self._socketio = SocketIo(self._door, hearing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a socket, or let the web app serve."""
        app = self._of(scope)
        if app is None and scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        try:
            self._door.check_origin(Headers(scope=scope))
            if app is None:
                raise NotKnownError("There is no socket here; /docs tells where they are.")
            if scope["type"] == "http":
                raise RefusedInputError(_NO_POLLING)
        except ControlError as error:
            await answer_to(error)(scope, receive, send)
            return
        await app(scope, receive, send)

    def _of(self, scope: Scope) -> ASGIApp | None:
        path = scope.get("path", "").rstrip("/")
        if path == SOCKETIO_PATH and scope["type"] in {"http", "websocket"}:
            return self._socketio
        if scope["type"] != "websocket":
            return None
        return {RAW_PATH: self._raw, LIVE_PATH: self._live}.get(path)
