"""Timing two pieces of work side by side, and one row of the table."""

from __future__ import annotations

import gc
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


_TURN_S = 0.05
"""Seconds that one turn of a piece of work lasts at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement: ours, the baseline's, and what was promised.

    ``limit`` bounds the ratio of ours to the baseline; ``note`` adds what a ratio does not say.
    """

    name: str
    ours: float
    baseline: float
    unit: str
    limit: float | None = None
    absolute_limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours as a multiple of the baseline."""
        return self.ours / self.baseline if self.baseline else float("nan")

    @property
    def is_met(self) -> bool:
        """Whether the ratio and the absolute limit are kept."""
        ratio_met = self.limit is None or self.ratio <= self.limit
        return ratio_met and (self.absolute_limit is None or self.ours <= self.absolute_limit)


async def fastest(
    work: Callable[[], Awaitable[object]], repeats: int, clock: Callable[[], float] = time.process_time
) -> float:
    """Return the least time of ``work`` in seconds over ``repeats``: of the processor, or by ``clock``."""
    best = float("inf")
    for _ in range(repeats):
        gc.collect()
        started = clock()
        await work()
        best = min(best, clock() - started)
    return best


async def in_turns(
    ours: Callable[[], Awaitable[object]], baseline: Callable[[], Awaitable[object]], repeats: int
) -> tuple[float, float]:
    """Return the seconds by the clock of two pieces of work that took turns; of the pairs, the median ratio.

    For work that waits for a disk or a server, which the processor's time does not show.
    """
    pairs: list[tuple[float, float]] = []
    for _ in range(repeats):
        gc.collect()
        started = time.perf_counter()
        await ours()
        between = time.perf_counter()
        await baseline()
        pairs.append((between - started, time.perf_counter() - between))
    pairs.sort(key=lambda pair: pair[0] / pair[1])
    return pairs[len(pairs) // 2]


async def side_by_side(
    ours: Callable[[], Awaitable[object]], baseline: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """Return the processor seconds of two pieces of work that took turns ``repeats`` times.

    Of the pairs it is the one with the median ratio: a neighbour that slows
    this machine down slows both halves of a pair. In each turn a piece is done
    as often as fills ``_TURN_S``: what begins right after a collection of
    garbage is slower at first, and short work would show little else.
    """
    our_rounds = await _rounds(ours)
    rounds = await _rounds(_awaitable(baseline))
    pairs: list[tuple[float, float]] = []
    for _ in range(repeats):
        gc.collect()
        started = time.process_time()
        for _ in range(our_rounds):
            await ours()
        between = time.process_time()
        for _ in range(rounds):
            baseline()
        ended = time.process_time()
        pairs.append(((between - started) / our_rounds, (ended - between) / rounds))
    pairs.sort(key=lambda pair: pair[0] / pair[1])
    return pairs[len(pairs) // 2]


def _awaitable(work: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def awaited() -> object:
        return work()

    return awaited


async def _rounds(work: Callable[[], Awaitable[object]]) -> int:
    """Return how often ``work`` is to be done in one turn."""
    return max(1, math.ceil(_TURN_S / await fastest(work, 3)))
