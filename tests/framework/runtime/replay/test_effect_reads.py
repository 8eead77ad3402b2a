"""A function node with an effect is not executed in a replay; what it read from outside is read for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.graph import NodeContext  # noqa: TC001  (read at run time, by the node)
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_state
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import graph, node, ways

if TYPE_CHECKING:
    from framework.runtime.replay import ReplayParts

RUN = "run"


def reading(name: str, *, is_failing: bool = False) -> Any:
    """Return a node that reads twice, and at its first attempt fails if it is to."""
    attempts = 0

    async def work(ctx: NodeContext) -> dict[str, Any]:
        nonlocal attempts
        attempts += 1
        found = [ctx.outside.read(f"{name} {place}", lambda: f"{name} {attempts}") for place in range(2)]
        if is_failing and attempts == 1:
            raise ValueError("broken")
        return {name: found}

    return work


@pytest.mark.parametrize("effect", ["once", "idempotent"])
@pytest.mark.parametrize("is_failing", [True, False])
async def test_what_a_node_with_an_effect_read_is_read_again(effect: str, *, is_failing: bool) -> None:
    fields = {"effect": effect, "max_retries": 3, "retry_on": ["ValueError"]}
    nodes = [node("a", writes=["a"], **fields), node("b", writes=["b"])]
    spec = graph(nodes, ways("a-b"), terminal_nodes=["b"])
    journal = MemoryJournal()

    def executor(runtime: Any, clock: Any) -> GraphExecutor:
        made = GraphExecutor(runtime, clock=clock)
        made.register_function("a", reading("a", is_failing=is_failing))
        made.register_function("b", reading("b"))
        return made

    def make(parts: ReplayParts) -> GraphExecutor:
        return executor(parts.runtime, parts.clock)

    assert (await executor(Runtime(journal=journal), ManualClock()).execute(spec, run_id=RUN)).success
    report = await asyncio.wait_for(replay(await read_recording(journal, RUN), spec, make), timeout=20)

    assert report.difference is None, str(report.difference)
    assert report.digest == (await read_state(journal, RUN)).main.digest.hex()
