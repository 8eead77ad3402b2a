"""Memory that was freed, and that the allocator of the process keeps for later."""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_OF_QUIET_S = 3.0
"""Seconds of processors between two looks that still count as quiet."""


def give_back() -> None:
    """Give the system what was freed, where the allocator can be told to: glibc can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class FreedMemory:
    """Is looked after now and then: while there is work its memory is needed again at once."""

    def __init__(self, used_s: Callable[[], float] = time.process_time) -> None:
        """Go by the seconds of processors that ``used_s`` says the process used up to now."""
        self._used_s = used_s
        self._used_before_s = 0.0

    def is_due(self) -> bool:
        """Say whether the process was quiet since it was asked this last."""
        used_s = self._used_s()
        is_quiet = used_s - self._used_before_s <= MOST_OF_QUIET_S
        self._used_before_s = used_s
        return is_quiet
