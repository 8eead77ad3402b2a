"""One graph: specs, the executor that walks it, the node loop and its judges.

The specs load with this package; what runs them loads when it is first asked
for, so that a module that only declares a graph stays cheap to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.goal import Constraint, Goal, GoalStatus, SuccessCriterion
from framework.model.graph import GraphSpec
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec

if TYPE_CHECKING:
    from framework.graph.executor import GraphExecutor
    from framework.graph.result import ExecutionResult
    from framework.graph.scope import ParallelExecutionConfig
    from framework.journal.conversation import ConversationChain as NodeConversation
    from framework.loop.context import NodeContext, NodeProtocol, NodeResult
    from framework.loop.event_loop_node import EventLoopNode
    from framework.loop.judges import (
        JudgeContext,
        JudgeProtocol,
        JudgeVerdict,
        OutputAccumulator,
        SchemaJudge,
    )

__all__ = [
    "Constraint",
    "EdgeCondition",
    "EdgeSpec",
    "EventLoopNode",
    "ExecutionResult",
    "Goal",
    "GoalStatus",
    "GraphExecutor",
    "GraphSpec",
    "JudgeContext",
    "JudgeProtocol",
    "JudgeVerdict",
    "LoopConfig",
    "NodeContext",
    "NodeConversation",
    "NodeProtocol",
    "NodeResult",
    "NodeSpec",
    "OutputAccumulator",
    "ParallelExecutionConfig",
    "SchemaJudge",
    "SuccessCriterion",
]

_LOADED_ON_USE = {
    "EventLoopNode": "framework.loop.event_loop_node:EventLoopNode",
    "ExecutionResult": "framework.graph.result:ExecutionResult",
    "GraphExecutor": "framework.graph.executor:GraphExecutor",
    "JudgeContext": "framework.loop.judges:JudgeContext",
    "JudgeProtocol": "framework.loop.judges:JudgeProtocol",
    "JudgeVerdict": "framework.loop.judges:JudgeVerdict",
    "NodeContext": "framework.loop.context:NodeContext",
    "NodeConversation": "framework.journal.conversation:ConversationChain",
    "NodeProtocol": "framework.loop.context:NodeProtocol",
    "NodeResult": "framework.loop.context:NodeResult",
    "OutputAccumulator": "framework.loop.judges:OutputAccumulator",
    "ParallelExecutionConfig": "framework.graph.scope:ParallelExecutionConfig",
    "SchemaJudge": "framework.loop.judges:SchemaJudge",
}


def __getattr__(name: str) -> Any:
    """Load what runs graphs when it is first used.

    Raises:
        AttributeError: if this package has no such name.
    """
    if name not in _LOADED_ON_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LOADED_ON_USE[name].split(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value
