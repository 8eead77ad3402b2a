"""``collect`` turns a stream into one answer, or into the error that broke it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.errors import ProviderError
from framework.llm.base import ModelRequest, collect
from framework.llm.stream import (
    FinishEvent,
    ReasoningDeltaEvent,
    StreamErrorEvent,
    TextDeltaEvent,
    TextEndEvent,
    ToolCallEvent,
    ToolResultEvent,
)
from framework.model.tool import ToolUse

if TYPE_CHECKING:
    from framework.llm.stream import StreamEvent

REQUEST = ModelRequest(messages=[])


class Streaming:
    model = "default"

    def __init__(self, *events: StreamEvent) -> None:
        self.events = events

    async def stream(self, request: ModelRequest):
        for event in self.events:
            yield event


async def test_deltas_join_and_calls_keep_their_errors():
    provider = Streaming(
        ReasoningDeltaEvent("hm"),
        TextDeltaEvent("a"),
        TextDeltaEvent("b"),
        ToolResultEvent("1", "ignored"),
        ToolCallEvent("1", "f", {}, "bad"),
        FinishEvent("tool_calls", 5, 4, 3, "m", Decimal(1)),
    )

    answer = await collect(provider, REQUEST)

    assert (answer.content, answer.tool_calls) == ("ab", (ToolUse("1", "f", {}, "bad"),))
    assert (answer.input_tokens, answer.output_tokens, answer.cached_tokens) == (5, 4, 3)
    assert (answer.model, answer.stop_reason, answer.cost_usd) == ("m", "tool_calls", Decimal(1))


async def test_the_complete_text_replaces_the_deltas():
    answer = await collect(Streaming(TextDeltaEvent("hal"), TextEndEvent("hello"), FinishEvent()), REQUEST)

    assert answer.content == "hello"


async def test_the_model_is_the_answers_else_the_requests_else_the_providers():
    named = ModelRequest(messages=[], model="asked")

    assert (await collect(Streaming(FinishEvent(model="said")), named)).model == "said"
    assert (await collect(Streaming(FinishEvent()), named)).model == "asked"
    assert (await collect(Streaming(FinishEvent()), REQUEST)).model == "default"


async def test_every_event_is_shown_as_it_arrives():
    events = (TextDeltaEvent("a"), FinishEvent())
    seen: list[StreamEvent] = []

    await collect(Streaming(*events), REQUEST, seen.append)

    assert tuple(seen) == events


@pytest.mark.parametrize("recoverable", [True, False])
async def test_an_error_event_becomes_an_error(recoverable):
    with pytest.raises(ProviderError, match="broke") as caught:
        await collect(Streaming(StreamErrorEvent("broke", recoverable)), REQUEST)
    assert caught.value.retryable is recoverable


async def test_a_stream_without_an_end_is_an_error_worth_a_retry():
    with pytest.raises(ProviderError, match="broke off") as caught:
        await collect(Streaming(TextDeltaEvent("a")), REQUEST)
    assert caught.value.retryable


@pytest.mark.parametrize("price", [Decimal("NaN"), Decimal("Infinity"), Decimal("-0.01")])
async def test_a_price_that_is_none_is_unknown(price: Decimal):
    answer = await collect(Streaming(FinishEvent("stop", 5, 4, 3, "m", price)), REQUEST)

    assert answer.cost_usd is None


def test_what_was_refused_with_a_status_is_free_and_what_broke_off_is_not():
    assert ProviderError("busy", status=429).is_free
    assert ProviderError("out of reach", is_free=True).is_free
    assert not ProviderError("broken", retryable=True).is_free
