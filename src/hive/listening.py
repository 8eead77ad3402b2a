"""Serving over HTTP until the process is asked to end."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import resource
import signal
import socket
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, cast

import uvicorn

from hive.errors import CannotServeError
from hive.lobby import Connection, Gathered, Lobby
from hive.refusal import refusal_messages

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

MOST_FILES = 65_536
"""Open files of a process that serves; each connection is one."""

LARGEST_MESSAGE = 2 * 1024 * 1024
"""Bytes of a WebSocket message that are taken; a larger one closes its socket with 1009."""

_BUSY = "Too many requests are under way."
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
        lobby: where requests wait that have not come as a whole.
    """

    most_requests: int
    last_requests_s: int
    sockets: Literal["none", "websockets-sansio"] | type[asyncio.Protocol] = "none"
    most_sockets: int = 0
    trusted_proxies: tuple[str, ...] = ()
    lobby: Lobby = field(default_factory=Lobby)


class _Server(uvicorn.Server):
    """Leaves the signals to us: they stop more than the server."""

    def capture_signals(self) -> AbstractContextManager[None]:  # pyright: ignore[reportIncompatibleMethodOverride]  (the same use)
        return nullcontext()


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
            for message in refusal_messages(HTTPStatus.SERVICE_UNAVAILABLE, _BUSY, prefix=prefix):
                await send(message)
            return
        self._inside[kind] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside[kind] -= 1


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
            f"Nothing can be served at {host}:{port} ({_cause(error)}); choose another --port or --host."
        ) from error
    # Connections inherit it: without, the second of two small writes waits for the client's delayed answer.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _cause(error: OSError) -> str:
    """Return the system's own words: Python repeats the address in them, and of names it knows others."""
    if error.errno is None or isinstance(error, socket.gaierror):
        return error.strerror or str(error)
    return os.strerror(error.errno)


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
    ending: asyncio.Event,
    app: object,
    listening: socket.socket,
    options: ServerOptions,
    again: asyncio.Event | None = None,
) -> None:
    """Serve an ASGI app until ``ending`` is set, and finish what is under way; ``again`` cuts that off."""
    config = uvicorn.Config(
        Gathered(Crowd(app, options.most_requests, options.most_sockets)),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws=options.sockets,
        ws_max_size=LARGEST_MESSAGE,
        # Each socket would compress each message anew, and keep what it needs for that.
        ws_per_message_deflate=False,
        # It calls this as it would a class.
        http=cast("type[asyncio.Protocol]", partial(Connection, lobby=options.lobby)),
        timeout_graceful_shutdown=options.last_requests_s,
        proxy_headers=bool(options.trusted_proxies),
        forwarded_allow_ips=list(options.trusted_proxies),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http-server")
    waiting = asyncio.create_task(ending.wait(), name="asked-to-end")
    impatient = asyncio.create_task((again or asyncio.Event()).wait(), name="asked-again")
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        waiting.cancel()
        await asyncio.wait({serving, impatient}, return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        if not serving.done():
            _cut_off(server)
        await serving


def _cut_off(server: uvicorn.Server) -> None:
    """Let a server that is ending wait for nobody: what is under way is cancelled, and answers so."""
    for task in server.server_state.tasks:
        task.cancel()
    server.force_exit = True


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
