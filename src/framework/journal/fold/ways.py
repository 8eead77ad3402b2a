"""The events between nodes: edges ruled on and taken, branches opened and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.fold.places import walk_of
from framework.journal.state import Lane, Phase, RunState
from framework.model import events as ev

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler

BRANCH_CANCELLED = "BranchCancelled"
"""Error of a branch that was cancelled because a sibling failed."""

BRANCH_TIMEOUT = "BranchTimeout"
"""Error of a branch that took longer than it may."""


def _edge_considered(state: RunState, lane: Lane, event: ev.EdgeConsidered) -> None:
    del event
    walk_of(state, lane).considered += 1


def _edge_taken(state: RunState, lane: Lane, event: ev.EdgeTaken) -> None:
    walk = walk_of(state, lane)
    if len(event.targets) == 1:
        walk.go_to(event.targets[0], event.edge_ids)
        return
    edges_to: dict[str, list[str]] = {}
    for target, edge_id in zip(event.targets, event.edge_ids, strict=True):
        edges_to.setdefault(target, []).append(edge_id)
    if len(edges_to) == 1:
        walk.go_to(event.targets[0], event.edge_ids)
    else:
        state.fork(walk, edges_to, event.join)


def _branches_joined(state: RunState, lane: Lane, event: ev.BranchesJoined) -> None:
    walk = walk_of(state, lane)
    arrived = [state.walk(outcome.lane) for outcome in event.branches if outcome.at_join]
    edges_in = tuple(edge for branch in arrived for edge in branch.edges_in)
    views = tuple(view for branch in arrived for view in branch.views)
    walk.last_output = {}
    for outcome in event.branches:
        state.merge(walk, outcome)
    walk.branches = ()
    if not event.succeeded:
        walk.phase = Phase.FAILED
        walk.error = _first_cause(event)
    elif arrived and event.join is not None:
        walk.arrive(event.join, edges_in, views)
    else:
        walk.phase = Phase.ENDED


def _first_cause(event: ev.BranchesJoined) -> ev.ErrorFacts | None:
    errors = [outcome.error for outcome in event.branches if outcome.error is not None]
    causes = [error for error in errors if error.error != BRANCH_CANCELLED]
    return next(iter(causes or errors), None)


HANDLERS: dict[str, Handler] = {
    ev.EdgeConsidered.kind: _edge_considered,
    ev.EdgeTaken.kind: _edge_taken,
    ev.BranchesJoined.kind: _branches_joined,
}
"""What each kind of event changes."""
