"""Serving over HTTP until the process is asked to end."""

from __future__ import annotations

import asyncio
import ipaddress
import resource
import signal
import socket
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from hive.errors import CannotServeError

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

REQUEST_S = 10.0
"""Seconds in which the head of a request must come."""

MOST_WAITING = 500
"""Connections without a request; one more takes the place of the one that has waited longest."""

MOST_FILES = 65_536
"""Open files of a process that serves; each connection is one."""

LARGEST_MESSAGE = 2 * 1024 * 1024
"""Bytes of a WebSocket message that are taken; a larger one closes its socket with 1009."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How requests are served.

    Attributes:
        most_requests: requests under way at the same time; one more is answered with 503.
        last_requests_s: seconds for requests under way at the end.
        sockets: the WebSocket protocol, or none.
        most_sockets: WebSockets that are open at the same time; one more is answered with 503.
        trusted_proxies: addresses whose word about the client is taken.
    """

    most_requests: int
    last_requests_s: int
    sockets: Literal["none", "websockets-sansio"] | type[asyncio.Protocol] = "none"
    most_sockets: int = 0
    trusted_proxies: tuple[str, ...] = ()


class _Server(uvicorn.Server):
    """Leaves the signals to us: they stop more than the server."""

    def capture_signals(self) -> AbstractContextManager[None]:  # pyright: ignore[reportIncompatibleMethodOverride]  (the same use)
        return nullcontext()


class Connection(H11Protocol):
    """Speaks HTTP as uvicorn does, and waits for no one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None

    @property
    def waits_until(self) -> float | None:
        """When the wait for a request ends, by the loop's clock; None if nothing is waited for."""
        return None if self._deadline is None else self._deadline.when()

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  (as uvicorn does)
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > MOST_WAITING:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take what came; go on waiting if no request is whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._stop_waiting()

    def _watch(self) -> None:
        """Give a request a deadline for its coming; one that is under way has none here."""
        # Before its first request, uvicorn has None here, whatever its annotation says.
        cycle: Any = self.cycle
        is_served = cycle is not None and not cycle.response_complete
        if is_served or self not in self.connections:  # A WebSocket left for a protocol of its own.
            self._stop_waiting()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(REQUEST_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        waiting = [
            (each.waits_until, each.transport)
            for each in self.connections
            if isinstance(each, Connection) and each.waits_until is not None
        ]
        if len(waiting) > MOST_WAITING:
            min(waiting, key=lambda item: item[0])[1].close()


def allow_many_files() -> None:
    """Let this process have as many connections as the machine's limit for it allows."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most > MOST_FILES:
        most = MOST_FILES
    if allowed != resource.RLIM_INFINITY and allowed < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


class Crowd:
    """Lets a number of requests and of WebSockets in at a time; one more is asked to come again."""

    def __init__(self, app: Any, most: int, most_sockets: int = 0) -> None:
        """Let so many at a time reach the ASGI app ``app``."""
        self._app = app
        self._most = {"websocket": most_sockets}
        self._most_requests = most
        self._inside: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or answer it with status 503."""
        kind = scope["type"]
        if self._inside[kind] >= self._most.get(kind, self._most_requests):
            prefix = "websocket." if kind == "websocket" else ""
            for message in _BUSY:
                await send({**message, "type": prefix + message["type"]})
            return
        self._inside[kind] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside[kind] -= 1


_BUSY: tuple[dict[str, Any], ...] = (
    {
        "type": "http.response.start",
        "status": 503,
        "headers": [(b"content-type", b"application/json"), (b"retry-after", b"5")],
    },
    {"type": "http.response.body", "body": b'{"error": "Too many requests are under way."}'},
)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises:
        CannotServeError: if the address cannot be used.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotServeError(
            f"Nothing can be served at {host}:{port} ({error.strerror or error}); "
            "choose another --port or --host."
        ) from error
    # Connections inherit it: without, the second of two small writes waits for the client's delayed answer.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(host: str, listening: socket.socket) -> str:
    """Return the address a person types."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"


async def serve_until(
    ending: asyncio.Event, app: object, listening: socket.socket, options: ServerOptions
) -> None:
    """Serve an ASGI app until ``ending`` is set, and finish the requests under way."""
    config = uvicorn.Config(
        Crowd(app, options.most_requests, options.most_sockets),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws=options.sockets,
        ws_max_size=LARGEST_MESSAGE,
        # Each socket would compress each message anew, and keep what it needs for that.
        ws_per_message_deflate=False,
        http=Connection,
        timeout_graceful_shutdown=options.last_requests_s,
        proxy_headers=bool(options.trusted_proxies),
        forwarded_allow_ips=list(options.trusted_proxies),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http-server")
    waiting = asyncio.create_task(ending.wait(), name="asked-to-end")
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        waiting.cancel()
        await serving


@contextmanager
def asked_to_end() -> Generator[tuple[asyncio.Event, asyncio.Event]]:
    """Give two events: the process was asked to end, and asked again."""
    ending, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        (again if ending.is_set() else ending).set()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        if before[number] is not signal.SIG_IGN or number != signal.SIGHUP:  # nohup keeps it going.
            loop.add_signal_handler(number, asked)
    try:
        yield ending, again
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
