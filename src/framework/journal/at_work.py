"""Where a run is: the lanes that have not come to their end, and the nodes they stand at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.state import MAIN_LANE, Phase, RunStatus

if TYPE_CHECKING:
    from framework.journal.state import RunState, WalkLane

_UNDER_WAY = (Phase.READY, Phase.INSIDE)
_BY_ITSELF = (RunStatus.SUCCEEDED, RunStatus.FAILED)


def lanes_at_work(state: RunState) -> list[WalkLane]:
    """Return the lanes in which a run is at work, waits, or was cut off; none once it came to its own end.

    Of a fan-out these are the branches that have not come to their end, in declared order; when all have
    and the join is not recorded yet, all of them.
    """
    return _at_work(state, state.main)


def nodes_at_work(state: RunState) -> list[str]:
    """Return the nodes these lanes stand at, once each."""
    return list(dict.fromkeys(str(lane.node_id) for lane in lanes_at_work(state)))


def _at_work(state: RunState, lane: WalkLane) -> list[WalkLane]:
    if lane.phase is not Phase.FORKED:
        return [lane] if _is_at_work(state, lane) else []
    branches = [state.walk(name) for name in lane.branches]
    return [inner for branch in branches for inner in _at_work(state, branch)] or branches


def _is_at_work(state: RunState, lane: WalkLane) -> bool:
    if lane.phase is Phase.LEFT:
        is_on_its_way = lane.id == MAIN_LANE and state.status not in _BY_ITSELF
        return is_on_its_way or lane.node_id == state.paused_at  # That is a pause node.
    return lane.phase in _UNDER_WAY and lane.node_id is not None
