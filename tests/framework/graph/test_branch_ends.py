"""Branches that fail, take too long, or wait for a person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import InvalidGraphError, RunPausedError
from framework.llm import ScriptedProvider
from framework.model.tool import ToolUse
from tests.support.fans import POLICIES, Never, fan, gives, nested, outcomes, policy
from tests.support.resumable_runs import Echo
from tests.support.walked_graphs import (
    RUN,
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
    from framework.llm.base import ModelRequest
    from framework.model.events import QuestionAsked


# Failures.


@pytest.mark.parametrize("name", POLICIES)
async def test_a_failure_that_a_branch_handles_is_no_failure_of_the_branch(name: str) -> None:
    spec = fan("a", "b")
    spec.nodes.append(node("saved"))
    spec.edges += [edge("a", "saved", "on_failure"), edge("saved", "j")]
    functions = {**gives("s", "b", "j"), "a": failing(), "saved": giving()}
    result = await walked(spec, functions, parallel_config=policy(name))
    assert (result.success, result.had_partial_failures) == (True, False)
    assert (result.nodes_with_failures, result.execution_quality) == (["a"], "degraded")


@pytest.mark.parametrize("name", POLICIES)
async def test_a_branch_retries_like_any_lane(name: str) -> None:
    class Second:
        calls = 0

        async def __call__(self) -> str:
            self.calls += 1
            if self.calls == 1:
                raise ConnectionError
            return "a"

    spec = fan("a", "b")
    spec.nodes[1].max_retries = 2
    result = await walked(spec, {**gives("s", "b", "j"), "a": Second()}, parallel_config=policy(name))
    assert (result.success, result.retry_details) == (True, {"a": 1})


async def test_fail_all_cancels_the_siblings_and_reports_the_cause() -> None:
    never = Never()
    bench = Walked({**gives("s", "j"), "a": never, "b": failing("the cause"), "c": never})
    result = await bench.run(fan("a", "b", "c"))
    assert (result.success, cause(result)) == (False, "the cause")
    assert never.was_cancelled
    assert asyncio.all_tasks() == {asyncio.current_task()}
    ended = await outcomes(bench)
    assert [each.error.error for each in ended.values() if each.error] == [
        "BranchCancelled",
        "ValueError",
        "BranchCancelled",
    ]
    assert result.had_partial_failures
    assert result.execution_quality == "failed"


async def test_fail_all_keeps_the_outcome_of_a_branch_that_was_done() -> None:
    began = asyncio.Event()

    async def late() -> None:
        await began.wait()
        raise ValueError("late")

    async def early() -> str:
        began.set()
        return "a"

    bench = Walked({"s": giving(), "a": early, "b": late, "j": giving(j=1)})
    result = await bench.run(fan("a", "b"))
    assert cause(result) == "late"
    assert [each.succeeded for each in (await outcomes(bench)).values()] == [True, False]


async def test_fail_all_cancels_the_fan_outs_inside_a_sibling() -> None:
    never = Never()

    async def fails() -> None:
        await never.began.wait()
        raise ValueError("outside")

    functions = {**gives("s", "b", "b2", "bj", "j"), "a": fails, "b1": never}
    result = await walked(nested(), functions)
    assert (cause(result), never.was_cancelled) == ("outside", True)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_continue_others_joins_without_the_failed_branch() -> None:
    bench = Walked({**gives("s", "b", "j"), "a": failing()}, parallel_config=policy("continue_others"))
    result = await bench.run(fan("a", "b"))
    assert (result.success, result.output) == (True, {"b": "b", "j": "j"})
    assert (result.had_partial_failures, result.execution_quality) == (True, "degraded")


async def test_continue_others_fails_when_every_branch_does() -> None:
    functions = {**gives("s", "j"), "a": failing("first"), "b": failing("second")}
    result = await walked(fan("a", "b"), functions, parallel_config=policy("continue_others"))
    assert (result.success, cause(result)) == (False, "first")


async def test_wait_all_lets_all_end_and_then_fails() -> None:
    bench = Walked({**gives("s", "b", "j"), "a": failing("broken")}, parallel_config=policy("wait_all"))
    result = await bench.run(fan("a", "b"))
    assert (result.success, cause(result), result.path) == (False, "broken", ["s", "a", "b"])
    assert [each.succeeded for each in (await outcomes(bench)).values()] == [False, True]


@pytest.mark.parametrize("name", POLICIES)
async def test_a_branch_that_takes_too_long_fails(name: str) -> None:
    never = Never()
    bench = Walked({**gives("s", "b", "j"), "a": never}, parallel_config=policy(name, 0.02))
    result = await bench.run(fan("a", "b"))
    assert never.was_cancelled
    assert result.success is (name == "continue_others")
    error = (await outcomes(bench))["m.b1.000"].error
    assert error is not None
    assert (error.error, error.message) == ("BranchTimeout", "Branch 'm.b1.000' took longer than 0.02 s.")


async def test_a_time_out_inside_a_branch_is_that_nodes_own_failure() -> None:
    async def times_out() -> None:
        raise TimeoutError("the far side is silent")

    result = await walked(
        fan("a", "b"), {**gives("s", "b", "j"), "a": times_out}, parallel_config=policy("fail_all", 30)
    )
    assert cause(result) == "the far side is silent"


async def test_a_dead_end_in_a_branch_is_its_failure() -> None:
    spec = fan("a", "b")
    spec.edges[2] = when("a", "j", "a == 'else'")
    result = await walked(spec, gives("s", "a", "b", "j"))
    assert result.error == "No edge leads on from node 'a' (edge 'a-j': the condition is false)."


async def test_the_step_limit_ends_the_run_from_inside_a_branch() -> None:
    spec = fan("a", "b", max_steps=9)
    spec.nodes[1].max_node_visits = 0
    spec.edges[2:3] = [when("a", "j", "a == 'else'"), edge("a", "a", priority=-1)]
    result = await walked(spec, gives("s", "a", "b", "j"))
    assert (result.success, result.steps_executed) == (False, 9)
    assert result.error == (
        "The run used up its 9 steps; raise max_steps, or look for a loop that does not end."
    )
    assert result.path == ["s", *["a"] * 8]


# Pauses.


def talking(*, facing: str = "a", other: NodeSpec | None = None) -> GraphSpec:
    """Return a fan-out in which ``a`` asks a person while ``b`` works."""
    nodes = [
        node("s"),
        loop_node("a", writes=["a"], client_facing=True),
        other or node("b", writes=["b"]),
        node("j"),
    ]
    return graph(nodes, ways("s-a s-b a-j b-j"), terminal_nodes=["j"], loop_config={"client_turns": "ask"})


def talker(request: ModelRequest) -> Any:
    if any("Re: " in message.content for message in request.messages):
        done = any("is set" in message.content for message in request.messages)
        return "Done." if done else ToolUse("answer", "set_output", {"key": "a", "value": "asked"})
    return ToolUse("question", "ask_user", {"question": "Which?"})


def talk(functions: dict[str, Any], person: Any = None, **options: Any) -> Walked:
    return Walked(functions, llm=ScriptedProvider(talker), person=person, **options)


class Absent:
    """Nobody is there."""

    async def ask(self, question: QuestionAsked) -> str:
        raise RunPausedError("Nobody is there.", node_id=question.node_id)


@pytest.mark.parametrize("is_parallel", [True, False])
@pytest.mark.parametrize("person", [None, Absent()])
async def test_a_question_in_a_branch_pauses_the_run_once_the_others_are_done(
    person: Any, is_parallel: bool
) -> None:
    functions = {"s": giving(), "b": giving(b="b"), "j": giving()}
    bench = talk(functions, person, enable_parallel_execution=is_parallel)
    paused = await bench.run(talking())
    assert (paused.status, paused.paused_at, paused.session_state) == (
        "paused", "a", {"run_id": RUN, "paused_at": "a"},
    )  # fmt: skip
    assert (paused.success, paused.path) == (True, ["s", "a", "b"])
    assert paused.node_visit_counts == {"s": 1, "a": 1, "b": 1}

    later = talk(functions, Echo(), runtime=bench.runtime)
    result = await later.executor.execute(talking(), session_state=paused.session_state)
    whole = talk(functions, Echo())
    assert (await whole.run(talking())).output == result.output == {"a": "asked", "b": "b"}
    assert (await later.state()).main.digest == (await whole.state()).main.digest
    assert result.path == ["s", "a", "b", "j"]


async def test_a_failed_sibling_fails_the_run_instead_of_waiting_for_a_person() -> None:
    bench = talk({"s": giving(), "b": failing("broken"), "j": giving()})
    result = await bench.run(talking())
    assert (result.status, cause(result)) == ("failed", "broken")


@pytest.mark.parametrize("name", ["continue_others", "wait_all"])
async def test_under_the_other_policies_a_failed_sibling_does_not_keep_the_run_from_waiting(
    name: str,
) -> None:
    functions = {"s": giving(), "b": failing("broken"), "j": giving()}
    bench = talk(functions, parallel_config=policy(name))
    paused = await bench.run(talking())
    assert paused.status == "paused"
    result = await talk(functions, Echo(), runtime=bench.runtime, parallel_config=policy(name)).carry_on(
        talking()
    )
    assert (result.success, cause(result)) == (
        name == "continue_others",
        None if name == "continue_others" else "broken",
    )


async def test_a_pause_node_in_a_branch_pauses_the_run_and_lets_it_go_on() -> None:
    spec = fan("a", "b", "c", pause_nodes=["a", "b"])
    bench = Walked(gives("s", "a", "b", "c", "j"))
    paused = await bench.run(spec)
    assert (paused.paused_at, paused.path) == ("a", ["s", "a", "b", "c"])
    paused = await bench.carry_on(spec)
    assert paused.paused_at == "b"
    result = await bench.carry_on(spec)
    assert (result.status, result.path) == ("succeeded", ["s", "a", "b", "c", "j"])


async def test_two_client_facing_nodes_in_one_fan_out_are_refused() -> None:
    with pytest.raises(InvalidGraphError, match="client"):
        await walked(talking(other=loop_node("b", writes=["b"], client_facing=True)), {"s": giving()})
