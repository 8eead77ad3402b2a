"""The node that a model runs, its limits and its judges."""

from framework.loop.event_loop_node import EventLoopNode
from framework.loop.judges import JudgeContext, JudgeProtocol, JudgeVerdict, OutputAccumulator, SchemaJudge
from framework.model.loop_config import LoopConfig

__all__ = [
    "EventLoopNode",
    "JudgeContext",
    "JudgeProtocol",
    "JudgeVerdict",
    "LoopConfig",
    "OutputAccumulator",
    "SchemaJudge",
]
