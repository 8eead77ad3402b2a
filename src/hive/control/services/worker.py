"""A task that works in the background: one way to start, wake and stop it, and to see that it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hive.control.services.endings import end
from hive.errors import UnavailableError

Turn = Callable[[], Awaitable[float | None]]
"""Does a piece of work; returns the seconds until the next, None to rest until somebody wakes the worker."""

_log = logging.getLogger("hive.control")


class Worker:
    """Takes one turn after another until it is stopped.

    A turn for which a part is out of reach is taken again later. So is one that fails otherwise, which is
    a fault: it is logged, and shown until a turn goes well.

    Attributes:
        name: of the task and in the log.
        is_stopping: whether a turn under way should come to its end.
    """

    def __init__(self, name: str, turn: Turn, *, again_s: float = 1.0, grace_s: float = 0.0) -> None:
        """Take ``turn`` again and again.

        Args:
            name: of the task.
            turn: what is done; only one is under way at a time.
            again_s: seconds to rest after a turn that failed.
            grace_s: seconds that the turn under way has at the end, before it is cancelled.
        """
        self.name = name
        self.is_stopping = False
        self._turn = turn
        self._again_s = again_s
        self._grace_s = grace_s
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._fault: str | None = None
        self._is_waiting = False

    @property
    def fault(self) -> str | None:
        """Say why it does not work, None if it does, or is not meant to."""
        if self._task is not None and self._task.done() and not self.is_stopping:
            return "it has ended"
        return self._fault

    def start(self) -> None:
        """Begin the first turn."""
        self._task = asyncio.create_task(self._keep(), name=self.name)

    def wake(self) -> None:
        """Begin the next turn at once; during a turn, right after it."""
        self._bell.set()

    def report_well(self) -> None:
        """Say, in the middle of a turn that lasts, that it goes well."""
        self._fault = None
        self._is_waiting = False

    async def stop(self) -> None:
        """End, when the turn under way is done or its grace is over."""
        self.is_stopping = True
        self.wake()
        if self._task is None:
            return
        if self._grace_s > 0:
            await asyncio.wait([self._task], timeout=self._grace_s)
        await end([self._task])

    async def _keep(self) -> None:
        while not self.is_stopping:
            self._bell.clear()
            rest_s = await self._take_turn()
            try:
                async with asyncio.timeout(rest_s):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def _take_turn(self) -> float | None:
        try:
            rest_s = await self._turn()
        except (UnavailableError, TimeoutError) as error:
            if not self._is_waiting:
                _log.warning("worker_waits", extra={"worker": self.name, "reason": str(error)})
            self._is_waiting = True
            return self._again_s
        except Exception as error:  # noqa: BLE001  (the boundary of the task: it goes on, and shows the fault)
            _log.error("worker_failed", extra={"worker": self.name}, exc_info=error)
            self._fault = f"failed with {type(error).__name__}"
            return self._again_s
        self.report_well()
        return rest_s
