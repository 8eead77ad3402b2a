"""The walk of one lane: visits, attempts, memory, and how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import NodeError, SpecError
from framework.graph import EventLoopNode, NodeResult
from framework.graph.executor import ParallelExecutionConfig
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.loop.context import NodeContext  # noqa: TC001  (a function node's hint is read at run time)
from tests.support.walked_graphs import (
    Walked,
    cause,
    edge,
    failing,
    giving,
    graph,
    loop_node,
    node,
    walked,
    ways,
    when,
)

if TYPE_CHECKING:
    from framework.graph import GraphSpec, NodeSpec


class Flaky:
    """Fails so many times, then gives 1."""

    def __init__(self, times: int, error: Exception | None = None) -> None:
        self.left = times
        self.error = error or ConnectionError("no line")
        self.calls = 0

    async def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.left:
            raise self.error
        return 1


def alone(**fields: Any) -> GraphSpec:
    return graph([node("n", writes=["x"], **fields)], terminal_nodes=["n"])


# How a run ends.


async def test_a_terminal_node_ends_the_run_whatever_edges_leave_it() -> None:
    spec = graph([node("a"), node("b")], [edge("a", "b", "always")], terminal_nodes=["a", "b"])
    result = await walked(spec, {"a": giving(), "b": giving()})
    assert (result.success, result.path) == (True, ["a"])


async def test_a_node_without_outgoing_edges_ends_the_run_with_success() -> None:
    result = await walked(graph([node("a")]), {"a": giving()})
    assert (result.success, result.status, result.path) == (True, "succeeded", ["a"])


async def test_a_terminal_node_that_fails_may_be_handled() -> None:
    spec = graph([node("a"), node("b")], [edge("a", "b", "on_failure")], terminal_nodes=["a", "b"])
    result = await walked(spec, {"a": failing(), "b": giving()})
    assert (result.success, result.path, result.execution_quality) == (True, ["a", "b"], "degraded")


async def test_a_node_whose_conditions_are_all_false_fails_the_run_and_says_which() -> None:
    spec = graph([node("a", writes=["x"]), node("b")], [when("a", "b", "x > 1")], terminal_nodes=["b"])
    result = await walked(spec, {"a": giving(x=1), "b": giving()})
    assert not result.success
    assert result.error == "No edge leads on from node 'a' (edge 'a-b': the condition is false)."


async def test_a_failed_node_without_a_way_on_fails_the_run_with_its_own_error() -> None:
    spec = graph([node("a"), node("b")], [edge("a", "b")], terminal_nodes=["b"])
    result = await walked(spec, {"a": failing("the press is broken"), "b": giving()})
    assert (cause(result), result.path, result.nodes_with_failures) == ("the press is broken", ["a"], ["a"])


async def test_always_and_on_failure_edges_lead_on_from_a_failed_node() -> None:
    for condition in ("always", "on_failure"):
        spec = graph(
            [node("a"), node("b"), node("c")],
            [edge("a", "b", condition), edge("a", "c")],
            terminal_nodes=["b", "c"],
        )
        result = await walked(spec, {"a": failing(), "b": giving(), "c": giving()})
        assert (result.success, result.path) == (True, ["a", "b"])


async def test_a_run_fails_naming_the_node_whose_visits_are_used_up_and_its_limit() -> None:
    spec = graph(
        [node("a", max_node_visits=3), node("b", max_node_visits=2, writes=["x"]), node("c")],
        [edge("a", "b"), when("b", "c", "x > 1"), edge("b", "a", priority=-1)],
        terminal_nodes=["c"],
    )
    result = await walked(spec, {"a": giving(), "b": giving(x=1), "c": giving()})
    assert result.path == ["a", "b", "a", "b", "a"]
    assert result.error == (
        "No edge leads on from node 'a' (edge 'a-b': node 'b' may run 2 times (max_node_visits) and has)."
    )


async def test_a_failed_nodes_error_is_followed_by_the_limit_that_closed_its_way_out() -> None:
    spec = graph(
        [node("a", max_node_visits=2), node("b", max_node_visits=3), node("c")],
        [edge("a", "b"), edge("b", "a", "on_failure"), edge("b", "c")],
        terminal_nodes=["c"],
    )
    result = await walked(spec, {"a": giving(), "b": failing("no luck"), "c": giving()})
    assert result.error is not None
    assert result.error.startswith("Node 'b' raised ValueError: no luck (support/walked_graphs.py:")
    assert "). No edge leads on from node 'b' (edge 'b-a': node 'a' may run 2 " in result.error


async def test_running_out_of_max_steps_is_a_failure() -> None:
    spec = graph(
        [node("a", max_node_visits=0, writes=["x"]), node("b")],
        [when("a", "b", "x > 1"), edge("a", "a", priority=-1)],
        terminal_nodes=["b"], max_steps=4,
    )  # fmt: skip
    result = await walked(spec, {"a": giving(x=1), "b": giving()})
    assert (result.success, result.steps_executed) == (False, 4)
    assert result.error is not None
    assert "used up its 4 steps before node 'a'" in result.error


async def test_an_unlimited_node_runs_as_often_as_its_edges_lead_to_it() -> None:
    async def grow(n: int = 0) -> dict[str, int]:
        return {"n": n + 1}

    spec = graph(
        [node("a", reads=["n"], writes=["n"], max_node_visits=0), node("b")],
        [when("a", "b", "n >= 7"), edge("a", "a", priority=-1)],
        terminal_nodes=["b"],
    )
    result = await walked(spec, {"a": grow, "b": giving()}, {"n": 0})
    assert (result.node_visit_counts, result.output) == ({"a": 7, "b": 1}, {"n": 7})


# Attempts.


async def test_max_retries_is_the_number_of_attempts_in_all() -> None:
    for attempts in (1, 2, 4):
        flaky = Flaky(99)
        result = await walked(alone(max_retries=attempts), {"n": flaky})
        assert (result.success, flaky.calls, result.total_retries) == (False, attempts, attempts - 1)


async def test_attempts_wait_longer_each_time_up_to_a_limit() -> None:
    bench = Walked({"n": Flaky(8)})
    result = await bench.run(alone(max_retries=9))
    assert result.success
    assert bench.clock.slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert (result.retry_details, result.execution_quality) == ({"n": 8}, "degraded")


async def test_a_failure_that_is_returned_is_retried_like_one_that_is_raised() -> None:
    class Tired:
        calls = 0

        async def execute(self, ctx: NodeContext) -> NodeResult:
            self.calls += 1
            return NodeResult(success=self.calls > 1, output={"x": 1}, error="tired")

    tired = Tired()
    result = await walked(alone(max_retries=2), node_registry={"n": tired})
    assert (result.success, tired.calls, result.retry_details) == (True, 2, {"n": 1})


async def test_a_failure_that_gives_no_reason_is_reported_as_such() -> None:
    class Silent:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            return NodeResult(success=False)

    result = await walked(alone(), node_registry={"n": Silent()})
    assert result.error == "Node 'n' failed and did not say why."


@pytest.mark.parametrize("names", [["ConnectionError"], ["OSError"], ["KeyError", "Exception"]])
async def test_retry_on_names_the_class_or_a_base_class(names: list[str]) -> None:
    result = await walked(alone(max_retries=2, retry_on=names), {"n": Flaky(1)})
    assert (result.success, result.total_retries) == (True, 1)


async def test_other_errors_than_those_in_retry_on_are_final() -> None:
    result = await walked(alone(max_retries=5, retry_on=["KeyError"]), {"n": Flaky(1)})
    assert (result.success, cause(result), result.total_retries) == (False, "no line", 0)


async def test_an_error_that_says_it_is_not_retryable_is_final() -> None:
    error = NodeError("hopeless", node_id="n", retryable=False)
    result = await walked(alone(max_retries=5), {"n": Flaky(1, error)})
    assert (result.success, result.error, result.total_retries) == (False, "hopeless", 0)


async def test_an_error_without_a_message_is_known_by_its_class() -> None:
    result = await walked(alone(), {"n": Flaky(1, ZeroDivisionError())})
    assert str(result.error).startswith("Node 'n' raised ZeroDivisionError (framework/graph/test_walk.py:")


async def test_an_error_message_that_no_journal_can_hold_is_mended() -> None:
    result = await walked(alone(), {"n": Flaky(1, ValueError("half \ud83d"))})
    assert cause(result) == "half ?"


async def test_a_node_that_awaits_something_cancelled_fails_and_the_run_goes_on() -> None:
    async def waits_for_nothing() -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    spec = graph([node("a"), node("b")], [edge("a", "b", "always")], terminal_nodes=["b"])
    result = await walked(spec, {"a": waits_for_nothing, "b": giving()})
    assert (result.success, result.path, result.nodes_with_failures) == (True, ["a", "b"], ["a"])


async def test_a_worker_that_gives_no_result_fails_and_is_told_what_to_give() -> None:
    class Wrong:
        async def execute(self, ctx: NodeContext) -> Any:
            return {"x": 1}

    result = await walked(alone(max_retries=3), node_registry={"n": Wrong()})
    assert result.error == "Node 'n' gave a dict; its execute() must return a NodeResult."
    assert result.total_retries == 0


async def test_an_output_that_is_no_json_fails_the_node() -> None:
    result = await walked(alone(max_retries=3), {"n": giving(x=object())})
    assert result.error is not None
    assert result.error.startswith("Node 'n' returned something that is no JSON:")
    assert result.total_retries == 0


# Memory.


class Recorder:
    """Notes what it is given and returns what it is told to."""

    def __init__(self, **output: Any) -> None:
        self.seen: list[dict[str, Any]] = []
        self._output = output

    async def execute(self, ctx: NodeContext) -> NodeResult:
        self.seen.append(dict(ctx.inputs))
        return NodeResult(success=True, output=self._output)


async def test_a_node_reads_its_input_keys_and_writes_its_output_keys_and_nothing_else() -> None:
    recorder = Recorder(x=1, secret=2)
    spec = graph([node("n", reads=["a"], writes=["x"])], terminal_nodes=["n"])
    result = await walked(spec, None, {"a": 1, "b": 2}, node_registry={"n": recorder})
    assert recorder.seen == [{"a": 1}]
    assert result.output == {"a": 1, "b": 2, "x": 1}


async def test_a_node_without_keys_reads_and_writes_nothing() -> None:
    recorder = Recorder(x=1)
    result = await walked(graph([node("n")]), None, {"a": 1}, node_registry={"n": recorder})
    assert (recorder.seen, result.output) == ([{}], {"a": 1})


async def test_what_a_node_does_to_its_inputs_stays_with_it() -> None:
    async def spoil(a: list[int]) -> dict[str, Any]:
        a.append(2)
        return {"x": len(a)}

    spec = graph([node("n", reads=["a"], writes=["x"])], terminal_nodes=["n"])
    assert (await walked(spec, {"n": spoil}, {"a": [1]})).output == {"a": [1], "x": 2}


async def test_outputs_of_a_failed_node_do_not_reach_the_memory() -> None:
    class Late:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            return NodeResult(success=False, output={"x": 1}, error="late")

    assert (await walked(alone(), node_registry={"n": Late()})).output == {}


async def test_text_is_data_whatever_it_looks_like() -> None:
    for text in ("", "null", "error: failed", "None", "{}", "x" * 100_000):
        assert (await walked(alone(), {"n": giving(x=text)})).output == {"x": text}


@pytest.mark.parametrize("given", [{}, {"x": None}])
async def test_an_own_node_that_lacks_a_required_output_fails_by_its_name(given: dict[str, Any]) -> None:
    nodes = [node("a", writes=["x", "y"], nullable_output_keys=["y"], max_retries=2), node("b", reads=["x"])]
    spec = graph(nodes, [edge("a", "b")])
    result = await walked(spec, {"b": giving()}, node_registry={"a": Recorder(**given)})
    assert result.error == "Node 'a' did not return x; return it, or list it in nullable_output_keys."
    assert (result.path, result.total_retries) == (["a"], 1)


async def test_an_own_node_need_not_repeat_what_a_loop_inside_it_set() -> None:
    class Around:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            await EventLoopNode().execute(ctx)
            return NodeResult(success=True)

    llm = ScriptedProvider([call("set_output", key="x", value=1), "Done."])
    spec = graph([loop_node("a", writes=["x"])], terminal_nodes=["a"])
    result = await walked(spec, node_registry={"a": Around()}, llm=llm)
    assert result.output == {"x": 1}, result.error


GOING_ON = ParallelExecutionConfig(on_branch_failure="continue_others")
LACKING = {"start": giving(), "bad": failing(), "good": giving()}


def fan_out_to(last: NodeSpec) -> GraphSpec:
    """Return a graph whose branch ``bad`` owes what the node after the join reads."""
    nodes = [node("start"), node("bad", writes=last.input_keys), node("good"), last]
    return graph(nodes, ways(f"start-bad start-good bad-{last.id} good-{last.id}"))


async def test_a_required_input_that_is_absent_fails_the_node_and_names_the_key() -> None:
    spec = fan_out_to(node("b", reads=["x", "y"], max_retries=3))
    result = await walked(spec, LACKING | {"b": giving()}, parallel_config=GOING_ON)
    assert result.error == "Node 'b' lacks its input x, y; let a node before it set it."
    assert result.total_retries == 0


async def test_a_required_input_that_a_model_node_lacks_fails_it_before_a_model_is_asked() -> None:
    llm = ScriptedProvider([])
    spec = fan_out_to(loop_node("b", reads=["x"]))
    result = await walked(spec, LACKING, llm=llm, parallel_config=GOING_ON)
    assert result.error == "Node 'b' lacks its input x; let a node before it set it."
    assert llm.requests == []


async def test_a_nullable_input_may_be_absent() -> None:
    recorder = Recorder()
    spec = graph([node("n", reads=["a", "b"], nullable_output_keys=["b"])])
    await walked(spec, None, {"a": 1}, node_registry={"n": recorder})
    assert recorder.seen == [{"a": 1}]


async def test_a_revisit_clears_the_keys_that_are_outputs_and_nullable_and_no_others() -> None:
    seen: list[dict[str, Any]] = []

    class Turns:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            memory = ctx.lane.memory
            seen.append({key: memory[key].load() for key in ("kept", "maybe", "given") if key in memory})
            output = {"kept": 1, "maybe": 2} if len(seen) == 1 else {"kept": 3}
            return NodeResult(success=True, output=output)

    spec = graph(
        [
            node("n", reads=["given"], writes=["kept", "maybe"], nullable_output_keys=["maybe", "given"],
                 max_node_visits=2),
            node("end"),
        ],
        [when("n", "end", "kept == 3"), edge("n", "n", priority=-1)],
        terminal_nodes=["end"],
    )  # fmt: skip
    result = await walked(spec, {"end": giving()}, {"given": 0}, node_registry={"n": Turns()})
    assert seen == [{"given": 0}, {"given": 0, "kept": 1}]
    assert result.output == {"given": 0, "kept": 3}


async def test_a_model_that_revisits_is_not_shown_the_output_that_the_visit_clears() -> None:
    llm = ScriptedProvider(
        [call("set_output", key="redo", value="more"), "Once.", call("set_output", key="ok", value=1), "."]
    )
    spec = graph(
        [loop_node("n", reads=["redo"], writes=["ok", "redo"], nullable_output_keys=["ok", "redo"],
                   max_node_visits=2), node("end")],
        [when("n", "end", "output.get('ok') is not None"), edge("n", "n", priority=-1)],
        terminal_nodes=["end"], conversation_mode="isolated",
    )  # fmt: skip
    result = await walked(spec, {"end": giving()}, llm=llm)
    assert result.output == {"ok": 1}
    assert llm.requests[2].messages[0].content == "Begin."


# Mappings.


async def test_a_mapping_fills_an_input_from_the_sources_output_or_else_from_the_memory() -> None:
    recorder = Recorder()
    spec = graph(
        [node("a", writes=["x"]), node("b", reads=["one", "two"])],
        [edge("a", "b", input_mapping={"one": "x", "two": "given", "unread": "x"})],
    )
    await walked(spec, {"a": giving(x=1)}, {"given": 2}, node_registry={"b": recorder})
    assert recorder.seen == [{"one": 1, "two": 2}]


async def test_a_mapping_overrides_the_memory_for_its_target_alone() -> None:
    recorder, after = Recorder(), Recorder()
    spec = graph(
        [node("a", writes=["x"]), node("b", reads=["key"]), node("c", reads=["key"])],
        [edge("a", "b", input_mapping={"key": "x"}), edge("b", "c")],
    )
    await walked(spec, {"a": giving(x="new")}, {"key": "old"}, node_registry={"b": recorder, "c": after})
    assert (recorder.seen, after.seen) == ([{"key": "new"}], [{"key": "old"}])


async def test_a_mapping_of_null_gives_null() -> None:
    recorder = Recorder()
    spec = graph(
        [node("a"), node("b", reads=["key"])], [edge("a", "b", input_mapping={"key": "given"})]
    )  # fmt: skip
    await walked(spec, {"a": giving()}, {"given": None}, node_registry={"b": recorder})
    assert recorder.seen == [{"key": None}]


async def test_a_mapping_gives_what_its_edge_saw_though_the_visit_clears_it() -> None:
    seen: list[dict[str, Any]] = []

    class Twice:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            seen.append(dict(ctx.inputs))
            return NodeResult(success=True, output={"note": "first"} if len(seen) == 1 else {"done": True})

    spec = graph(
        [node("n", reads=["before"], writes=["note", "done"], nullable_output_keys=["note", "done", "before"],
              max_node_visits=2), node("again"), node("end")],
        [when("n", "end", "output.get('done')"), when("n", "again", "output.get('note')", priority=-1),
         edge("again", "n", input_mapping={"before": "note"})],
        terminal_nodes=["end"],
    )  # fmt: skip
    spec.nodes[1].max_node_visits = 2
    result = await walked(spec, {"again": giving(), "end": giving()}, node_registry={"n": Twice()})
    assert result.success
    assert seen == [{}, {"before": "first"}]


async def test_every_edge_to_a_node_maps_its_inputs() -> None:
    recorder = Recorder()
    spec = graph(
        [node("a", writes=["x"]), node("b", reads=["one", "two"], nullable_output_keys=["one", "two"])],
        [edge("a", "b", input_mapping={"one": "x"}),
         when("a", "b", "x == 1", id="also", input_mapping={"two": "x"})],
    )  # fmt: skip
    result = await walked(spec, {"a": giving(x=1)}, node_registry={"b": recorder})
    assert (recorder.seen, result.path) == ([{"one": 1, "two": 1}], ["a", "b"])


# What runs a node.


async def test_a_plain_function_and_a_coroutine_function_both_run() -> None:
    def plain(n: int) -> int:
        return n + 1

    async def coroutine(n: int) -> int:
        return n + 1

    for function in (plain, coroutine):
        spec = graph([node("n", reads=["n"], writes=["x"], function=function)])
        assert (await walked(spec, None, {"n": 1})).output == {"n": 1, "x": 2}


async def test_a_registered_function_goes_before_the_specs_own() -> None:
    spec = graph([node("n", writes=["x"], function=giving(x="spec"))])
    assert (await walked(spec, {"n": giving(x="registered")})).output == {"x": "registered"}


@pytest.mark.parametrize("function", [None, "functions.sort"])
async def test_a_function_node_without_a_callable_is_refused_before_anything_is_stored(function: Any) -> None:
    bench = Walked()
    with pytest.raises(SpecError, match="Function node 'n' has no function"):
        await bench.run(graph([node("n", function=function)]))
    assert await bench.runtime.journal.run_ids() == []


async def test_the_outputs_of_a_custom_worker_reach_the_memory_for_every_type_of_node() -> None:
    for kind in ("function", "event_loop"):
        spec = graph([node("n", writes=["x", "y"], node_type=kind)])
        for options in ({"node_registry": {"n": Recorder(x=1, y=[2])}}, {}):
            bench = Walked(**options)
            if not options:
                bench.executor.register_node("n", Recorder(x=1, y=[2]))
            assert (await bench.run(spec)).output == {"x": 1, "y": [2]}


async def test_a_worker_around_a_models_loop_may_add_to_its_outputs() -> None:
    class Signed:
        async def execute(self, ctx: NodeContext) -> NodeResult:
            result = await EventLoopNode().execute(ctx)
            return NodeResult(success=True, output={**result.output, "y": "signed"})

    bench = Walked(
        llm=ScriptedProvider([call("set_output", key="x", value=1), "Done."]), node_registry={"n": Signed()}
    )
    result = await bench.run(graph([loop_node("n", writes=["x", "y"], nullable_output_keys=["y"])]))
    assert result.output == {"x": 1, "y": "signed"}
    values = [entry.event.values for entry in await bench.entries("output_set")]
    assert [list(each) for each in values] == [["x"], ["y"]]
