"""The names that agent packages import; a name once here stays."""

from importlib import import_module

import pytest

GRAPH = (
    "Goal GoalStatus SuccessCriterion Constraint NodeSpec NodeContext NodeResult NodeProtocol EdgeSpec "
    "EdgeCondition GraphSpec GraphExecutor EventLoopNode LoopConfig JudgeProtocol JudgeVerdict SchemaJudge "
    "NodeConversation OutputAccumulator"
)
NAMES = {
    "framework.graph": GRAPH,
    "framework.graph.goal": "Goal GoalStatus SuccessCriterion Constraint",
    "framework.graph.node": "NodeSpec NodeContext NodeResult NodeProtocol",
    "framework.graph.edge": "EdgeSpec EdgeCondition GraphSpec",
    "framework.graph.executor": "ExecutionResult GraphExecutor ParallelExecutionConfig",
    "framework.graph.event_loop_node": (
        "EventLoopNode LoopConfig JudgeProtocol JudgeVerdict SchemaJudge OutputAccumulator"
    ),
    "framework.graph.conversation": "NodeConversation",
    "framework.graph.checkpoint_config": "CheckpointConfig",
    "framework.graph.safe_eval": "safe_eval",
    "framework.llm": (
        "LLMProvider LLMResponse Tool ToolUse ToolResult TextDeltaEvent TextEndEvent ToolCallEvent "
        "ToolResultEvent ReasoningDeltaEvent FinishEvent StreamErrorEvent ScriptedProvider"
    ),
    "framework.config": "RuntimeConfig",
    "framework.runner": "AgentRunner ToolRegistry tool",
    "framework.runner.tool_registry": "ToolRegistry tool",
    "framework.runtime.core": "Runtime",
    "framework.runtime.event_bus": "EventBus EventType AgentEvent",
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names.split()]
)
def test_the_module_gives_the_name(module: str, name: str) -> None:
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize("module", [name for name in NAMES if name.startswith("framework.graph.")])
def test_a_module_gives_the_same_object_as_its_package(module: str) -> None:
    graph = import_module("framework.graph")

    for name in set(NAMES[module].split()) & set(GRAPH.split()):
        assert getattr(import_module(module), name) is getattr(graph, name)


def test_checkpoint_options_of_existing_packages_are_taken() -> None:
    config = import_module("framework.graph.checkpoint_config").CheckpointConfig

    assert config(enabled=True, checkpoint_on_node_start=False) is not None


def test_an_expression_is_evaluated_by_name() -> None:
    safe_eval = import_module("framework.graph.safe_eval").safe_eval

    assert safe_eval("score > 0.5", {"score": 0.9}) is True
