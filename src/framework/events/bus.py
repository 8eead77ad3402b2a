"""The event bus: live events of running agents, to whoever listens.

The bus carries what is worth watching; the journal is the record. Token
deltas exist only here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

_log = logging.getLogger("framework.events")


class EventType(StrEnum):
    """What can be watched."""

    EXECUTION_STARTED = "execution_started"
    EXECUTION_COMPLETED = "execution_completed"
    EXECUTION_FAILED = "execution_failed"
    EXECUTION_PAUSED = "execution_paused"
    EXECUTION_RESUMED = "execution_resumed"
    NODE_STARTED = "node_started"
    NODE_COMPLETED = "node_completed"
    NODE_FAILED = "node_failed"
    NODE_RETRY = "node_retry"
    MODEL_REQUESTED = "model_requested"
    MODEL_ANSWERED = "model_answered"
    LLM_TEXT_DELTA = "llm_text_delta"
    LLM_REASONING_DELTA = "llm_reasoning_delta"
    CLIENT_OUTPUT_DELTA = "client_output_delta"
    CLIENT_INPUT_REQUESTED = "client_input_requested"
    CLIENT_INPUT_RECEIVED = "client_input_received"
    TOOL_CALL_STARTED = "tool_call_started"
    TOOL_CALL_COMPLETED = "tool_call_completed"
    OUTPUT_SET = "output_set"
    JUDGE_VERDICT = "judge_verdict"
    EDGE_TRAVERSED = "edge_traversed"
    BRANCHES_JOINED = "branches_joined"
    CONVERSATION_COMPACTED = "conversation_compacted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """One thing that just happened; ``data`` depends on the type."""

    type: EventType
    run_id: str
    node_id: str = ""
    lane: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])


Listener = Callable[[AgentEvent], None]


class EventBus:
    """Hands events to its subscribers, in order, at once.

    A subscriber that raises is logged and does not disturb the run.
    """

    def __init__(self) -> None:
        """Start without subscribers."""
        self._ids = count(1)
        self._subscribers: dict[int, tuple[frozenset[EventType], Listener]] = {}

    def subscribe(self, listener: Listener, types: Iterable[EventType] = ()) -> int:
        """Call ``listener`` for every event of ``types``; none means all. Return an id."""
        number = next(self._ids)
        self._subscribers[number] = (frozenset(types), listener)
        return number

    def unsubscribe(self, number: int) -> None:
        """Stop calling the listener with this id."""
        self._subscribers.pop(number, None)

    def is_heard(self) -> bool:
        """Return whether anyone listens."""
        return bool(self._subscribers)

    def publish(self, event: AgentEvent) -> None:
        """Hand ``event`` to everyone who wants its type."""
        for types, listener in tuple(self._subscribers.values()):
            if types and event.type not in types:
                continue
            try:
                listener(event)
            except Exception:  # noqa: BLE001  (a listener is foreign code; the run goes on)
                _log.exception("listener_failed", extra={"event_type": event.type})
