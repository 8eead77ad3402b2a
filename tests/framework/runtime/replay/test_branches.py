"""Branches end in a replay as they ended in the run, however quick each of them is this time."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries
from framework.llm import ScriptedProvider
from framework.model.events import BranchesJoined
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import edge, giving, graph, loop_node, node, ways, when

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport

RUN = "run"

Functions = "Mapping[str, Callable[..., Any]]"


def made(parts: Any, functions: Mapping[str, Callable[..., Any]]) -> GraphExecutor:
    executor = GraphExecutor(parts.runtime, parts.llm, clock=parts.clock)
    for name, function in functions.items():
        executor.register_function(name, function)
    return executor


class Parts:
    """What a run is recorded with."""

    def __init__(self, llm: ScriptedProvider) -> None:
        self.journal = MemoryJournal()
        self.runtime = Runtime(journal=self.journal)
        self.llm = llm
        self.clock = ManualClock()


async def replayed(
    spec: GraphSpec, llm: ScriptedProvider, first: Mapping[str, Any], then: Mapping[str, Any]
) -> tuple[ReplayReport, list[str]]:
    """Record with some functions and replay with others; return the report and how the branches ended."""
    parts = Parts(llm)
    await made(parts, first).execute(spec, run_id=RUN)
    entries = await read_entries(parts.journal, RUN)
    joins = [entry.event for entry in entries if isinstance(entry.event, BranchesJoined)]
    ends = [branch.error.error if branch.error else "done" for join in joins for branch in join.branches]

    def make(replaying: ReplayParts) -> GraphExecutor:
        return made(replaying, then)

    report = await asyncio.wait_for(replay(await read_recording(parts.journal, RUN), spec, make), timeout=20)
    return report, ends


class Failing(ScriptedProvider):
    """Fails once it may."""

    def __init__(self, may_fail: asyncio.Event) -> None:
        super().__init__([])
        self._may_fail = may_fail

    async def stream(self, request: Any) -> Any:
        await self._may_fail.wait()
        await asyncio.sleep(0.01)
        raise ValueError("no model today")
        yield


def fan(*others: str, **limits: Any) -> GraphSpec:
    nodes = [node("start", writes=["n"]), loop_node("bad", writes=["bad"], max_retries=1)]
    nodes += [node(name, writes=[name]) for name in others]
    nodes.append(node("end", reads=["bad", others[-1]], writes=["end"]))
    edges = [edge("start", "bad"), edge("start", others[0]), edge("bad", "end"), edge(others[-1], "end")]
    chain = ways(" ".join(f"{a}-{b}" for a, b in itertools.pairwise(others)))
    return graph(nodes, [*edges, *chain], **limits)


async def test_a_branch_that_was_done_in_time_is_done_again_even_if_it_is_slow() -> None:
    is_done, is_slow = asyncio.Event(), threading.Event()

    async def quick() -> dict[str, Any]:
        is_done.set()
        return {"other": 1}

    def slow() -> dict[str, Any]:
        is_slow.wait(0.4)  # Longer than any number of turns of an idle loop.
        return {"other": 1}

    same = {"start": giving(n=1), "end": giving(end=1)}
    report, ends = await replayed(
        fan("other"), Failing(is_done), {**same, "other": quick}, {**same, "other": slow}
    )

    assert ends == ["ValueError", "done"]
    assert report.difference is None, str(report.difference)


async def test_a_branch_that_was_cut_off_is_cut_off_again_even_if_it_is_quick() -> None:
    has_begun = asyncio.Event()

    async def endless() -> dict[str, Any]:
        has_begun.set()
        await asyncio.sleep(60)
        return {"other": 1}

    same = {"start": giving(n=1), "end": giving(end=1)}
    quick = {**same, "other": giving(other=1)}
    report, ends = await replayed(fan("other"), Failing(has_begun), {**same, "other": endless}, quick)

    assert ends == ["ValueError", "BranchCancelled"]
    assert report.difference is None, str(report.difference)


async def test_a_changed_branch_that_ends_early_is_found_though_the_others_wait_for_ever() -> None:
    def spec(condition: str, *ends: str) -> GraphSpec:
        nodes = [node("start"), loop_node("asks", writes=["a"], client_facing=True)]
        nodes += [node("one"), node("two"), node("end")]
        edges = [*ways("start-asks start-one asks-end two-end"), edge("one", "two", condition)]
        return graph(nodes, edges, terminal_nodes=[*ends])

    parts = Parts(ScriptedProvider(["Which one?"]))
    functions = dict.fromkeys(("start", "one", "two", "end"), giving())
    result = await made(parts, functions).execute(spec("on_success", "end"), run_id=RUN)
    assert result.paused_at == "asks"
    recording = await read_recording(parts.journal, RUN)

    walking = replay(
        recording,
        spec("on_failure", "end", "one"),
        lambda replaying: made(replaying, functions),
        patience_s=0.2,
    )
    report = await asyncio.wait_for(walking, timeout=20)

    assert report.difference is not None
    assert (report.difference.lane, report.difference.got) == ("m.b1.001", None)


async def test_branches_that_used_up_the_steps_between_them_replay_in_any_order() -> None:
    def others(*, is_slow: bool) -> dict[str, Any]:
        async def step() -> dict[str, Any]:
            await asyncio.sleep(0.05 if is_slow else 0)
            return {}

        return dict.fromkeys(("a1", "a2", "a3"), step)

    names = ["a1", "a2", "a3", "b1", "b2", "b3"]
    nodes = [node("start", writes=["n"]), *map(node, names), node("end")]
    short = [when(name, "end", "n == 0") for name in ("a1", "b1")]  # A run might be short enough.
    edges = [*ways("start-a1 start-b1 a2-a3 a3-end b2-b3 b3-end"), *short]
    edges += [when("a1", "a2", "n == 1"), when("b1", "b2", "n == 1")]
    spec = graph(nodes, edges, max_steps=5, terminal_nodes=["end"])
    quick = {name: giving() for name in ("b1", "b2", "b3", "end")} | {"start": giving(n=1)}
    slow = {
        name: others(is_slow=True)[function] for name, function in (("b1", "a1"), ("b2", "a2"), ("b3", "a3"))
    }

    first = {**quick, **others(is_slow=True)}
    then = {**quick, **others(is_slow=False), **slow}
    report, _ = await replayed(spec, ScriptedProvider([]), first, then)

    assert report.difference is None, str(report.difference)
    assert report.events > 10
