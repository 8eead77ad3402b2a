"""What a node reads from outside is read again as it was: after a crash, and in a replay."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.graph import NodeContext  # noqa: TC001  (a node function is told by its hints)
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.model import events as ev
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import edge, graph, node

if TYPE_CHECKING:
    from framework.graph import GraphSpec
    from framework.runtime.replay import ReplayParts

RUN = "run"


async def draw(ctx: NodeContext) -> dict[str, Any]:
    rate = ctx.outside.read("rate", lambda: random.randint(0, 10**9))
    return {"drawn": [ctx.outside.now().isoformat(), ctx.outside.random(), ctx.outside.token(4), rate]}


def draw_in_a_thread(ctx: NodeContext) -> dict[str, Any]:
    return {"drawn": [ctx.outside.now().isoformat(), ctx.outside.random(), ctx.outside.token(4), 1]}


def drawing(function: Any) -> GraphSpec:
    nodes = [node("draw", writes=["drawn"], function=function), node("end", reads=["drawn"], function=end)]
    return graph(nodes, [edge("draw", "end")], terminal_nodes=["end"])


async def end(drawn: list[Any]) -> None:
    assert len(drawn) == 4


async def recorded(spec: GraphSpec) -> MemoryJournal:
    journal = MemoryJournal()
    result = await GraphExecutor(Runtime(journal=journal), clock=ManualClock()).execute(spec, run_id=RUN)
    assert result.success, result.error
    return journal


@pytest.mark.parametrize("function", [draw, draw_in_a_thread])
async def test_reads_are_journaled_and_replayed(function: Any) -> None:
    spec = drawing(function)
    journal = await recorded(spec)

    def executor(parts: ReplayParts) -> GraphExecutor:
        return GraphExecutor(parts.runtime, clock=parts.clock)

    report = await replay(await read_recording(journal, RUN), spec, partial(executor))

    assert report.difference is None, str(report.difference)
    reads = [e.event for e in await read_entries(journal, RUN) if isinstance(e.event, ev.ValueRead)]
    sources = ["clock", "random", "random"]
    assert [read.source for read in reads] == (["rate", *sources] if function is draw else sources)


async def test_the_time_is_the_clocks() -> None:
    journal = await recorded(drawing(draw))

    moment = (await read_state(journal, RUN)).main.memory["drawn"].load()[0]

    assert datetime.fromisoformat(moment) == datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_node_that_is_carried_on_reads_what_it_read_before_the_crash() -> None:
    spec = drawing(draw)
    whole = await recorded(spec)
    lines = await whole.read(RUN)
    stop = max(place for place, line in enumerate(lines) if b'"kind":"value_read"' in line)
    journal = MemoryJournal()
    writer = await journal.create(RUN)
    await writer.append(lines[:stop], expected=0, blobs=dict(whole._blobs))
    await writer.close()

    executor = GraphExecutor(Runtime(journal=journal), clock=ManualClock())
    await executor.execute(spec, session_state={"run_id": RUN})

    before = (await read_state(whole, RUN)).main.memory["drawn"].load()
    after = (await read_state(journal, RUN)).main.memory["drawn"].load()
    assert after[:2] == before[:2]
    reads = [e for e in await read_entries(journal, RUN) if isinstance(e.event, ev.ValueRead)]
    assert len(reads) == 4


async def test_another_attempt_reads_anew() -> None:
    seen: list[float] = []

    async def flaky(ctx: NodeContext) -> dict[str, Any]:
        seen.append(ctx.outside.random())
        if len(seen) == 1:
            raise ConnectionError("try again")
        return {"drawn": [1, 2, 3, 4]}

    spec = graph([node("draw", writes=["drawn"], function=flaky, max_retries=2)], terminal_nodes=["draw"])
    await recorded(spec)

    assert seen[0] != seen[1]
