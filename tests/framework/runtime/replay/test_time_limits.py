"""What ran out of time in a run does so in its replay, and nothing else does, however quick or slow it is."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.graph import NodeContext  # noqa: TC001  (read at run time, by the node)
from framework.graph.executor import GraphExecutor
from framework.graph.scope import ParallelExecutionConfig
from framework.journal import MemoryJournal
from framework.journal.reading import read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.runner import ToolRegistry, tool
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from framework.journal.state import RunState
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport

    Functions = Mapping[str, Callable[..., Any]]

RUN = "run"
LIMIT_S = 0.05
FAN = ways("start-slow start-quick slow-end quick-end")


class Bench:
    """Records a run, and replays it with other functions."""

    def __init__(self, spec: GraphSpec, **options: Any) -> None:
        self.spec = spec
        self.journal = MemoryJournal()
        self.options = options

    def executor(self, functions: Functions, runtime: Any, **options: Any) -> GraphExecutor:
        executor = GraphExecutor(runtime, **{**self.options, **options})
        for name, function in functions.items():
            executor.register_function(name, function)
        return executor

    async def recorded(self, functions: Functions) -> RunState:
        executor = self.executor(functions, Runtime(journal=self.journal), clock=ManualClock())
        await asyncio.wait_for(executor.execute(self.spec, run_id=RUN), timeout=20)
        return await read_state(self.journal, RUN)

    async def replayed(self, functions: Functions) -> ReplayReport:
        def make(parts: ReplayParts) -> GraphExecutor:
            given = {"llm": parts.llm, "tool_executor": parts.tool_executor} if "llm" in self.options else {}
            return self.executor(functions, parts.runtime, clock=parts.clock, **given)

        return await asyncio.wait_for(
            replay(await read_recording(self.journal, RUN), self.spec, make), timeout=20
        )


async def endless(**_: Any) -> dict[str, Any]:
    await asyncio.Event().wait()
    return {}


def fan(**limits: Any) -> GraphSpec:
    names = ("start", "slow", "quick", "end")
    return graph([node(name, writes=[name]) for name in names], FAN, terminal_nodes=["end"], **limits)


def branches(**policy: Any) -> ParallelExecutionConfig:
    return ParallelExecutionConfig(branch_timeout_seconds=LIMIT_S, **policy)


QUICK: dict[str, Any] = {name: giving(**{name: 1}) for name in ("start", "slow", "quick", "end")}


@pytest.mark.parametrize("policy", ["wait_all", "continue_others", "fail_all"])
@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_branch_that_ran_out_of_time_does_so_again_though_it_is_quick(
    policy: str, *, is_parallel: bool
) -> None:
    config = branches(on_branch_failure=policy)
    bench = Bench(fan(), parallel_config=config, enable_parallel_execution=is_parallel)
    state = await bench.recorded({**QUICK, "slow": endless})

    report = await bench.replayed(QUICK)

    assert report.difference is None, str(report.difference)
    assert report.digest == state.main.digest.hex()


async def test_a_branch_that_was_done_in_time_is_done_again_though_it_is_slow() -> None:
    async def slow() -> dict[str, Any]:
        await asyncio.sleep(4 * LIMIT_S)
        return {"slow": 1}

    bench = Bench(fan(), parallel_config=branches())
    state = await bench.recorded(QUICK)

    report = await bench.replayed({**QUICK, "slow": slow})

    assert report.difference is None, str(report.difference)
    assert report.digest == state.main.digest.hex()


@pytest.mark.parametrize("changed", ["start", "quick", "end"])
async def test_a_changed_node_beside_a_branch_that_ran_out_of_time_is_found(changed: str) -> None:
    bench = Bench(fan(), parallel_config=branches(on_branch_failure="continue_others"))
    await bench.recorded({**QUICK, "slow": endless})

    report = await bench.replayed({**QUICK, changed: giving(**{changed: 2})})

    assert report.difference is not None
    assert report.difference.got is not None


async def test_a_changed_node_in_a_branch_that_ran_out_of_time_is_found() -> None:
    names = ("start", "first", "slow", "quick", "end")
    spec = graph(
        [node(name, writes=[name]) for name in names],
        ways("start-first first-slow start-quick slow-end quick-end"),
        terminal_nodes=["end"],
    )
    bench = Bench(spec, parallel_config=branches(on_branch_failure="continue_others"))
    functions = {**QUICK, "first": giving(first=1)}
    await bench.recorded({**functions, "slow": endless})

    same = await bench.replayed(functions)
    other = await bench.replayed({**functions, "first": giving(first=2)})

    assert same.difference is None, str(same.difference)
    assert other.difference is not None
    assert other.difference.lane == "m.b1.000"


def failing_first(attempts: int) -> Callable[..., Any]:
    """Return a function that takes for ever at its first attempts."""
    made = 0

    async def work() -> dict[str, Any]:
        nonlocal made
        made += 1
        if made <= attempts:
            await asyncio.Event().wait()
        return {"slow": made}

    return work


@pytest.mark.parametrize("attempts", [1, 3])
async def test_attempts_that_ran_out_of_time_do_so_again_though_they_are_quick(attempts: int) -> None:
    spec = graph([node("slow", writes=["slow"], timeout_s=LIMIT_S, max_retries=3)])
    bench = Bench(spec)
    state = await bench.recorded({"slow": failing_first(attempts)})

    report = await bench.replayed({"slow": giving(slow=attempts + 1)})
    other = await bench.replayed({"slow": giving(slow=-1)})

    assert report.difference is None, str(report.difference)
    assert report.digest == state.main.digest.hex()
    assert (other.difference is None) == (attempts == 3)  # Then none of the attempts was seen to its end.


async def test_an_attempt_that_was_done_in_time_is_done_again_though_it_is_slow() -> None:
    def slow() -> dict[str, Any]:
        threading.Event().wait(4 * LIMIT_S)
        return {"slow": 1}

    bench = Bench(graph([node("slow", writes=["slow"], timeout_s=LIMIT_S)], timeout_s=2 * LIMIT_S))
    await bench.recorded({"slow": giving(slow=1)})

    report = await bench.replayed({"slow": slow})

    assert report.difference is None, str(report.difference)


def reading(sources: list[str], *, then: Callable[[], Any]) -> Callable[..., Any]:
    async def slow(ctx: NodeContext) -> dict[str, Any]:
        values = [ctx.outside.read(source, lambda: 7) for source in sources]
        await asyncio.sleep(0)
        await then()
        return {"slow": ctx.outside.read("more", lambda: sum(values))}

    return slow


async def nothing() -> None:
    return None


@pytest.mark.parametrize(
    ("sources", "is_same"),
    [(["one", "two"], True), (["one", "other"], False), (["one"], False), (["one", "two", "three"], True)],
)
@pytest.mark.parametrize("in_branch", [True, False])
async def test_what_was_read_before_the_time_was_up_is_read_again(
    sources: list[str], *, is_same: bool, in_branch: bool
) -> None:
    limit = {} if in_branch else {"timeout_s": LIMIT_S}
    nodes = [node(name, writes=[name], **(limit if name == "slow" else {})) for name in QUICK]
    config = branches(on_branch_failure="wait_all") if in_branch else None
    bench = Bench(graph(nodes, FAN, terminal_nodes=["end"]), parallel_config=config)
    state = await bench.recorded({**QUICK, "slow": reading(["one", "two"], then=endless)})

    report = await bench.replayed({**QUICK, "slow": reading(sources, then=nothing)})

    assert (report.difference is None) == is_same, str(report.difference)
    assert not is_same or report.digest == state.main.digest.hex()


async def test_reads_that_nobody_else_stores_are_the_end_of_an_attempt_at_once() -> None:
    bench = Bench(graph([node("slow", writes=["slow"], timeout_s=LIMIT_S)]))
    state = await bench.recorded({"slow": reading(["one", "two"], then=endless)})

    report = await bench.replayed({"slow": reading(["one", "two"], then=endless)})

    assert report.difference is None, str(report.difference)
    assert report.digest == state.main.digest.hex()


async def test_branches_within_a_branch_that_ran_out_of_time_are_held_against_the_recording() -> None:
    names = ("start", "fork", "left", "right", "last", "meet", "quick", "end")
    edges = ways(
        "start-fork start-quick fork-left fork-right left-last last-meet right-meet meet-end quick-end"
    )
    spec = graph([node(name, writes=[name]) for name in names], edges, terminal_nodes=["end"])
    functions: dict[str, Any] = {name: giving(**{name: 1}) for name in names}
    bench = Bench(spec, parallel_config=branches(on_branch_failure="continue_others"))
    await bench.recorded({**functions, "right": endless})

    same = await bench.replayed(functions)
    other = await bench.replayed({**functions, "last": giving(last=2)})

    assert same.difference is None, str(same.difference)
    assert other.difference is not None
    assert other.difference.lane.startswith("m.b1.000.b")


async def test_a_model_and_a_tool_that_took_too_long_do_so_again_at_once() -> None:
    @tool
    async def hang() -> str:
        """Hang."""
        await asyncio.Event().wait()
        return ""

    registry = ToolRegistry()
    registry.register_function(hang)
    spec = graph([loop_node("n", writes=["a"], tools=["hang"], timeout_s=LIMIT_S, max_retries=2)])
    script = [call("hang"), call("set_output", key="a", value=1), "Done."]
    bench = Bench(
        spec, llm=ScriptedProvider(script), tools=registry.get_tools(), tool_executor=registry.get_executor()
    )
    state = await bench.recorded({})
    assert state.status.value == "succeeded"

    report = await bench.replayed({})

    assert report.difference is None, str(report.difference)
    assert report.digest == state.main.digest.hex()


async def test_a_run_that_ran_out_of_time_is_replayed_as_far_as_it_came() -> None:
    bench = Bench(fan(timeout_s=LIMIT_S))
    await bench.recorded({**QUICK, "end": endless})

    same = await bench.replayed(QUICK)
    other = await bench.replayed({**QUICK, "quick": giving(quick=2)})

    assert same.difference is None, str(same.difference)
    assert (same.is_whole, same.cut_off_by) == (False, "ran out of time")
    assert other.difference is not None
