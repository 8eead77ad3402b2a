"""The timers of an agent: they ask for runs at the entry points that a clock starts."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from framework.credentials.failure_text import without_secrets
from framework.errors import FrameworkError
from framework.runtime.entry_point import TriggerType
from framework.runtime.schedule import read_schedule
from framework.runtime.timer import Timer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from framework.clock import Clock
    from framework.runtime.execution_stream import ExecutionStream

    Ask = Callable[[str, Mapping[str, Any] | None], Awaitable[object]]
    Refused = Callable[[ExecutionStream, str], None]

_log = logging.getLogger("framework.runtime")


class EntryTimers:
    """One task for each entry point that a clock starts."""

    def __init__(self, clock: Clock, ask: Ask, refused: Refused) -> None:
        """Fire by ``clock``.

        Args:
            clock: tells the time.
            ask: asks for a run at an entry point, with its input.
            refused: is told when there can be none, and why.
        """
        self._clock = clock
        self._ask = ask
        self._refused = refused
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, stream: ExecutionStream) -> None:
        """Start the timer of an entry point, if it has one."""
        spec = stream.spec
        if not TriggerType(spec.trigger_type).is_timed:
            return
        timer = Timer(
            read_schedule(spec.trigger_config),
            self._clock,
            partial(self._tick, stream),
            is_immediate=bool(spec.trigger_config.get("run_immediately")),
        )
        task = self._tasks[spec.id] = asyncio.create_task(timer.run(), name=f"timer {spec.id}")
        task.add_done_callback(partial(_ended, spec.id))

    def cancel(self, entry_point_id: str) -> None:
        """Stop the timer of an entry point, if it has one."""
        task = self._tasks.pop(entry_point_id, None)
        if task is not None:
            task.cancel()

    def cancel_all(self) -> list[asyncio.Task[None]]:
        """Stop every timer; return their tasks, to be awaited."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        return tasks

    async def _tick(self, stream: ExecutionStream) -> None:
        """Ask for a run, unless as many as may be are there already: ticks never pile up."""
        if not stream.has_free_place:
            stream.skipped += 1
            return
        try:
            await self._ask(stream.spec.id, stream.spec.trigger_config.get("input"))
        except FrameworkError as error:
            reason = without_secrets(str(error))
            _log.error("tick_failed", extra={"entry_point": stream.spec.id, "error": reason})
            self._refused(stream, reason)
        except Exception:  # noqa: BLE001  (the boundary of a timer's task: the next tick may do better)
            _log.exception("tick_failed", extra={"entry_point": stream.spec.id})


def _ended(entry_point_id: str, task: asyncio.Task[None]) -> None:
    """Log why a timer ended that nobody stopped."""
    if not task.cancelled():
        _log.error("timer_ended", exc_info=task.exception(), extra={"entry_point": entry_point_id})
