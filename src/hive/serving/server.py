"""The server of one agent: listens, keeps the timers going, and stops cleanly."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from typing import TYPE_CHECKING

from framework.journal.files import FileJournal
from framework.runtime.schedule import read_schedule
from hive.listening import ServerOptions, address_of, asked_to_end, listen, serve_until
from hive.serving.hooks import hooks_of, timed
from hive.serving.http_app import serving_app
from hive.serving.reporting import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from framework.runner import AgentRunner
    from hive.serving.hooks import Hook

_OPTIONS = ServerOptions(most_requests=200, last_requests_s=5)


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
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # What it warns of is what clients get wrong.
    hooks = hooks_of(runner.package, runner.credentials.get, host)
    listening = listen(host, port)
    with listening, closing(runner), asked_to_end() as (ending, again):
        await runner.start()
        storage = runner.storage_path.absolute() if isinstance(runner.journal, FileJournal) else None
        reporter = Reporter(runner.runtime.executor.clock, storage, tell)
        reporter.follow(runner)
        try:
            tell(_lines(runner, hooks, address_of(host, listening)))
            app = serving_app(runner, hooks, host, reporter.refused)
            await serve_until(ending, app, listening, _OPTIONS, again)
        finally:
            reporter.stopping(grace_s)
            await _stop(runner, grace_s, again)
            reporter.ended()


async def _stop(runner: AgentRunner, grace_s: float, again: asyncio.Event) -> None:
    stopping = asyncio.create_task(runner.stop(grace_s), name="stop")
    impatient = asyncio.create_task(again.wait(), name="asked-again")
    await asyncio.wait({stopping, impatient}, return_when=asyncio.FIRST_COMPLETED)
    impatient.cancel()
    if not stopping.done():
        await runner.stop()
    await stopping


def _lines(runner: AgentRunner, hooks: Sequence[Hook], address: str) -> list[str]:
    lines = [f"Serving {runner.package.name} at {address}; Ctrl-C stops."]
    for hook in hooks:
        config = hook.gate.config
        signed = f"signed with {config.secret}" if config.secret else "unsigned, this machine only"
        lines.append(f"  {' '.join(config.methods)} {config.path}  starts {hook.spec.id} ({signed})")
    timers = timed(runner.package.triggers)
    lines += [f"  {read_schedule(spec.trigger_config)}  starts {spec.id}" for spec in timers]
    return [*lines, "  GET /health, GET /runs/ID"]
