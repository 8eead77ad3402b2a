"""A thread with an event loop of its own, for what must outlive the event loop of one run."""

from __future__ import annotations

import asyncio
import logging
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from framework.tools.programs import unowned_programs

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

_T = TypeVar("_T")

_log = logging.getLogger("framework.tools.mcp")


class LoopThread:
    """Runs coroutines in one thread, which starts with the first and ends with ``stop``.

    The thread is a daemon only because the interpreter joins all others before
    it calls what is registered to stop this one.
    """

    def __init__(self, name: str) -> None:
        """Start nothing yet."""
        self._name = name
        self._lock = Lock()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run ``coroutine`` in the thread; cancelling the future cancels it."""
        with self._lock, unowned_programs():  # A server serves more than the call that happens to start it.
            return asyncio.run_coroutine_threadsafe(coroutine, self._started())

    def stop(self, *, timeout_s: float) -> None:
        """Cancel what still runs and wait for the thread to end; without a thread do nothing."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None or self._loop is None or self._stopping is None:
                return
            self._loop.call_soon_threadsafe(self._stopping.set)
            thread.join(timeout_s)
            if thread.is_alive():
                _log.warning("mcp_thread_still_running", extra={"thread": self._name})

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._thread is None or self._loop is None:
            ready = Event()
            self._thread = Thread(target=self._run, args=(ready,), name=self._name, daemon=True)
            self._thread.start()
            ready.wait()
        assert self._loop is not None  # noqa: S101  (the thread set it before it said that it is ready)
        return self._loop

    def _run(self, ready: Event) -> None:
        asyncio.run(self._main(ready))

    async def _main(self, ready: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        ready.set()
        await self._stopping.wait()
