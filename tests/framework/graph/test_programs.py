"""A node, a branch or a run that is cut off leaves no program, its journal says so, and it can go on."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import SystemClock
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.tools import ToolRegistry, tool
from tests.support.fans import fan, gives, outcomes, policy
from tests.support.sleepers import Sleepers
from tests.support.walked_graphs import RUN, Walked, edge, failing, graph, loop_node, node

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph import ExecutionResult


def first_asleep(sleepers: Sleepers, line: str = "{0} & {0}") -> Callable[[], dict[str, Any]]:
    """Return a plain function that runs sleeping programs, the first time it is called."""
    calls: list[None] = []

    def function() -> dict[str, Any]:
        calls.append(None)
        if len(calls) == 1:
            subprocess.run(line.format(sleepers.line), shell=True, check=False)
        return {"a": "awake"}

    return function


async def test_a_node_that_passes_its_time_out_is_tried_again_without_its_programs(
    sleepers: Sleepers,
) -> None:
    bench = Walked({"n": first_asleep(sleepers)})
    running = asyncio.create_task(bench.run(graph([node("n", writes=["a"], timeout_s=0.5, max_retries=2)])))
    await sleepers.have_started(2)
    result = await running

    assert (result.success, result.output["a"]) == (True, "awake")
    assert sleepers.living() == []
    (retried,) = await bench.entries("node_retried")
    assert retried.event.error.error == "NodeTimeoutError"


async def test_a_run_that_passes_its_time_out_leaves_no_program(sleepers: Sleepers) -> None:
    bench = Walked({"n": first_asleep(sleepers)}, clock=SystemClock())
    running = asyncio.create_task(bench.run(graph([node("n", writes=["a"])], timeout_s=0.5)))
    await sleepers.have_started(2)
    result = await running
    assert sleepers.living() == []
    assert "The run took longer than 0.5 s" in str(result.error)


async def test_a_run_that_is_interrupted_leaves_no_program_and_goes_on(sleepers: Sleepers) -> None:
    bench, spec = Walked({"n": first_asleep(sleepers)}), graph([node("n", writes=["a"])])
    running = asyncio.create_task(bench.run(spec))
    await sleepers.have_started(2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sleepers.living() == []
    assert (await bench.state()).status.value == "paused"

    assert (await bench.carry_on(spec)).output["a"] == "awake"


async def test_a_run_that_is_cancelled_leaves_no_program_of_a_tool(sleepers: Sleepers) -> None:
    @tool
    async def nap() -> None:
        """Sleep in another process."""
        await (await asyncio.create_subprocess_exec(*sleepers.command)).wait()

    registry = ToolRegistry()
    registry.register_function(nap)
    options = {"tools": registry.get_tools(), "tool_executor": registry.get_executor()}
    bench = Walked(llm=ScriptedProvider([[call("nap"), call("nap")]]), **options)
    running = asyncio.create_task(bench.run(graph([loop_node("n", writes=["a"], tools=["nap"])])))
    await sleepers.have_started(2)
    control = bench.executor.control(RUN)
    assert control is not None
    control.cancel()
    result: ExecutionResult = await running
    assert (result.status, sleepers.living()) == ("cancelled", [])
    assert [entry.event.tool for entry in await bench.entries("tool_intended")] == ["nap", "nap"]
    assert await bench.entries("tool_returned") == []


async def test_an_attempt_that_awaits_something_cancelled_leaves_no_program(sleepers: Sleepers) -> None:
    async def await_cancelled() -> None:
        sleepers.leave_one()
        await sleepers.have_started()
        raise asyncio.CancelledError

    left: list[int] = []

    def look() -> None:
        left.append(len(sleepers.living()))

    spec = graph([node("n"), node("m")], [edge("n", "m", "on_failure")], terminal_nodes=["n", "m"])
    assert (await Walked({"n": await_cancelled, "m": look}).run(spec)).success
    assert left == [0]


async def test_what_an_earlier_node_left_running_ends_with_the_run_alone(sleepers: Sleepers) -> None:
    other, began = Sleepers(), asyncio.Event()

    async def wait() -> None:
        began.set()
        await asyncio.Event().wait()

    nodes = [node("n"), node("m", timeout_s=0.2, max_retries=1), node("o")]
    spec = graph(nodes, [edge("n", "m"), edge("m", "o", "on_failure")], terminal_nodes=["m", "o"])
    functions = {"n": sleepers.leave_one, "m": lambda: subprocess.run(other.command, check=False), "o": wait}
    running = asyncio.create_task(Walked(functions).run(spec))
    await began.wait()
    assert (len(sleepers.living()), len(other.living())) == (1, 0)
    running.cancel()
    await asyncio.wait({running})
    assert sleepers.living() == []


async def test_a_run_that_ends_leaves_what_its_nodes_left_running(sleepers: Sleepers) -> None:
    assert (await Walked({"n": sleepers.leave_one}).run(graph([node("n")]))).success
    assert len(sleepers.living()) == 1


async def test_a_branch_that_passes_its_time_out_leaves_no_program(sleepers: Sleepers) -> None:
    functions = {**gives("s", "b", "j"), "a": first_asleep(sleepers)}
    bench = Walked(functions, parallel_config=policy("continue_others", 0.5))
    running = asyncio.create_task(bench.run(fan("a", "b")))
    await sleepers.have_started(2)
    assert (await running).success
    assert sleepers.living() == []
    errors = [each.error.error for each in (await outcomes(bench)).values() if each.error is not None]
    assert errors == ["BranchTimeout"]


async def test_the_program_of_another_branch_goes_on(sleepers: Sleepers) -> None:
    own, left = Sleepers(), []

    async def outlast() -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(*own.command)
        await sleepers.have_started(2)
        await sleepers.have_ended()
        left.extend(own.living())
        process.kill()
        await process.wait()
        return {"b": "b"}

    spec = fan("a", "b")
    spec = spec.model_copy(
        update={
            "nodes": [
                each.model_copy(update={"timeout_s": 0.5} if each.id == "a" else {}) for each in spec.nodes
            ]
        }
    )
    functions = {**gives("s", "j"), "a": first_asleep(sleepers), "b": outlast}
    assert (await Walked(functions, parallel_config=policy("continue_others")).run(spec)).success
    assert len(left) == 1


async def test_a_failed_branch_ends_the_programs_of_the_others(sleepers: Sleepers) -> None:
    async def fail() -> None:
        await sleepers.have_started(2)
        await failing()()

    functions = {**gives("s", "j"), "a": first_asleep(sleepers), "b": fail}
    result = await Walked(functions, parallel_config=policy("fail_all")).run(fan("a", "b"))
    assert not result.success
    assert sleepers.living() == []
