"""Which node's own code raised what, and where: facts beside the hashed error, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from framework.model.events import NodeFinished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.journal.state import RunState
    from framework.model.events import ErrorFacts, Event

RAISED_AT = "raised_at"
"""The meta fact that says where a node's code raised its error: ``agent.py:12``; empty if nobody knows."""


class Raised(NamedTuple):
    """An error of a node's own code; ``place`` is its file and line."""

    node_id: str
    error: ErrorFacts
    place: str

    def __str__(self) -> str:
        """Say who raised what and where."""
        error, text = self.error, f"Node {self.node_id!r} raised {self.error.error}"
        if error.message != error.error:
            text += f": {error.message}"
        return f"{text} ({self.place})" if self.place else text


def note_raised(state: RunState, event: Event, meta: Mapping[str, Any]) -> None:
    """Keep in ``state`` that a node's own code failed it, if an entry's facts say so."""
    place = meta.get(RAISED_AT)
    if isinstance(place, str) and isinstance(event, NodeFinished) and event.error is not None:
        state.raised.append(Raised(event.node_id, event.error, place))


def told_error(state: RunState) -> str | None:
    """Return why a run failed, for people: an error of a node's own code with its class and place."""
    error = state.error
    if error is None:
        return None
    for raised in reversed(state.raised):
        if raised.error.error == error.error and error.message.startswith(raised.error.message):
            rest = error.message.removeprefix(raised.error.message)
            return f"{raised}.{rest}" if rest else str(raised)
    return error.message
