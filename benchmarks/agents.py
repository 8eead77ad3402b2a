"""The agent loop with a scripted model: time per turn, and whether it stays flat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks import graphs
from benchmarks.measure import Row
from framework.graph import GraphExecutor
from framework.journal import MemoryJournal
from framework.llm import ScriptedProvider, Tool, ToolResult, ToolUse
from framework.llm.scripted import call
from framework.model.tool import Effect
from framework.runtime.core import Runtime

if TYPE_CHECKING:
    from benchmarks.measure import Measurements

_REPEATS = 7
_KB = 1024
_SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
_NOOP = Tool("noop", "Does nothing.", _SCHEMA, Effect.NONE)


async def noop(use: ToolUse) -> ToolResult:
    """Return at once."""
    return ToolResult(use.id, "ok")


async def run_turns(turns: int) -> tuple[float, int]:
    """Return the processor seconds of a run of ``turns`` model calls with a tool call each, and its bytes."""
    answers = [call("noop", n=n) for n in range(turns - 2)]
    llm = ScriptedProvider([*answers, call("set_output", key="done", value="yes"), "finished"])
    runtime = Runtime(journal=MemoryJournal())
    executor = GraphExecutor(runtime, llm=llm, tools=[_NOOP], tool_executor=noop)
    graph = graphs.agent(turns)
    started = time.process_time()
    result = await executor.execute(graph)
    seconds = time.process_time() - started
    if not result.success:
        raise RuntimeError(result.error)
    return seconds, sum(len(line) for line in await runtime.journal.read(result.run_id))


async def per_turn(turns: int) -> tuple[float, float]:
    """Return microseconds and journal bytes per turn."""
    runs = [await run_turns(turns) for _ in range(_REPEATS)]
    return min(seconds for seconds, _ in runs) / turns * 1e6, runs[0][1] / turns


async def rows() -> list[Row]:
    """Return every row of this part."""
    short, short_bytes = await per_turn(20)
    long, long_bytes = await per_turn(400)
    return [
        Row(
            name="agent loop, 400 turns, per turn (beside 20 turns)",
            ours=long,
            baseline=short,
            unit="us/turn",
            limit=1.25,
            absolute_limit=150,
        ),
        Row(
            name="journal bytes per turn, 400 turns (beside 20)",
            ours=long_bytes,
            baseline=short_bytes,
            unit="B/turn",
            limit=1.1,
        ),
    ]


MEASUREMENTS: Measurements = {"agent": rows}
"""What this part measures, by name."""
