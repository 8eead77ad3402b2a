"""A run that waits or was cut off is at the nodes at work; within a fan-out these are its branches'."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from framework.errors import PacketError
from framework.graph.result import ExecutionResult, named_nodes
from framework.graph.stored import cancel_stored
from framework.journal.at_work import nodes_at_work
from framework.journal.reading import fold_entries, read_entries
from framework.journal.state import RunState
from framework.llm import ScriptedProvider
from framework.model.events import RunPaused
from framework.model.tool import Risk, Tool, ToolUse
from framework.runtime.packet import build_packet
from tests.support.fans import Never, fan, gives, nested, policy
from tests.support.walked_graphs import RUN, Walked, failing, giving, graph, loop_node, node, ways, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph import GraphSpec
    from framework.runtime.packet.model import Failure

LINE = graph([node("a"), node("b")], ways("a-b"))


async def under_way(bench: Walked, spec: GraphSpec, *nodes: Never) -> asyncio.Task[ExecutionResult]:
    """Return a run whose ``nodes`` all work."""
    running = asyncio.create_task(bench.run(spec))
    for each in nodes:
        await each.began.wait()
    return running


async def interrupted(bench: Walked, spec: GraphSpec, *nodes: Never) -> RunPaused:
    """Interrupt a run whose ``nodes`` all work; return what its journal says."""
    running = await under_way(bench, spec, *nodes)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    [entry] = await bench.entries("run_paused")
    assert isinstance(entry.event, RunPaused)
    return entry.event


async def cancelled(bench: Walked, spec: GraphSpec, *nodes: Never) -> ExecutionResult:
    """Cancel a run whose ``nodes`` all work."""
    running = await under_way(bench, spec, *nodes)
    control = bench.executor.control(RUN)
    assert control is not None
    control.cancel()
    return await running


async def failure(bench: Walked) -> Failure:
    return (await build_packet(bench.runtime.journal, RUN)).failure


async def at(bench: Walked) -> list[str]:
    return nodes_at_work(await bench.state())


# Where it is.


def test_a_run_is_nowhere_before_its_first_event() -> None:
    assert nodes_at_work(RunState()) == []


async def test_a_plain_run_is_at_one_node_and_at_none_once_it_is_over() -> None:
    bench = Walked({"a": giving(), "b": giving()})
    await bench.run(LINE)
    seen: list[list[str]] = []
    fold_entries(
        RUN,
        await read_entries(bench.runtime.journal, RUN),
        lambda state, entry: seen.append(nodes_at_work(state)),
    )
    assert [each for each, before in zip(seen, [[], *seen], strict=False) if each != before] == [
        ["a"], ["b"], [],
    ]  # fmt: skip


async def test_a_fan_out_is_at_its_branches_and_then_at_its_join() -> None:
    bench = Walked(gives("s", "a", "b", "b1", "b2", "bj", "j"))
    await bench.run(nested())
    seen: list[tuple[str, ...]] = []
    fold_entries(
        RUN,
        await read_entries(bench.runtime.journal, RUN),
        lambda state, entry: seen.append(tuple(nodes_at_work(state))),
    )
    assert seen[0] == ("s",)
    assert ("b1", "b2") in {each[-2:] for each in seen}
    assert all("s" not in each or each == ("s",) for each in seen)
    assert seen[-2:] == [("j",), ()]


async def test_a_run_that_failed_is_at_no_node() -> None:
    bench = Walked({**gives("s", "b", "j"), "a": failing()})
    assert (await bench.run(fan("a", "b"))).at_nodes == []


# Interrupted.


async def test_an_interrupted_plain_run_names_its_node() -> None:
    never = Never()
    bench = Walked({"a": giving(), "b": never})
    assert await interrupted(bench, LINE, never) == RunPaused(node_id="b", reason="The run was interrupted.")
    assert await at(bench) == ["b"]


async def test_an_interrupted_fan_out_names_the_nodes_at_work_and_not_those_that_are_done() -> None:
    first, last = Never(), Never()
    bench = Walked({**gives("s", "b", "j"), "a": first, "c": last})
    paused = await interrupted(bench, fan("a", "b", "c"), first, last)
    assert (paused.node_id, paused.also_at) == ("a", ("c",))
    assert await at(bench) == ["a", "c"]


async def test_within_a_nested_fan_out_the_innermost_nodes_are_named() -> None:
    outer, inner = Never(), Never()
    bench = Walked({**gives("s", "b", "b1", "bj", "j"), "a": outer, "b2": inner})
    paused = await interrupted(bench, nested(), outer, inner)
    assert (paused.node_id, paused.also_at) == ("a", ("b2",))


async def test_an_interrupted_run_is_carried_on_as_ever() -> None:
    never = Never()
    bench = Walked({**gives("s", "a", "j"), "b": never})
    await interrupted(bench, fan("a", "b"), never)
    again = Walked(gives("s", "a", "b", "j"), runtime=bench.runtime)
    result = await again.carry_on(fan("a", "b"))
    whole = Walked(gives("s", "a", "b", "j"))
    await whole.run(fan("a", "b"))
    assert (result.status, result.at_nodes) == ("succeeded", [])
    assert (await again.state()).main.digest == (await whole.state()).main.digest


# Waiting.


async def test_a_run_that_waits_at_a_pause_node_of_a_branch_names_it() -> None:
    spec = fan("a", "b", "c", pause_nodes=["a", "b"])
    bench = Walked(gives("s", "a", "b", "c", "j"))
    assert (await bench.run(spec)).at_nodes == ["a"]
    assert (await bench.carry_on(spec)).at_nodes == ["b"]
    assert (await bench.carry_on(spec)).at_nodes == []


async def test_a_run_that_waits_for_people_in_two_branches_names_both() -> None:
    nodes = [node("s"), loop_node("a", tools=["send"]), loop_node("b", tools=["send"]), node("j")]
    spec = graph(nodes, ways("s-a s-b a-j b-j"), terminal_nodes=["j"])
    llm = ScriptedProvider(lambda request: ToolUse("c", "send", {}))
    tools = {"tools": [Tool("send", risk=Risk.HIGH)], "tool_executor": lambda use: None}
    bench = Walked({"s": giving(), "j": giving()}, llm=llm, **tools)
    result = await bench.run(spec)
    assert (result.status, result.at_nodes) == ("paused", ["a", "b"])
    [entry] = await bench.entries("run_paused")
    assert {entry.event.node_id, *entry.event.also_at} == {"a", "b"}


# Cut off for good.


@pytest.mark.parametrize(
    ("spec", "idle", "nodes"),
    [(fan("a", "b", "c"), "b", ["a", "c"]), (nested(), "b1", ["a", "b2"])],
    ids=["fan", "nested"],
)
async def test_a_cancelled_fan_out_names_the_nodes_at_work(
    spec: GraphSpec, idle: str, nodes: list[str]
) -> None:
    nevers = {name: Never() for name in nodes}
    functions: dict[str, Callable[..., object]] = {**gives(*(each.id for each in spec.nodes)), **nevers}
    bench = Walked(functions)
    result = await cancelled(bench, spec, *nevers.values())
    assert idle in result.path
    assert (result.status, result.at_nodes) == ("cancelled", nodes)
    failed = await failure(bench)
    assert (failed.error, failed.node_id) == ("Cancelled", nodes[0])


async def test_a_run_that_was_interrupted_in_a_fan_out_and_cancelled_later_names_them_too() -> None:
    never = Never()
    bench = Walked({**gives("s", "b", "j"), "a": failing("again", ConnectionError), "c": never})
    spec = fan("b", "c")
    await interrupted(bench, spec, never)
    await cancel_stored(bench.runtime.journal, RUN, clock=bench.clock)
    assert await at(bench) == ["c"]
    assert (await failure(bench)).node_id == "c"


async def test_a_run_out_of_time_names_the_nodes_at_work() -> None:
    never = Never()
    bench = Walked({**gives("s", "a", "j"), "b": never, "c": never})
    result = await bench.run(fan("a", "b", "c").model_copy(update={"timeout_s": 0.2}))
    assert (result.status, result.at_nodes) == ("failed", ["b", "c"])
    failed = await failure(bench)
    assert (failed.error, failed.node_id, failed.lane) == ("RunTimeoutError", "b", "m.b1.001")


async def test_a_plain_run_out_of_time_names_its_node() -> None:
    bench = Walked({"a": giving(), "b": Never()})
    result = await bench.run(LINE.model_copy(update={"timeout_s": 0.2}))
    assert (result.at_nodes, (await failure(bench)).node_id) == (["b"], "b")


async def test_a_fan_out_that_used_up_the_steps_names_a_branch_and_not_the_node_before_it() -> None:
    spec = fan("a", "b", "c", max_steps=3)
    spec.edges[1:3] = [when("s", name, "1 == 1") for name in "bc"]  # With a alone, three steps are enough.
    bench = Walked(gives("s", "a", "b", "c", "j"))
    result = await bench.run(spec)
    assert result.at_nodes == ["c"]
    failed = await failure(bench)
    assert (failed.error, failed.node_id) == ("StepLimitError", "c")


# A branch that failed outside of a visit.


async def test_the_packet_of_a_branch_out_of_time_is_of_the_node_at_work_in_it() -> None:
    never = Never()
    bench = Walked(
        {**gives("s", "a", "b", "b1", "bj", "j"), "b2": never}, parallel_config=policy("wait_all", 0.2)
    )
    await bench.run(nested())
    failed = await failure(bench)
    assert (failed.error, failed.node_id, failed.lane) == ("BranchTimeout", "b2", "m.b1.001.b1.001")


async def test_the_packet_of_a_branch_that_found_no_way_on_is_of_its_last_node() -> None:
    spec = fan("a", "b")
    spec.edges[2:3] = [when("a", "j", "a == 2")]
    bench = Walked({**gives("s", "b", "j"), "a": giving(a=1)})
    await bench.run(spec)
    failed = await failure(bench)
    assert (failed.error, failed.node_id) == ("DeadEnd", "a")
    assert (await build_packet(bench.runtime.journal, RUN)).memory["a"] == 1


async def test_a_run_that_ended_well_has_no_packet() -> None:
    bench = Walked(gives("s", "a", "b", "j"))
    await bench.run(fan("a", "b"))
    with pytest.raises(PacketError, match="reached its goal"):
        await failure(bench)


# In words.


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ("a", "node 'a'"), ("ac", "nodes 'a' and 'c'"), ("abc", "nodes 'a', 'b' and 'c'"),
        ("abcde", "nodes 'a', 'b', 'c', 'd' and 'e'"), ("abcdef", "nodes 'a', 'b', 'c', 'd' and 2 more"),
    ],
)  # fmt: skip
def test_nodes_in_words(nodes: str, words: str) -> None:
    assert named_nodes([*nodes]) == words
    assert ExecutionResult(success=True, at_nodes=[*nodes]).where == words


def test_a_result_that_a_program_made_names_the_node_it_waits_at() -> None:
    assert ExecutionResult(success=True, paused_at="a").where == "node 'a'"
    assert ExecutionResult(success=True).where == ""
