"""Connections whose request has not come as a whole: how long they may take, and how many there may be."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from hive.refusal import raw_refusal, refusal_messages

LINGER_S = 5.0
"""Seconds that a client has to read its answer, once its connection is being closed."""

MOST_GATHERED = 64 * 1024
"""Bytes of a body that are held until it is whole."""

_UNANSWERED = (h11.IDLE, h11.SEND_RESPONSE)
_SENTENCES = {
    HTTPStatus.REQUEST_TIMEOUT: "The request took too long to come.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many requests are on their way; send it again.",
}
_NO_HTTP = "What came is no HTTP request."
_LONG_HEAD = "The head of the request is too long."
_THE_END = "The server ends; send it again."
_HOSTS_IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What is waited for.

    Attributes:
        head_s: seconds in which the head of a request must come.
        body_s: seconds in which its body must come, from the head on.
        most: connections that may be waited for at the same time.
        most_open: connections of every kind that may be open.
    """

    head_s: float = 10.0
    body_s: float = 30.0
    most: int = 500
    most_open: int = 10_000


WAITS = Waits()
"""What is waited for, unless somebody says otherwise."""


def network_of(host: str) -> str:
    """Return what counts as one client: of IPv6 the network, where a host takes any address it likes."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    return str(address.ipv4_mapped or ipaddress.IPv6Network((int(address), _HOSTS_IPV6_PREFIX), strict=False))


class Lobby:
    """Holds the connections that are waited for: one too many takes the place of another.

    That is the one that has been here longest, of the address that has the most: who sends a request as a
    whole is hardly ever here, and who sends halves is in the way of nobody else.

    Attributes:
        waits: how long, and how many.
        refused: how many connections were closed with which status, for want of a request in time or of room.
    """

    def __init__(self, waits: Waits = WAITS) -> None:
        """Hold to ``waits``."""
        self.waits = waits
        self.refused: Counter[HTTPStatus] = Counter(dict.fromkeys(_SENTENCES, 0))
        self._here: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def enter(self, connection: Connection) -> None:
        """Take a connection, and send another away if that is one too many."""
        guests = self._here[connection.network]
        if connection in guests:
            return
        guests[connection] = None
        self._count += 1
        if self._count > self.waits.most:
            most = max(self._here.values(), key=len)
            next(iter(most)).refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def leave(self, connection: Connection) -> None:
        """Let go of a connection, if it is here."""
        guests = self._here.get(connection.network, {})
        if connection in guests:
            del guests[connection]
            self._count -= 1
            if not guests:
                del self._here[connection.network]


class Gathered:
    """Passes a request on once its body is whole, or longer than is held here: halves take nobody's time."""

    def __init__(self, app: Any) -> None:
        """Pass on to the ASGI app ``app``."""
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, unless its client is gone before."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, is_more = bytearray(), True
        while is_more and len(body) <= MOST_GATHERED:
            try:
                message = await receive()
            except asyncio.CancelledError:  # The server ends.
                for message in refusal_messages(HTTPStatus.SERVICE_UNAVAILABLE, _THE_END, is_last=True):
                    await send(message)
                raise
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
        gathered = [{"type": "http.request", "body": bytes(body), "more_body": is_more}]
        del body

        async def receive_on() -> Any:
            return gathered.pop() if gathered else await receive()

        await self._app(scope, receive_on, send)


class Connection(H11Protocol):
    """Speaks HTTP as uvicorn does, and waits for no one.

    Attributes:
        network: of the client, as :func:`network_of` says; behind a proxy, of that.
    """

    def __init__(self, *args: Any, lobby: Lobby, **options: Any) -> None:
        """Take what uvicorn gives, and wait in ``lobby``."""
        super().__init__(*args, **options)
        self.network = ""
        self._lobby = lobby
        self._deadline: asyncio.TimerHandle | None = None
        self._is_body_due = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  (as uvicorn does)
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.network = network_of(self.client[0]) if self.client else ""
        if len(self.connections) > self._lobby.waits.most_open:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came; go on waiting if no request is whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._stop_waiting()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nobody uses, even if its client does not read the answer it asked for."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(LINGER_S, self.transport.abort)

    def refuse(self, status: HTTPStatus) -> None:
        """Close, and say why, unless nothing came for too long: then nobody asked."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        self._lobby.refused[status] += 1
        cycle = self._cycle()
        has_begun = cycle is not None or self.conn.trailing_data[0]
        if (has_begun or status == HTTPStatus.SERVICE_UNAVAILABLE) and self.conn.our_state in _UNANSWERED:
            self._say(status, _SENTENCES[status])
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
        self.loop.call_later(LINGER_S, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Close, because what came cannot be read, and say so where no other answer is under way."""
        del msg
        if self.conn.our_state in _UNANSWERED:
            # uvicorn calls this where it catches what h11 raised, and passes nothing of that on.
            error = sys.exception()
            hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else None
            if hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
                self._say(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _LONG_HEAD)
            else:
                self._say(HTTPStatus.BAD_REQUEST, _NO_HTTP)
        self.transport.close()
        self.loop.call_later(LINGER_S, self.transport.abort)

    def _say(self, status: HTTPStatus, sentence: str) -> None:
        headers, body = raw_refusal(status, sentence, is_last=True)
        head = h11.Response(status_code=status, headers=headers, reason=status.phrase)
        with suppress(h11.LocalProtocolError):  # What has come may be none of HTTP.
            for part in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(part) or b"")

    def _watch(self) -> None:
        """Give what is to come a deadline; a request that is whole and under way has none here."""
        cycle = self._cycle()
        is_upgraded = self not in self.connections  # A WebSocket left for a protocol of its own.
        if is_upgraded or self.transport.is_closing() or (cycle is not None and not cycle.more_body):
            self._stop_waiting()
            return
        is_body_due = cycle is not None
        if self._deadline is not None and self._is_body_due == is_body_due:
            return
        self._stop_timer()
        waits = self._lobby.waits
        self._is_body_due = is_body_due
        self._deadline = self.loop.call_later(
            waits.body_s if is_body_due else waits.head_s, self.refuse, HTTPStatus.REQUEST_TIMEOUT
        )
        self._lobby.enter(self)

    def _cycle(self) -> Any:
        """Return the request that is under way, if there is one; its body may not be whole."""
        # Before its first request, uvicorn has None here, whatever its annotation says.
        cycle: Any = self.cycle
        return None if cycle is None or cycle.response_complete else cycle

    def _stop_waiting(self) -> None:
        self._stop_timer()
        self._lobby.leave(self)

    def _stop_timer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
