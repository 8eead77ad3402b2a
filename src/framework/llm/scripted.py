"""A provider whose answers are written down beforehand: for tests, examples and dry runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING

from framework.errors import ProviderError
from framework.llm.base import LLMResponse
from framework.llm.stream import FinishEvent, StreamEvent, TextDeltaEvent, ToolCallEvent
from framework.model.tool import ToolUse, UnreadToolUse

if TYPE_CHECKING:
    from framework.llm.base import ModelRequest

Answer = str | ToolUse | Sequence[ToolUse] | LLMResponse | Exception
Script = Sequence[Answer] | Callable[["ModelRequest"], Answer]


class ScriptedProvider:
    """Answers from a list, in order, or from a function of the request.

    An answer is a text, a ``ToolUse``, several of them, a whole ``LLMResponse``,
    or an exception to raise. A list that is used up fails the request.

    Attributes:
        requests: every request received so far, in order.
    """

    def __init__(self, script: Script, *, model: str = "scripted") -> None:
        """Answer from ``script`` as the model ``model``."""
        self._script = script
        self._ids = count(1)
        self._position = 0
        self.model = model
        self.requests: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the next answer."""
        self.requests.append(request)
        answer = self._next(request)
        if isinstance(answer, Exception):
            raise answer
        response = _as_response(answer)
        if response.content:
            yield TextDeltaEvent(response.content, response.content)
        for call in response.tool_calls:
            text = call.input_text if isinstance(call, UnreadToolUse) else None
            identity = call.id or f"call_{next(self._ids)}"
            yield ToolCallEvent(identity, call.name, call.input, call.input_error, text)
        yield FinishEvent(
            stop_reason=response.stop_reason,
            input_tokens=response.input_tokens,
            output_tokens=response.output_tokens,
            cached_tokens=response.cached_tokens,
            model=response.model or self.model,
            cost_usd=response.cost_usd,
        )

    def _next(self, request: ModelRequest) -> Answer:
        if callable(self._script):
            return self._script(request)
        if self._position >= len(self._script):
            raise ProviderError(
                f"The script has {len(self._script)} answers and the run asked for one more; add an answer."
            )
        answer = self._script[self._position]
        self._position += 1
        return answer


def call(name: str, **arguments: object) -> ToolUse:
    """Return a tool call for a script; the provider gives it an id."""
    return ToolUse(id="", name=name, input=arguments)


def _as_response(answer: Answer) -> LLMResponse:
    if isinstance(answer, LLMResponse):
        return answer
    if isinstance(answer, str):
        return LLMResponse(content=answer)
    if isinstance(answer, ToolUse):
        return LLMResponse(tool_calls=(answer,), stop_reason="tool_calls")
    if isinstance(answer, Exception):
        raise answer
    return LLMResponse(tool_calls=tuple(answer), stop_reason="tool_calls")
