"""The server of one agent: listens, keeps the timers going, and stops cleanly."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING

import uvicorn

from framework.runtime.schedule import read_schedule
from hive.errors import CannotServeError
from hive.serving.hooks import hooks_of, timed
from hive.serving.http_app import serving_app

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractContextManager

    from framework.runner import AgentRunner
    from hive.serving.hooks import Hook

_MOST_CONNECTIONS = 200
_LAST_REQUESTS_S = 5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Server(uvicorn.Server):
    """Leaves the signals to us: they stop the agent, too."""

    def capture_signals(self) -> AbstractContextManager[None]:  # pyright: ignore[reportIncompatibleMethodOverride]  (the same use)
        return nullcontext()


async def serve(
    runner: AgentRunner,
    *,
    host: str,
    port: int,
    grace_s: float,
    tell: Callable[[Sequence[str]], None],
) -> None:
    """Serve the agent until the process is asked to end.

    Runs under way then get ``grace_s`` seconds; those that last longer are
    stopped where they are, and can be carried on. A second request ends them at once.

    Args:
        runner: the agent; it is started and stopped here.
        host: where to listen.
        port: the port; 0 takes a free one.
        grace_s: seconds for the runs under way at the end.
        tell: takes lines for the person.

    Raises:
        CannotServeError: if there is nothing to serve, or the address cannot be used.
        FrameworkError: if the agent cannot run.
    """
    hooks = hooks_of(runner.package, runner.credentials.get, host)
    listening = _listen(host, port)
    with listening, closing(runner), _asked_to_end() as (ending, again):
        await runner.start()
        try:
            tell(_lines(runner, hooks, host, listening.getsockname()[1]))
            await _until(ending, serving_app(runner, hooks, host), listening)
        finally:
            tell([f"Stopping; runs under way get {grace_s:g} s."])
            await _stop(runner, grace_s, again)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotServeError(
            f"Nothing can be served at {host}:{port} ({error.strerror or error}); "
            "choose another --port or --host."
        ) from error


async def _until(ending: asyncio.Event, app: object, listening: socket.socket) -> None:
    config = uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]  (an ASGI app)
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_LAST_REQUESTS_S,
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


async def _stop(runner: AgentRunner, grace_s: float, again: asyncio.Event) -> None:
    stopping = asyncio.create_task(runner.stop(grace_s), name="stop")
    impatient = asyncio.create_task(again.wait(), name="asked-again")
    await asyncio.wait({stopping, impatient}, return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    if not stopping.done():
        await runner.stop()
    await stopping


@contextmanager
def _asked_to_end() -> Generator[tuple[asyncio.Event, asyncio.Event], None, None]:
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


def _lines(runner: AgentRunner, hooks: Sequence[Hook], host: str, port: int) -> list[str]:
    shown = f"[{host}]" if ":" in host else host
    lines = [f"Serving {runner.package.name} at http://{shown}:{port}; Ctrl-C stops."]
    for hook in hooks:
        config = hook.gate.config
        signed = f"signed with {config.secret}" if config.secret else "unsigned, this machine only"
        lines.append(f"  {' '.join(config.methods)} {config.path}  starts {hook.spec.id} ({signed})")
    timers = timed(runner.package.triggers)
    lines += [f"  {read_schedule(spec.trigger_config)}  starts {spec.id}" for spec in timers]
    return [*lines, "  GET /health, GET /runs/ID"]
