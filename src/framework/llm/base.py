"""The protocol of a model provider, and how its stream becomes one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from framework.errors import ProviderError
from framework.llm.stream import (
    FinishEvent,
    StreamErrorEvent,
    StreamEvent,
    TextDeltaEvent,
    TextEndEvent,
    ToolCallEvent,
)
from framework.model.message import Message
from framework.model.tool import Tool, ToolUse, UnreadToolUse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One request to a model.

    Attributes:
        model: model name as the provider knows it; empty means the provider's default.
        max_tokens: tokens the answer may have.
        response_schema: JSON schema the answer's text must follow, when given.
    """

    messages: Sequence[Message]
    model: str = ""
    system: str = ""
    tools: Sequence[Tool] = ()
    max_tokens: int = 4096
    temperature: float | None = None
    response_schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMResponse:
    """One complete answer; ``cost_usd`` is None when the price is unknown."""

    content: str = ""
    tool_calls: tuple[ToolUse, ...] = ()
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    stop_reason: str = "stop"
    cost_usd: Decimal | None = None


@runtime_checkable
class LLMProvider(Protocol):
    """Answers requests by streaming events; ``model`` is the default model's name."""

    @property
    def model(self) -> str:
        """The model used when a request names none."""
        ...

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer; the last event is a ``FinishEvent``.

        Raises:
            ProviderError: when the provider cannot answer.
        """
        ...


def _ignore(event: StreamEvent) -> None:
    del event


async def collect(
    provider: LLMProvider,
    request: ModelRequest,
    on_event: Callable[[StreamEvent], None] = _ignore,
) -> LLMResponse:
    """Return the whole answer, showing every event to ``on_event`` as it arrives.

    Raises:
        ProviderError: when the provider fails, or the stream breaks or ends early.
    """
    text: list[str] = []
    calls: list[ToolUse] = []
    finish: FinishEvent | None = None
    async for event in provider.stream(request):
        on_event(event)
        match event:
            case TextDeltaEvent():
                text.append(event.content)
            case TextEndEvent():
                text = [event.full_text]
            case ToolCallEvent():
                calls.append(_use(event))
            case FinishEvent():
                finish = event
            case StreamErrorEvent():
                raise ProviderError(event.error, retryable=event.recoverable)
            case _:
                pass
    if finish is None:
        raise ProviderError("The model's answer broke off before it was complete.", retryable=True)
    return LLMResponse(
        content="".join(text),
        tool_calls=tuple(calls),
        model=finish.model or request.model or provider.model,
        input_tokens=finish.input_tokens,
        output_tokens=finish.output_tokens,
        cached_tokens=finish.cached_tokens,
        stop_reason=finish.stop_reason,
        cost_usd=_known(finish.cost_usd),
    )


def _use(event: ToolCallEvent) -> ToolUse:
    read = (event.tool_use_id, event.tool_name, event.tool_input, event.input_error)
    return ToolUse(*read) if event.input_text is None else UnreadToolUse(*read, input_text=event.input_text)


def _known(cost_usd: Decimal | None) -> Decimal | None:
    """Return a price, None where what a provider says is none."""
    price = None if cost_usd is None else Decimal(str(cost_usd))
    return price if price is not None and price.is_finite() and price >= 0 else None
