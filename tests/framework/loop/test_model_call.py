from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.errors import ProviderError
from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.llm.stream import FinishEvent, StreamErrorEvent, TextDeltaEvent, ToolCallEvent
from framework.loop.model_call import LONGEST_ASKED_WAIT_S, MAX_TRIES
from framework.model import events as ev
from framework.model.tool import ToolUse
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from framework.llm.base import ModelRequest
    from framework.llm.stream import StreamEvent

BUSY = ProviderError("The service is busy.", retryable=True, status=503)


class Streams:
    """A provider that streams what is written down, one list an answer."""

    model = "streams"

    def __init__(self, *streams: list[StreamEvent]) -> None:
        self._streams = list(streams)

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        for event in self._streams.pop(0):
            yield event


async def test_a_transient_error_is_waited_out_and_the_request_sent_again():
    node = OneNode([BUSY, BUSY, "Done."])

    result = await node.run()

    assert result.success
    assert result.total_retries == 0
    assert len(node.clock.slept) == 2
    assert 0.25 <= node.clock.slept[0] <= 0.5 <= node.clock.slept[1] <= 1.0
    assert len(await node.events(ev.ModelRequested)) == 1


async def test_the_wait_that_a_provider_asks_for_is_honoured():
    busy = ProviderError("Too many requests.", retryable=True, status=429, retry_after_s=47.0)
    node = OneNode([busy, "Done."])

    assert (await node.run()).success
    assert node.clock.slept == [47.0]


async def test_a_provider_that_asks_to_wait_too_long_is_not_waited_for():
    busy = ProviderError("Come back.", retryable=True, retry_after_s=LONGEST_ASKED_WAIT_S + 1)
    node = OneNode([busy, "Done."])

    assert (await node.run()).error == "Come back."
    assert node.clock.slept == []


async def test_a_transient_error_that_stays_surfaces_and_is_not_multiplied_by_retries_of_the_node():
    node = OneNode([BUSY] * 20, max_retries=3)

    result = await node.run()

    assert result.error == f"The service is busy. (tried {MAX_TRIES} times)"
    assert len(node.provider.requests) == MAX_TRIES
    assert result.total_retries == 0


async def test_an_error_that_stays_surfaces_at_once():
    for errors in ([ProviderError("No such key.")], [BUSY, BUSY, BUSY, ProviderError("No such key.")]):
        node = OneNode([*errors, "Done."])
        assert (await node.run()).error == "No such key."


@pytest.mark.parametrize(
    "broken",
    [[TextDeltaEvent("Hel")], [TextDeltaEvent("Hel"), StreamErrorEvent("reset", recoverable=True)]],
)
async def test_a_stream_that_breaks_is_asked_for_again(broken: list[StreamEvent]):
    provider = Streams(broken, [TextDeltaEvent("Hello."), FinishEvent()])
    node = OneNode([], executor={"llm": provider})

    assert (await node.run()).success
    assert [event.text.load() for event in await node.events(ev.ModelAnswered)] == ["Hello."]


async def test_without_a_provider_the_run_fails_with_a_sentence_that_says_what_to_do():
    result = await OneNode([]).run(llm=None)

    assert "Node 'n' needs a model and none is configured; pass llm=..." in str(result.error)


@pytest.mark.parametrize(
    ("spec", "graph", "asked"),
    [
        ({}, {}, ""),
        ({}, {"default_model": "big"}, "big"),
        ({"model": "small"}, {"default_model": "big"}, "small"),
    ],
)
async def test_the_model_of_the_node_comes_before_that_of_the_graph(
    spec: dict[str, str], graph: dict[str, str], asked: str
):
    node = OneNode(["Done."], graph=graph, **spec)

    await node.run()

    assert node.request().model == asked
    (event,) = await node.events(ev.ModelRequested)
    assert event.model == (asked or "scripted")


async def test_tokens_and_money_are_journaled_and_added_up():
    answer = LLMResponse(content="Done.", input_tokens=100, output_tokens=20, cost_usd=Decimal("0.0012"))
    node = OneNode([answer], graph={"max_tokens": 77})

    result = await node.run()

    assert (result.total_tokens, result.total_cost_usd) == (120, 0.0012)
    assert node.request().max_tokens == 77


async def test_calls_without_ids_get_ids_that_differ_over_the_whole_conversation():
    def look(at: str) -> str:
        return at

    def asks(at: str) -> list[StreamEvent]:
        return [
            ToolCallEvent("", "look", {"at": at}),
            ToolCallEvent("", "look", {"at": at + "!"}),
            FinishEvent(),
        ]

    provider = Streams(asks("a"), asks("b"), [FinishEvent()])
    node = OneNode([], tools=[look], executor={"llm": provider})

    assert (await node.run()).success
    ids = [call.id for answer in await node.events(ev.ModelAnswered) for call in answer.tool_calls]
    assert len(set(ids)) == 4


async def test_an_id_that_a_provider_uses_in_every_answer_is_made_its_own():
    def look(at: int) -> str:
        return str(at)

    script = [
        ToolUse("x", "look", {"at": 1}),
        ToolUse("x", "look", {"at": 2}),
        ToolUse("x_2", "look", {"at": 3}),
    ]
    node = OneNode([*script, "Done."], tools=[look])

    assert (await node.run()).success
    ids = [call.id for message in node.request().messages for call in message.tool_calls]
    assert ids[0] == "x"
    assert len(set(ids)) == 3


async def test_text_that_json_cannot_hold_is_mended():
    node = OneNode([LLMResponse(content="a\ud800b")])

    assert (await node.run()).success
    (answer,) = await node.events(ev.ModelAnswered)
    assert answer.text.load() == "a?b"


async def test_an_interrupted_request_is_asked_again_and_journaled_once():
    node = OneNode([call("set_output", key="a", value=1), "Done."], output_keys=["a"])
    executor = node.executor(llm=Streams([FinishEvent()]))

    class Stop(BaseException):
        pass

    class Stopping(Streams):
        async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
            raise Stop
            yield FinishEvent()

    executor = node.executor(llm=Stopping())
    with pytest.raises(Stop):
        await executor.execute(node.graph, None, {}, run_id="r")

    result = await node.executor().execute(node.graph, None, session_state={"run_id": "r"})
    node.run_id = "r"

    assert result.success
    assert len(await node.events(ev.ModelRequested)) == 2
