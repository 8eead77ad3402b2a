"""Public names are called the ways existing packages call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import SpecError
from framework.graph import Goal, GraphExecutor, JudgeVerdict, LoopConfig, NodeResult, SuccessCriterion
from framework.graph.checkpoint_config import CheckpointConfig
from framework.graph.executor import ExecutionResult
from framework.graph.safe_eval import safe_eval
from framework.llm import LLMResponse, ScriptedProvider, Tool, ToolResult, ToolUse
from framework.llm.scripted import call
from framework.runner.tool_registry import ToolRegistry
from framework.runtime.core import Runtime
from tests.support.walked_graphs import graph, loop_node

if TYPE_CHECKING:
    from framework.model.message import Message

QUERY = {"query": {"type": "string", "description": "What to look for"}}


def test_checkpoint_options_of_existing_packages_are_taken() -> None:
    assert CheckpointConfig(enabled=True, checkpoint_on_node_start=False, checkpoint_max_age_days=7)


def test_an_expression_is_evaluated_by_name() -> None:
    assert safe_eval("score > 0.5", {"score": 0.9}) is True
    assert safe_eval("output.get('feedback') is not None", {"output": {"feedback": "more"}}) is True


def test_a_result_may_be_made_without_a_run() -> None:
    result = ExecutionResult(success=False, error="Execution timeout")

    assert (result.success, result.error, result.output, result.run_id) == (
        False,
        "Execution timeout",
        {},
        "",
    )


def test_records_are_made_by_keyword_and_by_position() -> None:
    assert JudgeVerdict(action="ACCEPT", feedback="") == JudgeVerdict("ACCEPT")
    assert NodeResult(success=True, output={"a": 1}) == NodeResult(True, {"a": 1})
    assert ToolUse(id="1", name="look", input={}) == ToolUse("1", "look", {})
    assert ToolResult(tool_use_id="1", content="x", is_error=True) == ToolResult("1", "x", True)
    goal = Goal(id="g", name="G", success_criteria=[SuccessCriterion(id="c", metric="m", target=">=0.9")])
    assert goal.success_criteria[0].weight == 1.0


@pytest.mark.parametrize(
    "parameters",
    [
        QUERY,
        {"properties": {"type": "string"}},
        {"type": {"type": "string"}},
        {"properties": {"type": "object"}, "query": {"type": "string"}},
    ],
)
def test_the_properties_of_a_tools_parameters_are_enough(parameters: dict[str, Any]) -> None:
    tool = Tool(name="look", description="Looks.", parameters=parameters)

    assert tool.parameters == {"type": "object", "properties": parameters}


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "properties": QUERY, "required": ["query"]},
        {"type": "object", "properties": {}},
        {"properties": QUERY},
        {"properties": {}, "$defs": {}},
        {"type": "object"},
    ],
)
def test_a_whole_schema_stays_as_it_is(parameters: dict[str, Any]) -> None:
    assert Tool(name="look", parameters=parameters).parameters == parameters


def test_a_tool_without_parameters_takes_nothing() -> None:
    assert Tool(name="look", parameters={}).parameters == Tool(name="look").parameters


async def test_a_tool_of_properties_alone_is_called_with_what_the_model_sends() -> None:
    registry = ToolRegistry()
    registry.register("look", Tool("look", "Looks.", QUERY), lambda arguments: f"saw {arguments['query']}")
    llm = ScriptedProvider([call("look", query="bees"), "Done."])
    executor = GraphExecutor(
        Runtime(), llm=llm, tools=list(registry.get_tools().values()), tool_executor=registry.get_executor()
    )

    assert (await executor.execute(graph([loop_node("n", tools=["look"])]))).success
    assert [message.content for message in told(llm) if message.role == "tool"] == ["saw bees"]


def told(llm: ScriptedProvider) -> list[Message]:
    return list(llm.requests[-1].messages)


@pytest.mark.parametrize("limits", [{"max_iterations": 1}, LoopConfig(max_iterations=1)])
async def test_limits_of_the_executor_may_be_a_dict(limits: Any) -> None:
    llm = ScriptedProvider(["No.", "No."])
    executor = GraphExecutor(runtime=Runtime(), llm=llm, loop_config=limits)

    result = await executor.execute(graph=graph([loop_node("n", writes=["a"])]), goal=None, input_data={})

    assert "used up its 1 turns" in str(result.error)


def test_limits_that_cannot_be_are_said() -> None:
    with pytest.raises(SpecError, match="max_iterations"):
        GraphExecutor(Runtime(), loop_config={"max_iterations": 0})


async def test_a_sync_executor_of_tools_may_return_a_result() -> None:
    def answer(use: ToolUse) -> ToolResult:
        return ToolResult(tool_use_id=use.id, content="42", is_error=False)

    llm = ScriptedProvider([call("look"), LLMResponse(content="Done.")])
    executor = GraphExecutor(Runtime(), llm, [Tool("look", "Looks.", {})], answer)

    assert (await executor.execute(graph([loop_node("n", tools=["look"])]), None, {})).success
    assert told(llm)[-1].content == "42"


def test_limits_that_nothing_reads_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    GraphExecutor(Runtime(), loop_config={"max_iterations": 3, "max_cleverness": 9})

    assert [record.fields for record in caplog.records] == [["max_cleverness"]]
