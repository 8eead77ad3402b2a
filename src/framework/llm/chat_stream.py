"""The chunks of a streamed chat completion, put together into one answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from framework.errors import ProviderError
from framework.llm.arguments import parse_arguments
from framework.llm.stream import FinishEvent, ReasoningDeltaEvent, StreamEvent, TextDeltaEvent, ToolCallEvent

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLS_LIMIT = 128


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])

    def event(self, taken: set[str]) -> ToolCallEvent:
        identity = self.id if self.id and self.id not in taken else f"call_{uuid4().hex[:16]}"
        taken.add(identity)
        arguments, problem = parse_arguments("".join(self.arguments))
        return ToolCallEvent(identity, self.name, arguments, problem)


class ChatStream:
    """Takes chunks in order and gives stream events; ``finish`` gives the last ones.

    Chunks are a server's word: fields of an unexpected type are passed over.
    """

    def __init__(self, model: str) -> None:
        """Collect an answer of ``model``."""
        self._model = model
        self._calls: dict[int, _Call] = {}
        self._usage: Mapping[str, Any] = {}
        self._stop_reason = ""
        self._has_choice = False

    def take(self, chunk: Mapping[str, Any]) -> list[StreamEvent]:
        """Return the events of one chunk."""
        self._model = _text(chunk.get("model")) or self._model
        self._usage = _mapping(chunk.get("usage")) or self._usage
        choice = _first(chunk.get("choices"))
        if choice is None:
            return []
        self._has_choice = True
        self._stop_reason = _text(choice.get("finish_reason")) or self._stop_reason
        delta = _mapping(choice.get("delta"))
        for fragment in _mappings(delta.get("tool_calls")):
            self._add_call(fragment)
        return self._said(delta)

    def finish(self, *, is_done: bool) -> list[StreamEvent]:
        """Return the tool calls and the end of the answer.

        Args:
            is_done: whether the server marked the end of the stream.

        Raises:
            ProviderError: if the stream was empty or cut off.
        """
        if not self._has_choice:
            raise ProviderError("The model's service sent an empty answer; try again.", retryable=True)
        if not self._stop_reason and not is_done:
            raise ProviderError(
                "The model's answer broke off before it was complete; try again.", retryable=True
            )
        taken: set[str] = set()
        calls: list[StreamEvent] = [call.event(taken) for _, call in sorted(self._calls.items())]
        details = _mapping(self._usage.get("prompt_tokens_details"))
        end = FinishEvent(
            stop_reason=self._stop_reason or "stop",
            input_tokens=_count(self._usage.get("prompt_tokens")),
            output_tokens=_count(self._usage.get("completion_tokens")),
            cached_tokens=_count(details.get("cached_tokens")),
            model=self._model,
        )
        return [*calls, end]

    def _said(self, delta: Mapping[str, Any]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        reasoning = _text(delta.get("reasoning_content")) or _text(delta.get("reasoning"))
        if reasoning:
            events.append(ReasoningDeltaEvent(reasoning))
        said = _text(delta.get("content")) or _text(delta.get("refusal"))
        if said:
            events.append(TextDeltaEvent(said))
        return events

    def _add_call(self, fragment: Mapping[str, Any]) -> None:
        index = fragment.get("index")
        if not isinstance(index, int):
            starts = bool(_text(fragment.get("id"))) or not self._calls
            index = len(self._calls) if starts else max(self._calls)
        if index not in self._calls and len(self._calls) >= CALLS_LIMIT:
            raise ProviderError(f"The model asked for more than {CALLS_LIMIT} tool calls in one answer.")
        call = self._calls.setdefault(index, _Call())
        function = _mapping(fragment.get("function"))
        call.id = call.id or _text(fragment.get("id"))
        call.name = call.name or _text(function.get("name"))
        call.arguments.append(_text(function.get("arguments")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [mapping for item in items if (mapping := _mapping(item))]


def _first(value: object) -> Mapping[str, Any] | None:
    return next(iter(_mappings(value)), None)
