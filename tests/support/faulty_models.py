"""A model service that fails in every way services do, and now and then answers as it should."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from framework.errors import MissingCredentialError, ProviderError
from framework.llm.stream import (
    FinishEvent,
    ReasoningDeltaEvent,
    StreamErrorEvent,
    StreamEvent,
    TextDeltaEvent,
    ToolCallEvent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from framework.llm.base import LLMProvider, ModelRequest

DONE = FinishEvent(input_tokens=10, output_tokens=5)

REFUSALS: dict[str, Callable[[Random], Exception]] = {
    "429": lambda rng: ProviderError("Too many requests.", retryable=True, status=429),
    "429 with a wait": lambda rng: ProviderError(
        "Too many requests.", retryable=True, status=429, retry_after_s=rng.choice([0.0, 1.0, 30.0, 1e6])
    ),
    "500": lambda rng: ProviderError(
        "The service failed.", retryable=True, status=rng.choice([500, 502, 529])
    ),
    "400": lambda rng: ProviderError("The request is not valid.", status=400),
    "no key": lambda rng: MissingCredentialError("No key is set; set one."),
    "time-out": lambda rng: ProviderError("The service did not answer in time.", retryable=True),
    "raw time-out": lambda rng: TimeoutError(),
    "raw connection error": lambda rng: ConnectionResetError("reset by peer"),
    "defect of a provider": lambda rng: KeyError("choices"),
}
"""Ways in which no answer begins."""


def _calls(*arguments: tuple[str, str, dict[str, object], str | None]) -> list[StreamEvent]:
    return [*(ToolCallEvent(*each) for each in arguments), DONE]


STREAMS: dict[str, list[StreamEvent]] = {
    "empty": [DONE],
    "nothing at all": [],
    "truncated text": [TextDeltaEvent("I think that")],
    "truncated call": [ToolCallEvent("a", "search", {"q": "x"})],
    "thoughts alone": [ReasoningDeltaEvent("Hm."), DONE],
    "cut at the limit": [TextDeltaEvent("And so"), FinishEvent(stop_reason="length")],
    "broken, may pass": [TextDeltaEvent("I"), StreamErrorEvent("overloaded", recoverable=True)],
    "broken for good": [TextDeltaEvent("I"), StreamErrorEvent("content filter")],
    "invalid JSON": _calls(("a", "search", {}, 'Expecting value: {"q": ')),
    "invalid output": _calls(("a", "set_output", {}, "no JSON")),
    "one id twice": _calls(("a", "search", {"q": "1"}, None), ("a", "search", {"q": "2"}, None)),
    "no id": _calls(("", "search", {"q": "1"}, None), ("", "fetch", {"q": "2"}, None)),
    "unknown tool": _calls(("a", "rm -rf", {"q": "1"}, None)),
    "wrong arguments": _calls(("a", "search", {"Q": [1]}, None), ("b", "set_output", {"key": 7}, None)),
    "unknown key": _calls(("a", "set_output", {"key": "nope", "value": 1}, None)),
    "no JSON at all": _calls(("a", "search", {"q": float("nan")}, None)),
    "odd text": [TextDeltaEvent("\ud800\x00\x1b[2J" * 3), DONE],
    "very many calls": _calls(*((f"c{n}", "search", {"q": str(n)}, None) for n in range(80))),
    "very long": [TextDeltaEvent("long " * 20_000), DONE],
}
"""Streams that are no good answer."""


class FaultyModel:
    """Asks another provider, or fails, by the seed and the number of the request.

    Attributes:
        met: the faults so far, in order; an empty text stands for a good answer.
    """

    def __init__(self, inner: LLMProvider, seed: int, share: float) -> None:
        self._inner = inner
        self._rng = Random(f"faults {seed}")
        self._share = share
        self.met: list[str] = []

    @property
    def model(self) -> str:
        """The model's name."""
        return self._inner.model

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream an answer, or fail at its beginning, in its middle or at its end."""
        fault = self._rng.choice([*REFUSALS, *STREAMS]) if self._rng.random() < self._share else ""
        self.met.append(fault)
        if fault in REFUSALS:
            raise REFUSALS[fault](self._rng)
        if fault:
            for event in STREAMS[fault]:
                yield event
            return
        async for event in self._inner.stream(request):
            yield event
