"""Timing two pieces of work side by side, and one row of the table."""

from __future__ import annotations

import ctypes
import gc
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    Measurements = Mapping[str, Callable[[], Awaitable[Sequence["Row"]]]]
    """What measures rows, by the name that asks for them; no rows where something optional is missing."""

_TURN_S = 0.05
"""Seconds that one turn of a piece of work lasts at least."""

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""Parameters of ``mallopt``, as glibc's ``malloc.h`` numbers them."""

_KEPT_BYTES = 1 << 28
"""Bytes of freed memory that the process keeps: more than any turn uses."""


def keep_freed_memory() -> None:
    """Let this process keep the memory it frees, where the C library has a setting for that.

    glibc gives the end of its heap back to the system at every 128 KB that are
    free there, and fetches it again, page by page, at once. Whether that
    happens inside a turn is chance, and it takes as long as encoding the lines
    by hand does: ratios were up to two times too small.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return  # Not glibc.
    for option in (_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD):
        set_option(option, _KEPT_BYTES)


def _forget_nothing() -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement: ours, the baseline's, and what was promised.

    ``limit`` bounds the ratio of ours to the baseline; ``note`` adds what a ratio does not say;
    ``spread`` is where the middle half of the ratios lay, if there were several.
    """

    name: str
    ours: float
    baseline: float
    unit: str
    limit: float | None = None
    absolute_limit: float | None = None
    note: str = ""
    spread: tuple[float, float] | None = None

    @property
    def ratio(self) -> float:
        """Ours as a multiple of the baseline."""
        return self.ours / self.baseline if self.baseline else float("nan")

    @property
    def has_target(self) -> bool:
        """Whether anything was promised."""
        return self.limit is not None or self.absolute_limit is not None

    @property
    def is_met(self) -> bool:
        """Whether the ratio and the absolute limit are kept."""
        ratio_met = self.limit is None or self.ratio <= self.limit
        return ratio_met and (self.absolute_limit is None or self.ours <= self.absolute_limit)


class Sides(NamedTuple):
    """Seconds of two pieces of work that took turns: the pair with the median ratio.

    ``spread`` holds the lower and the upper quartile of the ratios of all pairs.
    """

    ours: float
    baseline: float
    spread: tuple[float, float]

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, float]]) -> Sides:
        """Return the median of ``pairs``, each ours and the baseline's of one turn."""
        ranked = sorted(pairs, key=lambda pair: pair[0] / pair[1])
        low, middle, high = (ranked[len(ranked) * quarter // 4] for quarter in (1, 2, 3))
        return cls(*middle, (low[0] / low[1], high[0] / high[1]))


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
) -> Sides:
    """Return the seconds by the clock of two pieces of work that took turns.

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
    return Sides.of(pairs)


async def side_by_side(
    ours: Callable[[], Awaitable[object]],
    baseline: Callable[[], object],
    repeats: int,
    forget: Callable[[], None] = _forget_nothing,
) -> Sides:
    """Return the processor seconds of two pieces of work that took turns ``repeats`` times.

    Of the pairs it is the one with the median ratio: a neighbour that slows
    this machine down slows both halves of a pair. In each turn a piece is done
    as often as fills ``_TURN_S``: what begins right after a collection of
    garbage is slower at first, and short work would show little else.

    Args:
        ours: the work that is measured.
        baseline: what it is compared with.
        repeats: turns of each.
        forget: drops what the work has kept; called before every turn, so that each half finds the
            same warm memory instead of paying for new pages from the system.
    """
    our_rounds = await _rounds(ours)
    rounds = await _rounds(_awaitable(baseline))
    pairs: list[tuple[float, float]] = []
    for _ in range(repeats):
        _tidy(forget)
        started = time.process_time()
        for _ in range(our_rounds):
            await ours()
        ours_ended = time.process_time()
        _tidy(forget)
        baseline_started = time.process_time()
        for _ in range(rounds):
            baseline()
        ended = time.process_time()
        pairs.append(((ours_ended - started) / our_rounds, (ended - baseline_started) / rounds))
    return Sides.of(pairs)


def _tidy(forget: Callable[[], None]) -> None:
    forget()
    gc.collect()


def _awaitable(work: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def awaited() -> object:
        return work()

    return awaited


async def _rounds(work: Callable[[], Awaitable[object]]) -> int:
    """Return how often ``work`` is to be done in one turn."""
    return max(1, math.ceil(_TURN_S / await fastest(work, 3)))
