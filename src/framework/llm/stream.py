"""What a provider streams while a model answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class TextDeltaEvent:
    """A piece of the answer's text; ``snapshot`` is the text so far, when the provider keeps it."""

    content: str
    snapshot: str = ""


@dataclass(frozen=True, slots=True)
class TextEndEvent:
    """The answer's text is complete."""

    full_text: str


@dataclass(frozen=True, slots=True)
class ReasoningDeltaEvent:
    """A piece of the model's reasoning; shown, never part of the conversation."""

    content: str


@dataclass(frozen=True, slots=True)
class ToolCallEvent:
    """The model asks for a tool call; ``input_error`` says why its arguments did not parse.

    ``input_text`` is then what the model wrote, where the provider has it.
    """

    tool_use_id: str
    tool_name: str
    tool_input: dict[str, Any] = field(default_factory=dict[str, Any])
    input_error: str | None = None
    input_text: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResultEvent:
    """A tool call came back; the loop emits it, not the provider."""

    tool_use_id: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class FinishEvent:
    """The answer is complete.

    ``cost_usd`` is None when the price of the model is unknown.
    """

    stop_reason: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    model: str = ""
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StreamErrorEvent:
    """The stream broke; ``recoverable`` says whether asking again may help."""

    error: str
    recoverable: bool = False


StreamEvent = (
    TextDeltaEvent
    | TextEndEvent
    | ReasoningDeltaEvent
    | ToolCallEvent
    | ToolResultEvent
    | FinishEvent
    | StreamErrorEvent
)
