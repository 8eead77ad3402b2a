"""The plain WebSocket: a JSON object a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from hive.control.api.refusals import answer_to
from hive.control.api.socket_words import complaint
from hive.control.api.wire import Dialect, Wire, packed_text
from hive.control.domain.json_text import read_json
from hive.errors import ControlError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from hive.control.api.socket_door import SocketDoor
    from hive.control.api.socket_words import Hearing
    from hive.control.services.connections import Connection


def _bare(text: str) -> str:
    return text


def _is_text(text: str) -> bool:
    return bool(text)


_DIALECT = Dialect(form=_bare, packed=packed_text, is_sound=_is_text)


class RawSocket:
    """Serves plain WebSockets."""

    def __init__(self, door: SocketDoor, hearing: Hearing, opening: str | None = None) -> None:
        """Let in by ``door``, and pass on what is said to ``hearing``.

        Whoever comes asks for ``opening`` with the query of the address, unless that is None.
        """
        self._door = door
        self._hearing = hearing
        self._opening = opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one."""
        wire = Wire(receive, send, _DIALECT)

        async def speak(scope: Scope, receive: Receive, send: Send) -> None:
            await receive()  # It says that a client wants in, nothing else.
            try:
                connection = await self._door.admit(Headers(scope=scope), wire)
            except ControlError as error:
                await answer_to(error)(scope, receive, send)
                return
            await send({"type": "websocket.accept"})
            wire.join()
            if self._opening is not None:
                asked = dict(parse_qsl(scope["query_string"].decode()))
                await self._hearing.named(connection, self._opening, asked)
            await self._listen(connection, receive)

        await wire.run(speak, scope)

    async def _listen(self, connection: Connection, receive: Receive) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            try:
                said = read_json(message["text"].encode())
            except ValueError:
                connection.push(complaint("This is not JSON that can be read."))
                continue
            await self._hearing.frame(connection, said)
