"""Walking graphs of function nodes, beside encoding and hashing the same events by hand."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import graphs
from benchmarks.by_hand import one_run_by_hand
from benchmarks.measure import Row, fastest, side_by_side
from framework.graph import GraphExecutor, GraphSpec
from framework.journal import MemoryJournal
from framework.runtime.core import Runtime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from benchmarks.measure import Measurements

_REPEATS = 25
_RUNS = 1000
_KB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A graph to walk, how many nodes a run of it visits, and what was promised of it."""

    title: str
    graph: Callable[[], GraphSpec]
    visits: int
    limit: float
    cap_us: float | None = None


WALKS = {
    "chain": Walk(
        title="chain of 100 async function nodes",
        graph=lambda: graphs.chain(100),
        visits=100,
        limit=2.5,
        cap_us=60.0,
    ),
    "loop": Walk(
        title="feedback loop of 1,000",
        graph=lambda: graphs.loop(1000),
        visits=1001,
        limit=2.5,
        cap_us=60.0,
    ),
    "fan-out": Walk(title="fan-out 1 -> 50 -> 1", graph=lambda: graphs.fan(50), visits=52, limit=3.0),
}
"""The walks that are measured, by name."""


class Walked:
    """A walk that is done again and again, in warm memory."""

    def __init__(self, walk: Walk) -> None:
        """Prepare the graph of ``walk``."""
        self.walk = walk
        self.graph = walk.graph()
        self._runtime = Runtime()
        self._executor = GraphExecutor(self._runtime)

    async def run(self) -> None:
        """Do the walk once.

        Raises:
            RuntimeError: if it does not visit what it should.
        """
        result = await self._executor.execute(self.graph, None, {"n": 0})
        if result.steps_executed != self.walk.visits:
            raise RuntimeError(
                f"{self.walk.title}: {result.steps_executed} of {self.walk.visits} visits: {result.error}"
            )

    def forget(self) -> None:
        """Drop the journals of the walks so far."""
        self._runtime.journal = MemoryJournal()


async def per_node(walk: Walk) -> Row:
    """Return the time per node visit beside the baseline's."""
    walked, kept = Walked(walk), list[list[bytes]]()

    def forget() -> None:
        walked.forget()
        kept.clear()

    await walked.run()
    by_hand = await one_run_by_hand(walked.graph, {"n": 0}, kept)
    sides = await side_by_side(walked.run, by_hand, _REPEATS, forget)
    return Row(
        name=walk.title,
        ours=sides.ours / walk.visits * 1e6,
        baseline=sides.baseline / walk.visits * 1e6,
        unit="us/node",
        limit=walk.limit,
        absolute_limit=walk.cap_us,
        spread=sides.spread,
    )


async def many_runs() -> Row:
    """Return the wall time of 1,000 concurrent runs beside plain asyncio."""
    graph = graphs.naps(5)
    executor = GraphExecutor(Runtime())
    await executor.execute(graph)

    async def plain() -> None:
        for _ in range(5):
            await graphs.nap()

    async def ours() -> None:
        await asyncio.gather(*(executor.execute(graph) for _ in range(_RUNS)))

    async def baseline() -> None:
        await asyncio.gather(*(plain() for _ in range(_RUNS)))

    return Row(
        name="1,000 concurrent runs of 5 nodes of 50 ms",
        ours=await fastest(ours, 3, time.perf_counter) * 1000,
        baseline=await fastest(baseline, 3, time.perf_counter) * 1000,
        unit="ms",
        limit=3.0,
    )


async def memory_per_run() -> Row:
    """Return the memory one of 1,000 concurrent runs takes, journal included, beside 12 KB."""
    graph = graphs.naps(5)
    executor = GraphExecutor(Runtime(journal=MemoryJournal()))
    await executor.execute(graph)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tasks = [asyncio.create_task(executor.execute(graph)) for _ in range(_RUNS)]
    await asyncio.sleep(0.12)
    during = tracemalloc.get_traced_memory()[0]
    await asyncio.gather(*tasks)
    tracemalloc.stop()
    return Row(
        name="memory of one live run",
        ours=(during - before) / _RUNS / _KB,
        baseline=12.0,
        unit="KB",
        limit=1.0,
    )


def _measured(measure: Callable[[], Awaitable[Row]]) -> Callable[[], Awaitable[Sequence[Row]]]:
    async def measured() -> Sequence[Row]:
        return [await measure()]

    return measured


MEASUREMENTS: Measurements = {
    **{name: _measured(partial(per_node, walk)) for name, walk in WALKS.items()},
    "runs": _measured(many_runs),
    "memory": _measured(memory_per_run),
}
"""What this part measures, by name."""
