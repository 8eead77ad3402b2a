"""Forcing files to the disk without holding the event loop up."""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections import deque
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
        self._hand: _Hand | None = None

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
            if not self._is_given(job):
                self._last_s = await asyncio.to_thread(_timed, sync, fd)
                return
            if not job.done.acquire(timeout=ON_THE_SPOT_S):
                self._last_s = ON_THE_SPOT_S * 2
                await asyncio.to_thread(job.done.acquire)
            self._last_s = job.seconds()
        finally:
            self._is_busy = False

    def _is_given(self, job: _Job) -> bool:
        """Hand a job on, unless there can be no thread for it, as where too many files are open."""
        try:
            if self._hand is None or not self._hand.is_alive:
                self._hand = _Hand()
        except (OSError, RuntimeError):
            return False
        self._hand.give(job)
        return True


class _Hand:
    """A thread that carries out one job after the other, until this object goes.

    It is woken by a byte in a pipe: whoever writes one lets go of the
    interpreter meanwhile, so that the thread finds it free. A lock or a queue
    wakes it first, and it would have to sleep a second time.
    """

    def __init__(self) -> None:
        self._jobs: deque[_Job | None] = deque()
        ear, self._mouth = os.pipe()
        self._thread = Thread(target=_work, args=(self._jobs, ear), name="journal-sync", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            os.close(ear)
            os.close(self._mouth)
            raise
        weakref.finalize(self, _end, self._jobs, ear, self._mouth, os.getpid())

    @property
    def is_alive(self) -> bool:
        """Whether it takes jobs, which in a child that was forked it does not."""
        return self._thread.is_alive()

    def give(self, job: _Job) -> None:
        """Have a job carried out after those that were given before."""
        self._jobs.append(job)
        os.write(self._mouth, b"\0")


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


def _work(jobs: deque[_Job | None], ear: int) -> None:
    while os.read(ear, 1) and (job := jobs.popleft()) is not None:
        job.carry_out()
        del job
    os.close(ear)


def _end(jobs: deque[_Job | None], ear: int, mouth: int, pid: int) -> None:
    """Tell the thread to end; a child that was forked has none, and both ends of the pipe."""
    if os.getpid() == pid:
        jobs.append(None)
        os.write(mouth, b"\0")
    else:
        os.close(ear)
    os.close(mouth)


def _timed(call: Callable[[int], None], fd: int) -> float:
    started = time.perf_counter()
    call(fd)
    return time.perf_counter() - started
