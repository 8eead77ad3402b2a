"""The state of a run: what a fold over its events yields, and nothing else."""

from framework.journal.state.lane import MAIN_LANE, Lane, Phase, View, WalkLane, belongs_to
from framework.journal.state.node import NODE_CALL, NodeState, Step, ruling_key
from framework.journal.state.run import RunState, RunStatus, Usage

__all__ = [
    "MAIN_LANE",
    "NODE_CALL",
    "Lane",
    "NodeState",
    "Phase",
    "RunState",
    "RunStatus",
    "Step",
    "Usage",
    "View",
    "WalkLane",
    "belongs_to",
    "ruling_key",
]
