"""Where in the state an event happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from framework.journal.state import Lane, RunState, WalkLane

if TYPE_CHECKING:
    from framework.journal.state import NodeState

Handler = Callable[[RunState, Lane, Any], None]
"""Changes a state by an event of one kind that happened in a lane."""


def walk_of(state: RunState, lane: Lane) -> WalkLane:
    """Return the lane that walks nodes in which an event of ``lane`` happened."""
    if isinstance(lane, WalkLane):
        return lane
    return state.walk(cast("str", lane.parent))


def node_of(state: RunState, lane: Lane) -> NodeState:
    """Return the visit of a node in which an event of ``lane`` happened.

    Raises:
        TypeError: if the lane is inside no node.
    """
    node = (lane if isinstance(lane, WalkLane) else walk_of(state, lane)).node
    if node is None:
        raise TypeError(f"Lane {lane.id!r} is inside no node.")
    return node
