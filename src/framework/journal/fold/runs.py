"""The events of a run as a whole: begun, forked, carried on, paused, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.fold.places import walk_of
from framework.journal.state import NODE_CALL, Lane, Phase, RunState, RunStatus, View, WalkLane
from framework.model import events as ev
from framework.model.tool import Effect

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler


def _run_started(state: RunState, lane: Lane, event: ev.RunStarted) -> None:
    del lane
    state.status = RunStatus.RUNNING
    state.agent = event.agent
    state.version = event.version
    state.goal = event.goal
    state.graph = event.graph
    state.input = event.input
    state.main.memory.update(event.input)
    state.main.go_to(event.entry)


def _run_forked(state: RunState, lane: Lane, event: ev.RunForked) -> None:
    walk = walk_of(state, lane)
    # A new dict: the edges that led here keep the memory they saw.
    walk.memory = walk.memory | event.changes
    walk.views = tuple(View(view.output, view.memory | event.changes) for view in walk.views)
    state.status = RunStatus.RUNNING
    state.version = event.version or state.version
    state.graph = event.graph or state.graph
    state.error = state.evaluation = state.rejection = None
    keys: list[str] = []
    for each in state.lanes.values():
        if isinstance(each, WalkLane) and each.node is not None:
            each.node.origin = each.node.origin or event.origin
            keys += (*each.node.intents.values(), *each.node.unsettled, *each.node.receipts)
    if keys:  # What an earlier fork noted stays; the latest keys come first.
        state.inherited = {**dict.fromkeys(reversed(keys), event.origin), **state.inherited}


def _run_resumed(state: RunState, lane: Lane, event: ev.RunResumed) -> None:
    state.status = RunStatus.RUNNING
    state.ledger.note(lane.id, event)
    for walk in state.lanes.values():
        if not isinstance(walk, WalkLane):
            continue
        if walk.phase is Phase.LEFT and walk.node_id == state.paused_at:
            walk.released = True
        node = walk.node
        if node is not None and node.effect == Effect.ONCE and not (node.outputs or node.failed):
            node.in_doubt |= {NODE_CALL}
    state.paused_at = None


def _run_paused(state: RunState, lane: Lane, event: ev.RunPaused) -> None:
    del lane
    state.status = RunStatus.PAUSED
    state.paused_at = event.node_id


def _run_finished(state: RunState, lane: Lane, event: ev.RunFinished) -> None:
    del lane
    state.status = RunStatus(event.status)
    state.error = event.error
    state.evaluation = event.evaluation


def _run_rejected(state: RunState, lane: Lane, event: ev.RunRejected) -> None:
    del lane
    state.rejection = event.reason


HANDLERS: dict[str, Handler] = {
    ev.RunStarted.kind: _run_started,
    ev.RunForked.kind: _run_forked,
    ev.RunResumed.kind: _run_resumed,
    ev.RunPaused.kind: _run_paused,
    ev.RunFinished.kind: _run_finished,
    ev.RunRejected.kind: _run_rejected,
}
"""What each kind of event changes."""
