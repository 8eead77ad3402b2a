"""One graph: specs, the executor that walks it, the node loop and its judges."""

from framework.graph.executor import GraphExecutor
from framework.graph.result import ExecutionResult
from framework.graph.scope import ParallelExecutionConfig
from framework.journal.conversation import ConversationChain as NodeConversation
from framework.loop.context import NodeContext, NodeProtocol, NodeResult
from framework.loop.event_loop_node import EventLoopNode
from framework.loop.judges import JudgeContext, JudgeProtocol, JudgeVerdict, OutputAccumulator, SchemaJudge
from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.goal import Constraint, Goal, GoalStatus, SuccessCriterion
from framework.model.graph import GraphSpec
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec

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
