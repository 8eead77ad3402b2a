"""Branches run at once on views of their own and join once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import InvalidGraphError
from framework.events.bus import AgentEvent, EventBus, EventType
from framework.graph import GraphExecutor, NodeResult
from framework.runtime.core import Runtime
from tests.support.fans import Meeting, fan, gives, joins, nested, policy
from tests.support.walked_graphs import Walked, cause, edge, failing, giving, graph, node, walked, ways, when

if TYPE_CHECKING:
    from framework.graph import GraphSpec, NodeContext


# Shapes.


async def test_all_branches_run_at_once() -> None:
    spec = graph(
        [node(name) for name in ("s", "a", "b", "c", "j")],
        [*(edge("s", name) for name in "abc"), *(edge(name, "j") for name in "abc")],
    )
    meeting = Meeting(3)
    functions = {"s": giving(), "j": giving(), "a": meeting, "b": meeting, "c": meeting}
    result = await walked(spec, functions)
    assert result.success


async def test_branches_of_any_length_join_once() -> None:
    spec = graph(
        [node(name) for name in ("s", "a", "b1", "b2", "b3", "j")],
        ways("s-a s-b1 b1-b2 b2-b3 a-j b3-j"),
        terminal_nodes=["j"],
    )  # fmt: skip
    result = await walked(spec, {each.id: giving() for each in spec.nodes})
    assert result.path == ["s", "a", "b1", "b2", "b3", "j"]
    assert result.node_visit_counts["j"] == 1


async def test_a_branch_may_go_straight_to_the_join() -> None:
    spec = graph(
        [node("s"), node("a", writes=["a"]), node("j", reads=["a"], writes=["j"])],
        [edge("s", "a"), edge("s", "j"), edge("a", "j")],
        terminal_nodes=["j"],
    )
    result = await walked(spec, gives("s", "a", "j"))
    assert (result.path, result.output) == (["s", "a", "j"], {"a": "a", "j": "j"})


async def test_fan_outs_nest() -> None:
    spec = nested()
    bench = Walked(gives("s", "a", "b", "b1", "b2", "bj", "j"))
    result = await bench.run(spec)
    assert result.path == ["s", "a", "b", "b1", "b2", "bj", "j"]
    assert list(result.output) == ["a", "b", "b1", "b2", "bj", "j"]
    assert [each.join for each in await joins(bench)] == ["bj", "j"]
    lanes = {entry.lane for entry in await bench.entries("node_started")}
    assert lanes == {"m", "m.b1.000", "m.b1.001", "m.b1.001.b1.000", "m.b1.001.b1.001"}


async def test_only_the_branches_whose_conditions_hold_run_and_join() -> None:
    spec = graph(
        [node("s", reads=["n"], writes=["x"]), *(node(name) for name in "abcj")],
        [*(when("s", name, f"x > {limit}") for name, limit in zip("abc", (0, 1, 5), strict=True)),
         *(edge(name, "j") for name in "abc")],
        terminal_nodes=["j"],
    )  # fmt: skip

    async def s(n: int) -> int:
        return n

    functions = {"s": s, "a": giving(), "b": giving(), "c": giving(), "j": giving()}
    assert (await walked(spec, functions, {"n": 9})).path == ["s", "a", "b", "c", "j"]
    assert (await walked(spec, functions, {"n": 2})).path == ["s", "a", "b", "j"]
    assert (await walked(spec, functions, {"n": 1})).path == ["s", "a", "j"]


async def test_a_terminal_node_ends_its_branch_and_the_join_runs_after_the_others() -> None:
    spec = graph(
        [node("s"), node("a", writes=["a"]), node("end"), node("b"), node("j")],
        [
            edge("s", "a"), edge("s", "b"), when("a", "end", "a == 'a'"),
            edge("a", "j", priority=-1), edge("b", "j"),
        ],
        terminal_nodes=["end", "j"],
    )  # fmt: skip
    result = await walked(spec, {**gives("s", "a"), "end": giving(), "b": giving(), "j": giving()})
    assert (result.success, result.path) == (True, ["s", "a", "end", "b", "j"])


async def test_branches_that_never_meet_end_the_run_together() -> None:
    spec = graph(
        [node("s"), node("a", writes=["a"]), node("b", writes=["b"])],
        [edge("s", "a"), edge("s", "b")],
        terminal_nodes=["a", "b"],
    )
    bench = Walked(gives("s", "a", "b"))
    result = await bench.run(spec)
    assert (result.success, result.output) == (True, {"a": "a", "b": "b"})
    assert (await joins(bench))[0].join is None


async def test_a_cycle_inside_a_branch_counts_its_visits_there() -> None:
    async def up(n: int) -> int:
        return n + 1

    async def begin(begin: int) -> int:
        return begin

    spec = graph(
        [node("s", reads=["begin"], writes=["n"]), node("a", reads=["n"], writes=["n"], max_node_visits=3),
         node("b"), node("j")],
        [*ways("s-a s-b b-j"), when("a", "j", "n >= 3"), edge("a", "a", priority=-1)],
        terminal_nodes=["j"],
    )  # fmt: skip
    functions = {"s": begin, "a": up, "b": giving(), "j": giving()}
    result = await walked(spec, functions, {"begin": 0})
    assert (result.success, result.node_visit_counts["a"], result.output["n"]) == (True, 3, 3)
    result = await walked(spec, functions, {"begin": -5})
    assert result.error is not None
    assert "node 'a' may run 3 times" in result.error


async def test_a_cycle_around_a_fan_out_runs_it_again_within_the_joins_visits() -> None:
    spec = fan("a", "b")
    for each in spec.nodes:
        each.max_node_visits = 3
    spec.nodes[3].max_node_visits = 2
    spec.terminal_nodes = ["end"]
    spec.nodes.append(node("end"))
    spec.edges += [when("j", "end", "j == 'other'"), edge("j", "s", priority=-1)]
    bench = Walked({**gives("s", "a", "b", "j"), "end": giving()})
    result = await bench.run(spec)
    assert result.node_visit_counts["j"] == 2
    assert result.error is not None
    assert "node 'j' may run 2 times" in result.error
    assert {entry.lane for entry in await bench.entries("node_finished")} >= {
        "m.b1.000",
        "m.b2.000",
        "m.b3.000",
    }


async def test_a_partial_join_is_refused() -> None:
    spec = graph(
        [node(name) for name in ("s", "a", "b", "c", "j", "end")],
        [*ways("s-a s-b s-c a-j b-j j-end c-end"), edge("j", "c", id="across")],
        terminal_nodes=["end"],
    )
    with pytest.raises(InvalidGraphError, match="branch"):
        await walked(spec, {each.id: giving() for each in spec.nodes})


# Memory.


async def test_a_branch_does_not_see_what_its_sibling_writes() -> None:
    seen: list[list[str]] = []
    meeting = Meeting(2)

    class Look:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            await meeting()
            seen.append(sorted(ctx.lane.memory))
            return NodeResult(success=True)

    spec = graph(
        [node("s"), node("a1", writes=["a1"]), node("a2"), node("b1", writes=["b1"]), node("b2"), node("j")],
        ways("s-a1 a1-a2 s-b1 b1-b2 a2-j b2-j"),
    )
    look = Look()
    result = await walked(
        spec, {**gives("s", "a1", "b1"), "j": giving()}, node_registry={"a2": look, "b2": look}
    )
    assert sorted(seen) == [["a1"], ["b1"]]
    assert result.output == {"a1": "a1", "b1": "b1"}


async def test_branches_merge_in_declared_order_whichever_ends_first() -> None:
    done = asyncio.Event()

    async def first() -> str:
        await done.wait()
        return "a"

    async def second() -> str:
        done.set()
        return "b"

    result = await walked(fan("a", "b"), {"s": giving(), "a": first, "b": second, "j": giving(j=1)})
    assert list(result.output) == ["a", "b", "j"]
    assert result.path == ["s", "a", "b", "j"]


async def test_a_key_that_a_branch_clears_is_gone_after_the_join() -> None:
    turns: list[int] = []

    class Turn:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            turns.append(1)
            return NodeResult(success=True, output={"maybe": 1} if len(turns) == 1 else {"sure": 2})

    spec = graph(
        [
            node("s"),
            node("a", writes=["maybe", "sure"], nullable_output_keys=["maybe", "sure"], max_node_visits=2),
            node("b"),
            node("j"),
        ],
        [
            edge("s", "a"), edge("s", "b"), edge("b", "j"), when("a", "j", "output.get('sure') == 2"),
            edge("a", "a", priority=-1),
        ],
        terminal_nodes=["j"],
    )  # fmt: skip
    result = await walked(spec, {"s": giving(), "b": giving(), "j": giving()}, node_registry={"a": Turn()})
    assert result.output == {"sure": 2}


async def test_mappings_lead_into_branches_and_into_the_join() -> None:
    class Show:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            keys = ctx.node_spec.output_keys
            return NodeResult(success=True, output={key: dict(ctx.inputs) for key in keys})

    spec = graph(
        [
            node("s", writes=["x", "y"]),
            node("a", reads=["in"], writes=["a"]),
            node("b", reads=["in"], writes=["b"]),
            node("j", reads=["from_a", "from_b", "from_s"], writes=["j"]),
        ],
        [
            edge("s", "a", input_mapping={"in": "x"}),
            edge("s", "b", input_mapping={"in": "y"}),
            edge("s", "j", input_mapping={"from_s": "x"}),
            edge("a", "j", input_mapping={"from_a": "a"}),
            edge("b", "j", input_mapping={"from_b": "b"}),
        ],
        terminal_nodes=["j"],
    )
    show = Show()
    result = await walked(spec, {"s": giving(x=1, y=2)}, node_registry={"a": show, "b": show, "j": show})
    assert result.output["j"] == {"from_s": 1, "from_a": {"in": 1}, "from_b": {"in": 2}}


async def test_a_mapping_into_the_join_gives_what_its_own_branch_saw() -> None:
    class Show:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            return NodeResult(success=True, output={"j": dict(ctx.inputs)})

    spec = graph(
        [node("s", writes=["x"]), node("a", writes=["x"]), node("j", reads=["old", "new"], writes=["j"])],
        [
            edge("s", "a"),
            edge("s", "j", input_mapping={"old": "x"}),
            edge("a", "j", input_mapping={"new": "x"}),
        ],
        terminal_nodes=["j"],
    )
    result = await walked(spec, {"s": giving(x="old"), "a": giving(x="new")}, node_registry={"j": Show()})
    assert result.output == {"x": "new", "j": {"old": "old", "new": "new"}}


# One after the other.


async def hashes(spec: GraphSpec, functions: dict[str, Any], **options: Any) -> tuple[Any, ...]:
    bench = Walked(functions, **options)
    result = await bench.run(spec)
    state = await bench.state()
    lanes = [(each.lane, each.digest) for joined in await joins(bench) for each in joined.branches]
    return result.output, result.path, result.error, state.main.digest, lanes


@pytest.mark.parametrize("name", ["continue_others", "wait_all"])
async def test_branches_in_order_give_the_same_result_and_hashes_as_at_once(name: str) -> None:
    spec = nested()
    functions = gives("s", "a", "b", "b1", "b2", "bj", "j")
    for broken in ({}, {"a": failing()}, {"b1": failing()}):
        options = {"parallel_config": policy(name)}
        at_once = await hashes(spec, functions | broken, **options)
        assert at_once == await hashes(spec, functions | broken, enable_parallel_execution=False, **options)


async def test_branches_in_order_stop_at_the_first_failure() -> None:
    bench = Walked({**gives("s", "b", "j"), "a": failing("first")}, enable_parallel_execution=False)
    result = await bench.run(fan("a", "b"))
    assert (cause(result), result.path) == ("first", ["s", "a"])


async def test_the_end_of_a_branch_is_announced_before_a_slower_sibling_is_done() -> None:
    slow_may_end, heard = asyncio.Event(), []

    async def slow() -> dict[str, int]:
        await slow_may_end.wait()
        return {"slow": 1}

    async def quick() -> dict[str, int]:
        return {"quick": 1}

    def listen(event: AgentEvent) -> None:
        heard.append(event.node_id)
        if event.node_id == "quick":
            slow_may_end.set()

    bus = EventBus()
    bus.subscribe(listen, [EventType.NODE_COMPLETED])
    nodes = [
        node("start", function=giving()),
        node("slow", writes=["slow"], function=slow),
        node("quick", writes=["quick"], function=quick),
        node("end", function=giving()),
    ]
    spec = graph(nodes, ways("start-slow start-quick slow-end quick-end"), terminal_nodes=["end"])

    async with asyncio.timeout(5):
        result = await GraphExecutor(Runtime(), event_bus=bus).execute(spec)

    assert result.success, result.error
    assert heard == ["start", "quick", "slow", "end"]
