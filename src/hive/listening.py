"""Serving over HTTP until the process is asked to end."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import uvicorn

from hive.errors import CannotServeError

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How requests are served.

    Attributes:
        most_connections: connections beyond it are answered with 503.
        last_requests_s: seconds for requests under way at the end.
        sockets: the WebSocket protocol, or none.
        trusted_proxies: addresses whose word about the client is taken.
    """

    most_connections: int
    last_requests_s: int
    sockets: Literal["none", "websockets-sansio"] = "none"
    trusted_proxies: tuple[str, ...] = ()


class _Server(uvicorn.Server):
    """Leaves the signals to us: they stop more than the server."""

    def capture_signals(self) -> AbstractContextManager[None]:  # pyright: ignore[reportIncompatibleMethodOverride]  (the same use)
        return nullcontext()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises:
        CannotServeError: if the address cannot be used.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotServeError(
            f"Nothing can be served at {host}:{port} ({error.strerror or error}); "
            "choose another --port or --host."
        ) from error


def address_of(host: str, listening: socket.socket) -> str:
    """Return the address a person types."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"


async def serve_until(
    ending: asyncio.Event, app: object, listening: socket.socket, options: ServerOptions
) -> None:
    """Serve an ASGI app until ``ending`` is set, and finish the requests under way."""
    config = uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]  (an ASGI app)
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws=options.sockets,
        limit_concurrency=options.most_connections,
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
