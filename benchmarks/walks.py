"""Walking graphs of function nodes, beside encoding and hashing the same events by hand."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from benchmarks import graphs
from benchmarks.measure import Row, fastest, side_by_side
from framework.graph import GraphExecutor, GraphSpec
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries
from framework.model.value import write_value
from framework.runtime.core import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable

_REPEATS = 25
_RUNS = 1000
_KB = 1024


async def encoding_by_hand(graph: GraphSpec, inputs: dict[str, object]) -> Callable[[], object]:
    """Return what encodes and hashes the events of one run of ``graph``, and does nothing else.

    This is what any journal of these events must do at least: build each line,
    chain its content by SHA-256, and keep the lines. Lines that were dropped
    would lie in the same warm memory every time, which those of a journal never do.
    """
    runtime = Runtime()
    result = await GraphExecutor(runtime).execute(graph, None, inputs)
    entries = await read_entries(runtime.journal, result.run_id)
    kept: list[list[bytes]] = []

    def work() -> None:
        digest = b""
        lines: list[bytes] = []
        for entry in entries:
            event = entry.event
            body = orjson.dumps(event, default=write_value)
            digest = sha256(digest + event.kind.encode() + body).digest()
            line = {"v": 1, "seq": entry.seq, "at": entry.at_us, "lane": entry.lane, "kind": event.kind}
            lines.append(orjson.dumps({**line, "digest": digest.hex(), "body": orjson.Fragment(body)}))
        kept.append(lines)

    return work


async def per_node(
    name: str, graph: GraphSpec, visits: int, limit: float, cap_us: float | None = None
) -> Row:
    """Return the time per node visit beside the baseline's."""
    executor = GraphExecutor(Runtime())

    async def run() -> None:
        result = await executor.execute(graph, None, {"n": 0})
        if result.steps_executed != visits:
            raise RuntimeError(f"{name}: {result.steps_executed} of {visits} visits: {result.error}")

    await run()
    seconds, baseline = await side_by_side(run, await encoding_by_hand(graph, {"n": 0}), _REPEATS)
    return Row(
        name=name,
        ours=seconds / visits * 1e6,
        baseline=baseline / visits * 1e6,
        unit="us/node",
        limit=limit,
        absolute_limit=cap_us,
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


async def rows() -> list[Row]:
    """Return every row of this part."""
    return [
        await per_node("chain of 100 async function nodes", graphs.chain(100), 100, 2.5, 60.0),
        await per_node("feedback loop of 1,000", graphs.loop(1000), 1001, 2.5, 60.0),
        await per_node("fan-out 1 -> 50 -> 1", graphs.fan(50), 52, 3.0),
        await many_runs(),
        await memory_per_run(),
    ]
