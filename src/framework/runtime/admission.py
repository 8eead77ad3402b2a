"""Admission: which of the runs that were asked for may begin, and who owns those that did."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from framework.errors import InputError
from framework.journal.state import RunStatus
from framework.runtime.execution_stream import not_run, put_off
from framework.runtime.run_news import RunNews, RunStage
from framework.tools.programs import unowned_programs

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from framework.graph.result import ExecutionResult
    from framework.runtime.entry_point import EntryPointSpec
    from framework.runtime.execution_stream import Execution, ExecutionStream
    from framework.runtime.run_news import RunListener

    RunOne = Callable[[EntryPointSpec, Execution], Coroutine[Any, Any, None]]

_log = logging.getLogger("framework.runtime")

_REMOVED_KEPT = 16

STUBBORN_S = 10.0
"""Seconds a cancelled run may take to end; one that takes longer ignores cancellation."""


class Admission:
    """Begins runs while there is room, the highest priority first, then the earliest.

    A place is free again only when the task of its run is over, however it
    ended, so the limits hold under failure and cancellation as well.

    Attributes:
        streams: the entry points' runs, by id.
        is_open: whether runs begin.
        listeners: hear when a run waits, begins and is over; they must not raise.
    """

    def __init__(self, max_running: int, run: RunOne) -> None:
        """Let ``run`` carry out at most ``max_running`` runs at a time."""
        self.streams: dict[str, ExecutionStream] = {}
        self.is_open = False
        self.listeners: list[RunListener] = []
        self._max_running = max_running
        self._run = run
        self._live: dict[str, tuple[ExecutionStream, Execution]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._removed: deque[ExecutionStream] = deque(maxlen=_REMOVED_KEPT)

    @property
    def running(self) -> int:
        """The number of runs under way."""
        return len(self._tasks)

    def find(self, run_id: str) -> Execution | None:
        """Return a run that waits or is under way."""
        found = self._live.get(run_id)
        return found[1] if found is not None else None

    def result(self, run_id: str) -> ExecutionResult | None:
        """Return what a run came to, None if that is not known or was long ago."""
        results = (stream.result(run_id) for stream in (*self.streams.values(), *self._removed))
        return next((result for result in results if result is not None), None)

    def refuse_live(self, run_id: str) -> None:
        """Refuse to have one run twice.

        Raises:
            InputError: if the run waits or is under way.
        """
        if run_id in self._live:
            raise InputError(f"Run {run_id!r} is under way already; wait until it ends or pauses.")

    def put(self, stream: ExecutionStream, execution: Execution) -> None:
        """Let a run begin as soon as there is room.

        Raises:
            InputError: if the run waits or is under way already.
            QueueFullError: if too many wait already.
        """
        self.refuse_live(execution.run_id)
        stream.put(execution)
        self._live[execution.run_id] = (stream, execution)
        self._dispatch()
        if execution.task is None:
            self._tell(RunStage.WAITS, stream, execution)

    def tell_refused(self, stream: ExecutionStream, reason: str) -> None:
        """Tell that a timer could ask for no run."""
        result = not_run("", reason, RunStatus.FAILED)
        news = RunNews(stage=RunStage.REFUSED, run_id="", entry_point=stream.spec.id, result=result)
        for listen in self.listeners:
            listen(news)

    def withdraw(self, run_id: str, reason: str) -> bool:
        """Drop a run that waits; return whether it did."""
        stream, execution = self._live.get(run_id, (None, None))
        if stream is None or execution is None or execution.task is not None:
            return False
        self._drop(stream, execution, not_run(run_id, reason))
        return True

    def remove(self, entry_point_id: str, reason: str) -> bool:
        """Take no more runs at an entry point, drop those that wait; return whether there was one.

        What its runs came to stays known until a number of others were removed.
        """
        stream = self.streams.pop(entry_point_id, None)
        if stream is None:
            return False
        self._removed.append(stream)
        self.clear(stream, reason)
        return True

    def clear(self, stream: ExecutionStream, reason: str) -> None:
        """Drop all runs that wait at one entry point; those that are stored can be carried on."""
        for execution in stream.waiting():
            self._drop(stream, execution, _unbegun(execution, reason))

    async def close(self, grace_s: float, reason: str) -> None:
        """Drop what waits, give the others ``grace_s`` seconds to end, then cancel them."""
        self.is_open = False
        for stream in self.streams.values():
            self.clear(stream, reason)
        if self._tasks and grace_s > 0:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, stubborn = await asyncio.wait(self._tasks, timeout=STUBBORN_S)
            for task in stubborn:
                _log.error("run_does_not_stop", extra={"task": task.get_name()})

    def _drop(self, stream: ExecutionStream, execution: Execution, result: ExecutionResult) -> None:
        del self._live[execution.run_id]
        stream.withdraw(execution, result)
        self._tell(RunStage.OVER, stream, execution, result)

    def _dispatch(self) -> None:
        while self.is_open and len(self._tasks) < self._max_running:
            ready = [(stream, run) for stream in self.streams.values() if (run := stream.next) is not None]
            if not ready:
                return
            self._begin(*min(ready, key=lambda item: (-item[0].spec.priority, item[1].number)))

    def _begin(self, stream: ExecutionStream, execution: Execution) -> None:
        stream.begin(execution)
        with unowned_programs():  # It lasts longer than a call that may have asked for it.
            task = asyncio.create_task(self._run(stream.spec, execution), name=f"run {execution.run_id}")
        execution.task = task
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, stream, execution))
        self._tell(RunStage.BEGAN, stream, execution)

    def _ended(self, stream: ExecutionStream, execution: Execution, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        del self._live[execution.run_id]
        result = execution.result or _unbegun(execution, "The run was cancelled.")
        stream.end(execution, result)
        self._tell(RunStage.OVER, stream, execution, result)
        self._dispatch()

    def _tell(
        self,
        stage: RunStage,
        stream: ExecutionStream,
        execution: Execution,
        result: ExecutionResult | None = None,
    ) -> None:
        if not self.listeners:
            return
        news = RunNews(stage=stage, run_id=execution.run_id, entry_point=stream.spec.id, result=result)
        for listen in self.listeners:
            listen(news)


def _unbegun(execution: Execution, reason: str) -> ExecutionResult:
    is_left = execution.is_stored and not execution.is_cancelled
    return (put_off if is_left else not_run)(execution.run_id, reason)
