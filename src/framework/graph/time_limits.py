"""How long runs, branches and attempts of nodes may take, and what ends them."""

from __future__ import annotations

import asyncio
from typing import Protocol


class TimeLimits(Protocol):
    """Gives the deadline that ends a part of a run."""

    def of_run(self, limit_s: float) -> asyncio.Timeout:
        """Return what ends the whole run after ``limit_s`` seconds."""
        ...

    def of_branch(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        """Return what ends the branch in a lane after ``limit_s`` seconds."""
        ...

    def of_cut_off(self, lane_id: str) -> asyncio.Timeout:
        """Return what ends a branch that is known to be cut off."""
        ...

    def is_over(self, lane_id: str) -> bool:
        """Whether a branch that is known to be cut off came no further, in any of its lanes."""
        ...

    def is_cut_here(self, lane_id: str) -> bool:
        """Whether a lane goes no further because it belongs to a branch that is known to be cut off."""
        ...

    def is_end_here(self, lane_id: str) -> bool:
        """Whether a lane is known to go no further, for whatever reason."""
        ...

    def of_attempt(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        """Return what ends the attempt that begins in a lane after ``limit_s`` seconds."""
        ...


class RealTime:
    """Ends what takes longer than its limit by the machine's time."""

    def of_run(self, limit_s: float) -> asyncio.Timeout:
        """Return a deadline; see ``TimeLimits``."""
        return asyncio.timeout(limit_s)

    def of_branch(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        """Return a deadline; see ``TimeLimits``."""
        del lane_id
        return asyncio.timeout(limit_s)

    def of_cut_off(self, lane_id: str) -> asyncio.Timeout:
        """Return what ends nothing; see ``TimeLimits``."""
        del lane_id
        return asyncio.timeout(None)

    def is_over(self, lane_id: str) -> bool:
        """Return False; see ``TimeLimits``."""
        del lane_id
        return False

    def is_cut_here(self, lane_id: str) -> bool:
        """Return False; see ``TimeLimits``."""
        del lane_id
        return False

    def is_end_here(self, lane_id: str) -> bool:
        """Return False; see ``TimeLimits``."""
        del lane_id
        return False

    def of_attempt(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        """Return a deadline; see ``TimeLimits``."""
        del lane_id
        return asyncio.timeout(limit_s)


REAL_TIME = RealTime()
"""The limits of every run that is no replay."""
