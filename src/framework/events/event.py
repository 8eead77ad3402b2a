"""The live events of running agents, and what can be watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What can be watched; ``events_dropped`` tells a slow listener what it missed."""

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
    ESCALATION = "escalation"
    EDGE_TRAVERSED = "edge_traversed"
    BRANCHES_JOINED = "branches_joined"
    CONVERSATION_COMPACTED = "conversation_compacted"
    EVENTS_DROPPED = "events_dropped"


DELTAS = frozenset({EventType.LLM_TEXT_DELTA, EventType.LLM_REASONING_DELTA, EventType.CLIENT_OUTPUT_DELTA})
"""Pieces of text as a model writes them; the whole text follows in the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """One thing that just happened; ``data`` depends on the type."""

    type: EventType
    run_id: str
    node_id: str = ""
    lane: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
