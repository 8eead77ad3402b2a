"""A streamed answer in our own events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from pydantic_ai import messages as theirs

from framework.errors import ProviderError
from framework.llm.arguments import parse_arguments
from framework.llm.stream import FinishEvent, ReasoningDeltaEvent, StreamEvent, TextDeltaEvent, ToolCallEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from pydantic_ai.models import StreamedResponse

CALLS_LIMIT = 128
_STOP_REASONS: Mapping[str, str] = {"tool_call": "tool_calls"}
_BLOCKED = "content_filter"


def event_of(piece: theirs.ModelResponseStreamEvent) -> StreamEvent | None:
    """Return the event that a piece of the answer stands for, if it stands for one by itself.

    Raises:
        TypeError: if what the service calls text is none.
    """
    match piece:
        case theirs.PartStartEvent(part=theirs.TextPart(content=said)):
            return TextDeltaEvent(_text(said)) if said else None
        case theirs.PartDeltaEvent(delta=theirs.TextPartDelta(content_delta=said)):
            return TextDeltaEvent(_text(said)) if said else None
        case theirs.PartStartEvent(part=theirs.ThinkingPart(content=thought)):
            return ReasoningDeltaEvent(_text(thought)) if thought else None
        case theirs.PartDeltaEvent(delta=theirs.ThinkingPartDelta(content_delta=thought)):
            return ReasoningDeltaEvent(_text(thought)) if thought else None
        case _:
            return None


def closing_events(
    stream: StreamedResponse, *, model: str, is_marked: bool, cost_usd: Decimal | None
) -> list[StreamEvent]:
    """Return the refusal, the tool calls and the end of an answer that was read to its end.

    Args:
        stream: the answer.
        model: the model that was asked, when the service names none.
        is_marked: whether the service marked the end of the stream.
        cost_usd: the price of the answer.

    Raises:
        ProviderError: if the answer was cut off, or asks for too much.
        TypeError: if something in it is not of the kind it must be.
    """
    details = stream.provider_details or {}
    if not (is_marked or details.get("finish_reason") or stream.finish_reason == _BLOCKED):
        raise ProviderError("The model's answer broke off before it was complete; try again.", retryable=True)
    refusal = details.get("refusal")
    refused: list[StreamEvent] = [TextDeltaEvent(refusal)] if isinstance(refusal, str) else []
    reason = stream.finish_reason or "stop"
    usage = stream.usage
    end = FinishEvent(
        stop_reason=_STOP_REASONS.get(reason, reason),
        input_tokens=_count(usage.input_tokens),
        output_tokens=_count(usage.output_tokens),
        cached_tokens=_count(usage.cache_read_tokens),
        model=_text(stream.model_name or model),
        cost_usd=cost_usd,
    )
    return [*refused, *_calls(stream), end]


def _calls(stream: StreamedResponse) -> list[StreamEvent]:
    parts = [part for part in stream.get().parts if isinstance(part, theirs.ToolCallPart)]
    if len(parts) > CALLS_LIMIT:
        raise ProviderError(f"The model asked for more than {CALLS_LIMIT} tool calls in one answer.")
    taken: set[str] = set()
    return [_call(part, taken) for part in parts]


def _call(part: theirs.ToolCallPart, taken: set[str]) -> ToolCallEvent:
    identity = _text(part.tool_call_id)
    if not identity or identity in taken:
        identity = f"call_{uuid4().hex[:16]}"
    taken.add(identity)
    arguments, problem = _arguments(part.args)
    written = part.args if problem is not None and isinstance(part.args, str) else None
    return ToolCallEvent(identity, _text(part.tool_name), arguments, problem, written)


def _arguments(given: str | Mapping[str, Any] | None) -> tuple[dict[str, Any], str | None]:
    if isinstance(given, str):
        return parse_arguments(given)
    return dict(cast("Mapping[str, Any]", given or {})), None


# The libraries hand on what a service sent without looking at its kind.


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where text belongs")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{type(value).__name__} where a number of tokens belongs")
    return value
