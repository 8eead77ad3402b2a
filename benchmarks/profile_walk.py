"""Where the time of a walk goes: ``python -m benchmarks.profile_walk [chain | loop | fan-out ...]``.

A timer interrupts the walk a thousand times a second. What it finds under way
counts for the innermost function that ``RULES`` names, by function or by
module; what no rule names counts for its caller. Walks with and without the
timer take turns, so that the sum can be compared with what nobody watched. Of
all turns the quietest quarter counts, for a neighbour slows the others down.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections import Counter
from operator import itemgetter
from statistics import mean
from typing import TYPE_CHECKING

from benchmarks import graphs
from benchmarks.by_hand import one_run_by_hand
from benchmarks.measure import keep_freed_memory
from benchmarks.walks import WALKS, Walk, Walked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import FrameType

_INTERVAL_S = 0.001
_TURN_S = 0.1
_TURNS = 100

_REST = "what begins and ends a run"

RULES: dict[str, tuple[str, ...]] = {
    "by hand, too: content of events encoded": (
        "framework.journal.entry:encode_body",
        "framework.journal.log:RunLog._write_value",
    ),
    "by hand, too: a hash chain a lane": (
        "framework.journal.state.lane:Lane.advance",
        "framework.journal.entry:chain",
        "framework.journal.entry:first_hash",
        "framework.journal.entry:absorb",
    ),
    "by hand, too: lines framed": ("framework.journal.entry:encode_lines",),
    "every event has its place and its time": (
        "framework.journal.log:RunLog.record",
        "framework.journal.log:RunLog.record_encoded",
        "framework.clock",
    ),
    "state is what the journal folds to": ("framework.journal.fold", "framework.journal.state"),
    "stored before its consequences: a commit a node": (
        "framework.journal.log",
        "framework.journal.memory",
        "framework.events.bus",
        "asyncio.locks",
    ),
    "outputs are JSON: values encoded once": ("framework.model.value", "framework.model.events"),
    "an attempt has a context, and inputs of its own": (
        "framework.graph.scope",
        "framework.loop.context",
        "framework.journal.log:LaneLog",
    ),
    "inputs and outputs are what was declared": ("framework.loop.function_node",),
    "what a node prints is kept": ("framework.loop.captured_output",),
    "edges are ruled on": ("framework.graph.routing", "framework.model.expression"),
    "limits, pauses, retries, errors, one at a time": ("framework.graph.walk",),
    "a task a branch, and one join": ("framework.graph.fanout", "asyncio"),
    "the functions of the nodes": ("benchmarks.graphs",),
    _REST: ("framework.graph", "framework.runtime", "benchmarks", "secrets"),
}
"""The rules of the design, and what carries each out: modules with all below them, or single functions."""

_RULE_OF = {place: rule for rule, places in RULES.items() for place in places}


class Looks(Counter[str]):
    """What was under way when the timer fired, by rule."""

    _is_looking = False

    def __enter__(self) -> None:
        """Start the timer."""
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _INTERVAL_S, _INTERVAL_S)

    def __exit__(self, *failure: object) -> None:
        """Stop the timer."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def _look(self, signum: int, frame: FrameType | None) -> None:
        del signum
        if self._is_looking:  # It fired again before this look was over: the machine slept, or is slow.
            return
        self._is_looking = True
        try:
            self[rule_at(frame)] += 1
        finally:
            self._is_looking = False


def rule_at(frame: FrameType | None) -> str:
    """Return the rule that a frame, or else the nearest of its callers, works for."""
    while frame is not None:
        rule = _rule_of(str(frame.f_globals.get("__name__")), frame.f_code.co_qualname)
        if rule is not None:
            return rule
        frame = frame.f_back
    return _REST


def _rule_of(module: str, function: str) -> str | None:
    """Return the rule of a function: its own, its class's or its outer function's, or its module's."""
    place = f"{module}:{function}"
    while place:
        if place in _RULE_OF:
            return _RULE_OF[place]
        shorter = max(place.rfind("."), place.rfind(":"))
        place = place[: max(shorter, 0)]
    return None


async def bare_fan_out(width: int) -> float:
    """Return seconds per node of one function, ``width`` of them in tasks of one group, and one more."""

    async def run() -> None:
        n = await graphs.count_up(0)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(graphs.count_up(n)) for _ in range(width)]
        await graphs.count_up(tasks[0].result())

    turns = [(await _seconds(run), Looks()) for _ in range(_TURNS)]
    return quietest(turns)[0] / (width + 2)


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    """Return processor seconds of one piece of work, done as often as fills a turn."""
    gc.collect()
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < _TURN_S:
        await work()
        count += 1
    return spent / count


def quietest(turns: Sequence[tuple[float, Looks]]) -> tuple[float, Looks]:
    """Return the mean seconds of the fastest quarter of ``turns``, and what was seen in them."""
    fastest = sorted(turns, key=itemgetter(0))[: max(1, len(turns) // 4)]
    looks = Looks()
    for _, seen in fastest:
        looks.update(seen)
    return mean(seconds for seconds, _ in fastest), looks


async def profiled(walk: Walk) -> None:
    """Print what each rule costs a node of a walk."""
    walked, kept = Walked(walk), list[list[bytes]]()
    by_hand = await one_run_by_hand(walked.graph, {"n": 0}, kept)

    async def hand() -> None:
        by_hand()

    watched: list[tuple[float, Looks]] = []
    alone: list[tuple[float, Looks]] = []
    hands: list[tuple[float, Looks]] = []
    for _ in range(_TURNS):
        walked.forget()
        alone.append((await _seconds(walked.run), Looks()))
        walked.forget()
        looks = Looks()
        with looks:
            watched.append((await _seconds(walked.run), looks))
        hands.append((await _seconds(hand), Looks()))
        kept.clear()
    seen = quietest(watched)[1]
    sides = [quietest(turns)[0] / walk.visits * 1e6 for turns in (watched, alone, hands)]
    print(table(walk.title, seen, *sides), flush=True)


def table(title: str, counts: Looks, watched_us: float, alone_us: float, hand_us: float) -> str:
    """Return what each rule costs a node, the sum, and what it should be."""
    total = counts.total()
    lines = [f"{title}: {total} looks", f"{'':50} {'us/node':>8} {'share':>6}"]
    for rule in sorted(RULES, key=counts.__getitem__, reverse=True):
        share = counts[rule] / total
        lines.append(f"{rule:50} {share * watched_us:8.2f} {share:6.1%}")
    lines.append(f"{'sum':50} {watched_us:8.2f}")
    lines.append(f"{'the same walk when nobody looks':50} {alone_us:8.2f}")
    lines.append(f"{'encoding and hashing its events by hand':50} {hand_us:8.2f}")
    return "\n".join([*lines, ""])


async def _main(names: Sequence[str]) -> None:
    keep_freed_memory()
    for name in names:
        await profiled(WALKS[name])
    if "fan-out" in names:
        print(f"bare asyncio, 1 -> 50 -> 1 in a TaskGroup: {await bare_fan_out(50) * 1e6:.2f} us/node")


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:] or list(WALKS)))
