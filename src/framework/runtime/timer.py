"""A timer: calls on a schedule, by the clock it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from framework.clock import Clock
    from framework.runtime.schedule import Schedule

_LONGEST_SLEEP_S = 60.0


class Timer:
    """Calls ``tick`` whenever its schedule says so, until its task is cancelled.

    Ticks that were missed, because the machine slept or a tick took long, are left
    out: the next one is the first in the future.
    """

    def __init__(
        self,
        schedule: Schedule,
        clock: Clock,
        tick: Callable[[], Awaitable[None]],
        *,
        is_immediate: bool = False,
    ) -> None:
        """Fire by ``clock``; at once, too, if ``is_immediate``."""
        self._schedule = schedule
        self._clock = clock
        self._tick = tick
        self._is_immediate = is_immediate

    async def run(self) -> None:
        """Fire for ever."""
        start = self._clock.now()
        if self._is_immediate:
            await self._tick()
        while True:
            await self._sleep_until(self._schedule.next_after(start, self._clock.now()))
            await self._tick()

    async def _sleep_until(self, due: datetime) -> None:
        """Sleep in pieces, since a clock may be set and a machine may be put to sleep meanwhile."""
        while (left := (due - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(min(left, _LONGEST_SLEEP_S))
