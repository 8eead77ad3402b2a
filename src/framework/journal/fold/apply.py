"""How an event of any kind changes the state of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.fold import costs, effects, models, runs, values, visits, ways

if TYPE_CHECKING:
    from framework.journal.state import Lane, RunState
    from framework.model.events import Event

_HANDLERS = {
    kind: handler
    for part in (runs, ways, visits, models, effects, costs, values)
    for kind, handler in part.HANDLERS.items()
}
"""One look-up an event, whatever its kind."""


def apply(state: RunState, lane: Lane, event: Event, at_us: int) -> None:
    """Change ``state`` by one event that happened in a lane at a time."""
    handler = _HANDLERS.get(event.kind)
    if handler is not None:
        handler(state, lane, event)
    state.started_at_us = state.started_at_us or at_us
    state.ended_at_us = at_us
