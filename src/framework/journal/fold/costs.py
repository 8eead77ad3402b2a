"""The events of budgets: what one ruled and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.fold.places import walk_of
from framework.journal.ledger import GOAL
from framework.model import events as ev

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler
    from framework.journal.state import Lane, RunState, WalkLane


def _budget_ruled(state: RunState, lane: Lane, event: ev.BudgetRuled) -> None:
    walk = walk_of(state, lane)
    walk.ruled = event
    note_cost(state, walk, event)


def _budget_counted(state: RunState, lane: Lane, event: ev.BudgetRuledAgain | ev.BudgetSettled) -> None:
    note_cost(state, walk_of(state, lane), event)


def note_cost(state: RunState, walk: WalkLane, event: ev.Event) -> None:
    """Count what an event says of a budget or a price."""
    state.ledger.note(walk.id, event, GOAL if walk.node is None else walk.node.node_id)


HANDLERS: dict[str, Handler] = {
    ev.BudgetRuled.kind: _budget_ruled,
    ev.BudgetRuledAgain.kind: _budget_counted,
    ev.BudgetSettled.kind: _budget_counted,
}
"""What each kind of event changes."""
