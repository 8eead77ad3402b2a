"""Forcing files to the disk without holding the event loop up."""

from __future__ import annotations

import asyncio
import time
import weakref
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ON_THE_SPOT_S = 0.0005
"""Seconds for which the event loop waits for a disk that answered as fast the last time."""


class DiskSync:
    """Runs calls that force a file to the disk in threads.

    Handing a result from a thread back to the event loop takes as long as a
    fast disk takes to answer. So such a disk is waited for on the spot, for
    ``ON_THE_SPOT_S`` at most, and any slower one is awaited.
    """

    def __init__(self) -> None:
        """Begin without a thread."""
        self._last_s = 0.0
        self._is_busy = False
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        weakref.finalize(self, self._jobs.put, None)

    async def run(self, sync: Callable[[int], None], fd: int) -> None:
        """Call ``sync`` with a file descriptor; if this is cancelled, the call goes on in its thread.

        Raises:
            OSError: if the call did.
        """
        if self._is_busy or self._last_s > ON_THE_SPOT_S:
            self._last_s = await asyncio.to_thread(_timed, sync, fd)
            return
        self._is_busy = True
        job = _Job(sync, fd)
        try:
            self._start(job)
            if not job.done.acquire(timeout=ON_THE_SPOT_S):
                self._last_s = ON_THE_SPOT_S * 2
                await asyncio.to_thread(job.done.acquire)
            self._last_s = job.seconds()
        finally:
            self._is_busy = False

    def _start(self, job: _Job) -> None:
        if self._thread is None or not self._thread.is_alive():  # It is not, in a child that was forked.
            self._thread = Thread(target=_work, args=(self._jobs,), name="journal-sync", daemon=True)
            self._thread.start()
        self._jobs.put(job)


class _Job:
    """A call in a thread; ``done`` is free as soon as it is known what came of it."""

    __slots__ = ("_call", "_failure", "_fd", "_seconds", "done")

    def __init__(self, call: Callable[[int], None], fd: int) -> None:
        self._call = call
        self._fd = fd
        self._seconds = 0.0
        self._failure: BaseException | None = None
        self.done = Lock()
        self.done.acquire()

    def carry_out(self) -> None:
        """Make the call."""
        try:
            self._seconds = _timed(self._call, self._fd)
        except BaseException as error:  # noqa: BLE001  (the boundary of a thread: whoever waits raises it)
            self._failure = error
        self.done.release()

    def seconds(self) -> float:
        """Return how long the call took.

        Raises:
            OSError: if the call did.
        """
        if self._failure is not None:
            raise self._failure
        return self._seconds


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job.carry_out()
        del job


def _timed(call: Callable[[int], None], fd: int) -> float:
    started = time.perf_counter()
    call(fd)
    return time.perf_counter() - started
