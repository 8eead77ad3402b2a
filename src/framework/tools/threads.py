"""Threads for tools that block.

A thread cannot be killed. One whose call passed its time-out is abandoned: it
keeps running as a daemon, so it delays neither other tools nor the exit of the
process, and what it returns is dropped. Programs that it waits for are ended,
and it can start no more of them, which ends most such threads soon.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any

from framework.errors import ToolError


@dataclass(slots=True, eq=False)
class _Job:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    future: Future[Any] = field(default_factory=Future[Any])
    is_finished: bool = False
    is_abandoned: bool = False

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.context.run(self.function, *self.arguments)
        except BaseException as error:  # noqa: BLE001 - a thread boundary: the caller gets the error
            self.future.set_exception(_storable(error))
        else:
            self.future.set_result(result)


class ToolThreads:
    """Runs functions in daemon threads, at most ``limit`` of them at a time; the rest wait in order.

    Threads are kept for the next call. An abandoned one is replaced; with
    ``abandoned_limit`` of them still running, calls are refused.
    """

    def __init__(self, *, limit: int = 64, abandoned_limit: int = 256) -> None:
        """Start no thread yet."""
        self._limit = limit
        self._abandoned_limit = abandoned_limit
        self._changed = Condition()
        self._waiting: deque[_Job] = deque()
        self._threads = 0
        self._idle = 0
        self._abandoned: set[_Job] = set()

    @property
    def abandoned(self) -> int:
        """How many threads still run a call that nobody waits for."""
        return len(self._abandoned)

    async def run(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Return what ``function`` returns; it sees the context variables of the caller.

        A call cancelled while it waits for a thread never starts.

        Raises:
            ToolError: if too many abandoned threads are still running, or the system gives none.
        """
        job = _Job(function, arguments)
        self._submit(job)
        try:
            return await asyncio.wrap_future(job.future)
        except asyncio.CancelledError:
            self._abandon(job)
            raise

    async def until_left(self, is_meant: Callable[[contextvars.Context], bool]) -> None:
        """Wait until no abandoned thread runs a function whose context variables ``is_meant`` picks."""
        with self._changed:
            futures = [job.future for job in self._abandoned if is_meant(job.context)]
        await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)

    def _submit(self, job: _Job) -> None:
        with self._changed:
            if len(self._abandoned) >= self._abandoned_limit:
                raise ToolError(
                    f"{len(self._abandoned)} tool calls that passed their time-out are still running, "
                    "so no further one is started; mend the tool that hangs and restart the process."
                )
            self._waiting.append(job)
            self._provide_thread()

    def _provide_thread(self) -> None:
        if len(self._waiting) <= self._idle:
            self._changed.notify()
        elif self._threads < self._limit:
            self._start()

    def _start(self) -> None:
        try:
            Thread(target=self._work, name="framework-tool", daemon=True).start()
        except RuntimeError as error:
            if self._threads == 0:
                self._refuse_waiting(error)
        else:
            self._threads += 1

    def _refuse_waiting(self, error: RuntimeError) -> None:
        while self._waiting:
            future = self._waiting.popleft().future
            if future.set_running_or_notify_cancel():
                future.set_exception(
                    ToolError(f"The system gives no thread for a tool ({error}); try again.")
                )

    def _work(self) -> None:
        while self._finish(self._take()):
            pass

    def _take(self) -> _Job:
        with self._changed:
            while not self._waiting:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return self._waiting.popleft()

    def _finish(self, job: _Job) -> bool:
        """Run ``job``; return whether its thread is still wanted."""
        job.run()
        with self._changed:
            job.is_finished = True
            self._abandoned.discard(job)
            return not job.is_abandoned

    def _abandon(self, job: _Job) -> None:
        with self._changed:
            if job.is_finished or job.future.cancel():
                return
            job.is_abandoned = True
            self._abandoned.add(job)
            self._threads -= 1
            if self._waiting:
                self._provide_thread()


def _storable(error: BaseException) -> Exception:
    """Return ``error``, wrapped if raising it in a coroutine would mean something else."""
    if isinstance(error, Exception) and not isinstance(error, (StopIteration, StopAsyncIteration)):
        return error
    wrapped = ToolError(f"The function ended with {type(error).__name__}: {error}.")
    wrapped.__cause__ = error
    return wrapped


_PROCESS_THREADS = ToolThreads()


async def run_in_thread(function: Callable[..., Any], *arguments: object) -> Any:
    """Run ``function`` in the threads that all tools of the process share."""
    return await _PROCESS_THREADS.run(function, *arguments)


async def until_left(is_meant: Callable[[contextvars.Context], bool]) -> None:
    """Wait until no abandoned thread of the process runs what ``is_meant`` picks; see ``ToolThreads``."""
    await _PROCESS_THREADS.until_left(is_meant)
