"""Tool calls of OpenAI-compatible services, told apart also where their indices do not.

Some services give every call of an answer the index 0, or none. Taken by the
index alone, two calls would become one with a name and arguments nobody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from pydantic_ai.models.openai import OpenAIChatModel, OpenAIStreamedResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai.types.chat.chat_completion_chunk import Choice, ChoiceDeltaToolCall
    from pydantic_ai.messages import ModelResponseStreamEvent


@dataclass
class _AnswerWithCallsApart(OpenAIStreamedResponse):
    """Gives a call that starts at a taken index an index of its own."""

    _ids: dict[int, str] = field(default_factory=dict[int, str], init=False)
    _moved: dict[int, int] = field(default_factory=dict[int, int], init=False)

    def _map_tool_call_delta(self, choice: Choice) -> Iterable[ModelResponseStreamEvent]:
        for piece in choice.delta.tool_calls or []:
            piece.index = self._own_index(piece)
        return super()._map_tool_call_delta(choice)

    def _own_index(self, piece: ChoiceDeltaToolCall) -> int:
        said = cast("int | None", piece.index)
        given = 0 if said is None else said
        current = self._moved.get(given, given)
        begins = bool(piece.function and piece.function.name)
        is_another = piece.id != self._ids.get(current) if piece.id else said is None
        if begins and current in self._ids and is_another:
            current = self._moved[given] = max(self._ids) + 1
        self._ids.setdefault(current, piece.id or "")
        return current


class ChatModel(OpenAIChatModel):
    """A model of OpenAI or of a service that speaks like it."""

    @property
    def _streamed_response_cls(self) -> type[OpenAIStreamedResponse]:
        return _AnswerWithCallsApart
