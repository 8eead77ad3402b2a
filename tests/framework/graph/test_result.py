"""What a run gives back, read from the fold of its journal."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.graph.result import ExecutionResult, result_of
from framework.journal.state import RunState, RunStatus
from framework.llm import LLMResponse, ScriptedProvider
from framework.llm.scripted import call
from framework.model.events import ErrorFacts
from framework.model.tool import Tool, ToolUse
from tests.support.walked_graphs import Walked, edge, failing, giving, graph, loop_node, node, walked


def test_a_state_before_the_first_event_is_no_success() -> None:
    assert result_of(RunState()) == ExecutionResult(
        success=False, run_id="", status="new", execution_quality="failed"
    )


@pytest.mark.parametrize(
    ("status", "success", "quality"),
    [
        (RunStatus.SUCCEEDED, True, "clean"), (RunStatus.PAUSED, True, "clean"),
        (RunStatus.FAILED, False, "failed"), (RunStatus.CANCELLED, False, "failed"),
        (RunStatus.RUNNING, False, "failed"),
    ],
)  # fmt: skip
def test_success_and_quality_follow_the_status(status: RunStatus, success: bool, quality: str) -> None:
    state = RunState()
    state.status = status
    result = result_of(state)
    assert (result.success, result.execution_quality, result.status) == (success, quality, status.value)


def test_failures_on_the_way_degrade_a_run() -> None:
    state = RunState()
    state.status = RunStatus.SUCCEEDED
    state.failures["a"] = "broken"
    state.retries = {"a": 2}
    result = result_of(state)
    assert (result.execution_quality, result.nodes_with_failures) == ("degraded", ["a"])
    assert (result.total_retries, result.retry_details) == (2, {"a": 2})


def test_a_failed_branch_degrades_a_run() -> None:
    state = RunState()
    state.status = RunStatus.SUCCEEDED
    state.branch_failed = True
    assert (result_of(state).had_partial_failures, result_of(state).execution_quality) == (True, "degraded")


def test_only_a_paused_run_has_a_session_state() -> None:
    state = RunState()
    state.run_id, state.status, state.paused_at = "r", RunStatus.PAUSED, "a"
    assert result_of(state).session_state == {"run_id": "r", "paused_at": "a"}
    state.status, state.error = RunStatus.FAILED, ErrorFacts(error="E", message="why")
    assert (result_of(state).session_state, result_of(state).error) == ({}, "why")


async def test_the_output_is_the_whole_memory_under_its_keys() -> None:
    spec = graph([node("a", writes=["x"]), node("b", reads=["x"], writes=["y"])], [edge("a", "b")])
    result = await walked(spec, {"a": giving(x={"deep": [1]}), "b": giving(y=None)}, {"given": "in"})
    assert not result.success
    spec.nodes[1].nullable_output_keys = ["y"]
    result = await walked(spec, {"a": giving(x={"deep": [1]}), "b": giving(y=None)}, {"given": "in"})
    assert result.output == {"given": "in", "x": {"deep": [1]}, "y": None}


async def test_tokens_costs_and_time_are_added_up() -> None:
    answers = [
        LLMResponse(
            tool_calls=(ToolUse("1", "set_output", {"key": "x", "value": 1}),),
            input_tokens=10, output_tokens=5, cost_usd=Decimal("0.001"), stop_reason="tool_calls",
        ),
        LLMResponse(content="Done.", input_tokens=20, output_tokens=2, cost_usd=Decimal("0.002")),
        LLMResponse(content="unpriced", input_tokens=1, output_tokens=1),
    ]  # fmt: skip
    bench = Walked({"slow": failing()}, llm=ScriptedProvider(answers))
    spec = graph(
        [loop_node("a", writes=["x"]), loop_node("b"), node("slow", max_retries=3), node("end")],
        [edge("a", "b"), edge("b", "slow"), edge("slow", "end", "on_failure"), edge("slow", "end", id="ok")],
        terminal_nodes=["end"],
    )
    bench.executor.register_function("end", giving())
    result = await bench.run(spec)
    assert (result.total_tokens, result.total_cost_usd) == (39, 0.003)
    assert result.total_latency_ms == 300
    assert (result.steps_executed, result.path) == (4, ["a", "b", "slow", "end"])
    assert result.retry_details == {"slow": 2}


async def test_a_model_that_fails_a_node_costs_what_it_answered() -> None:
    llm = ScriptedProvider(
        [LLMResponse(content="", tool_calls=(call("escalate", reason="no"),), input_tokens=3)]
    )
    spec = graph([loop_node("a", tools=["t"])])
    result = await walked(spec, llm=llm, tools=[Tool("t")], tool_executor=lambda use: None)
    assert (result.success, result.total_tokens) == (False, 3)
