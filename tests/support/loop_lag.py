"""How long the event loop serves nobody else."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_BETWEEN_LOOKS_S = 0.002


class LoopLag:
    """What the event loop's thread worked between two looks, in seconds of its own processor time.

    Processor time does not grow with what else the machine does.

    Attributes:
        longest_s: the longest of these.
    """

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._before = time.thread_time()

    def look(self) -> None:
        now = time.thread_time()
        self.longest_s = max(self.longest_s, now - self._before)
        self._before = now


@asynccontextmanager
async def measured_lag() -> AsyncIterator[LoopLag]:
    """Look at the running loop as often as it lets anybody, until the end."""
    loop, lag = asyncio.get_running_loop(), LoopLag()

    def look() -> None:
        nonlocal handle
        lag.look()
        handle = loop.call_later(_BETWEEN_LOOKS_S, look)

    handle = loop.call_soon(look)
    try:
        yield lag
        lag.look()
    finally:
        handle.cancel()
