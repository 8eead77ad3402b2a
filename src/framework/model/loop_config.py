"""The limits of one node's loop."""

from __future__ import annotations

from enum import StrEnum
from math import floor

from pydantic import Field

from framework.model.spec import Spec


class ClientTurns(StrEnum):
    """When a client-facing node blocks for the person (section 5 of the semantics)."""

    BOUNDARY = "boundary"
    TEXT = "text"
    ASK = "ask"


class LoopConfig(Spec):
    """Limits of an event loop: counts, characters, tokens and seconds.

    Attributes:
        max_iterations: turns of one node, and model answers of one turn.
        max_tool_calls_per_turn: tool calls of one model answer.
        tool_call_overflow_margin: share by which an answer may pass that limit.
        stall_detection_threshold: identical steps in a row that count as a stall.
        max_history_tokens: tokens at which the conversation is summarised.
        max_tool_result_chars: longer tool results go to a file.
        tool_timeout_s: seconds one tool call may take.
        client_turns: when a client-facing node blocks for the person.
    """

    max_iterations: int = Field(default=50, ge=1)
    max_tool_calls_per_turn: int = Field(default=10, ge=1)
    tool_call_overflow_margin: float = Field(default=0.5, ge=0.0)
    stall_detection_threshold: int = Field(default=3, ge=2)
    max_history_tokens: int = Field(default=32_000, ge=256)
    max_tool_result_chars: int = Field(default=3_000, ge=200)
    tool_timeout_s: float = Field(default=60.0, gt=0.0)
    client_turns: ClientTurns = ClientTurns.BOUNDARY

    @property
    def tool_call_limit(self) -> int:
        """Tool calls of one answer beyond which calls are discarded."""
        return floor(self.max_tool_calls_per_turn * (1 + self.tool_call_overflow_margin))
