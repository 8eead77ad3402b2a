"""Socket.IO over WebSocket: the namespace that SDKs and dashboards connect to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import socketio  # pyright: ignore[reportMissingTypeStubs]  (it has none)
from socketio.exceptions import ConnectionRefusedError as Refusal  # pyright: ignore[reportMissingTypeStubs]  (it has none)
from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet  # pyright: ignore[reportMissingTypeStubs]  (it has none)
from starlette.datastructures import Headers

from hive.control.api.socket_words import complaint
from hive.control.api.wire import Dialect, Wire, packed_text
from hive.control.domain.json_text import read_json, write_json
from hive.control.services.connections import Connection, Ending
from hive.errors import ControlError
from hive.listening import LARGEST_MESSAGE

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from hive.control.api.socket_door import SocketDoor
    from hive.control.api.socket_words import Hearing

NAMESPACE = "/v1/control/ws"
"""The one namespace there is."""

_UNREADABLE = "unreadable"
_RESERVED = frozenset({"connect", "disconnect", "*"})
_WIRE = "hive.wire"
_LEFT = Ending(1000, "The client left.")


def _wrapped(text: str) -> str:
    return f'42{NAMESPACE},["message",{text}]'


def _packed(text: str) -> bytes:
    return packed_text(_wrapped(text))


def _is_sound(text: str) -> bool:
    """Whether a text is a close, a pong, or a message with a packet in it: a client sends nothing else."""
    return text[:1] in {"1", "3"} or (text[:1] == "4" and text[1:2].isdecimal())


_DIALECT = Dialect(
    form=_wrapped,
    packed=_packed,
    is_sound=_is_sound,
    request="40",
    welcome=f"40{NAMESPACE},",
    farewell=f"41{NAMESPACE},",
)


def _is_name(said: object) -> bool:
    """Whether an event may go by this: those the library raises by itself are none of a client's."""
    return isinstance(said, str) and said not in _RESERVED


class _Json:
    """JSON as this program reads and writes it elsewhere."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return write_json(value).decode()

    @staticmethod
    def loads(text: str) -> object:
        return read_json(text.encode())


class _Packet(Packet):
    """A packet; what a client must not send comes as an event that only says so."""

    json = _Json

    def decode(self, encoded_packet: str) -> int:
        try:
            attachments = super().decode(encoded_packet) or 0  # pyright: ignore[reportUnknownMemberType]  (it has no types)
        except ValueError:
            attachments = -1
        if attachments or not self._is_allowed():
            self.packet_type, self.namespace, self.id, self.data = EVENT, NAMESPACE, None, [_UNREADABLE]
        if self.packet_type == EVENT:
            self.id = None  # Nobody is told that a message came; answers would wait without a bound.
        return 0

    def _is_allowed(self) -> bool:
        if self.packet_type == EVENT:
            data: Any = self.data
            return isinstance(data, list) and bool(data) and _is_name(data[0])  # pyright: ignore[reportUnknownArgumentType]  (checked there)
        return self.packet_type in {CONNECT, DISCONNECT} and self.namespace == NAMESPACE


class SocketIo:
    """Serves Socket.IO; each process reaches its own clients, announcements reach every process."""

    def __init__(self, door: SocketDoor, hearing: Hearing) -> None:
        """Let in by ``door``, and pass on what is said to ``hearing``."""
        self._door = door
        self._hearing = hearing
        self._connections: dict[str, Connection] = {}
        logger = logging.getLogger("hive.control.socketio")
        logger.setLevel(logging.ERROR)
        options: dict[str, Any] = {
            "async_mode": "asgi",
            "transports": ["websocket"],
            "namespaces": [NAMESPACE],
            "serializer": _Packet,
            "async_handlers": False,
            "monitor_clients": False,  # Silence ends a WebSocket all the same.
            "cors_allowed_origins": [],  # The door has checked.
            "max_http_buffer_size": LARGEST_MESSAGE,
            "logger": logger,
            "engineio_logger": logger,
        }
        self._server: Any = socketio.AsyncServer(**options)
        self._server.on("connect", self._connect, namespace=NAMESPACE)
        self._server.on("disconnect", self._disconnect, namespace=NAMESPACE)
        self._server.on("*", self._heard, namespace=NAMESPACE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket."""
        wire = Wire(receive, send, _DIALECT)
        scope[_WIRE] = wire
        await wire.run(self._server.handle_request, scope)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        scope = environ["asgi.scope"]
        wire: Wire = scope[_WIRE]
        fields = cast("dict[str, object]", auth) if isinstance(auth, dict) else {}
        token = fields.get("token")
        try:
            self._connections[sid] = await self._door.admit(
                Headers(scope=scope), wire, token if isinstance(token, str) else ""
            )
        except ControlError as error:
            raise Refusal(str(error)) from error
        wire.stack.callback(self._connections.pop, sid, None)

    async def _disconnect(self, sid: str, reason: str) -> None:
        del reason
        connection = self._connections.pop(sid, None)
        if connection is not None:
            connection.close(_LEFT)

    async def _heard(self, name: str, sid: str, *said: object) -> None:
        connection = self._connections.get(sid)
        if connection is None:
            return
        if name == _UNREADABLE:
            connection.push(complaint("This is not a message that can be read."))
            return
        await self._hearing.named(connection, name, said[0] if said else None)
