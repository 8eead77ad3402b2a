"""Chunks of a chat completion become one answer, whatever a server puts into them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import ProviderError
from framework.llm import chat_stream
from framework.llm.chat_stream import ChatStream
from framework.llm.stream import FinishEvent, ReasoningDeltaEvent, TextDeltaEvent, ToolCallEvent


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"delta": fields, "finish_reason": finish}]}


def fragment(arguments: str, **fields: Any) -> dict[str, Any]:
    return {
        "function": {"arguments": arguments, **({"name": fields.pop("name")} if "name" in fields else {})},
        **fields,
    }


def calls_of(*fragments: dict[str, Any]) -> list[ToolCallEvent]:
    stream = ChatStream("m")
    for one in fragments:
        stream.take(delta(tool_calls=[one]))
    return [event for event in stream.finish(is_done=True) if isinstance(event, ToolCallEvent)]


def test_text_and_reasoning_pass_as_they_come():
    stream = ChatStream("m")

    assert stream.take(delta(content="a")) == [TextDeltaEvent("a")]
    assert stream.take(delta(reasoning_content="r")) == [ReasoningDeltaEvent("r")]
    assert stream.take(delta(reasoning="r", content="")) == [ReasoningDeltaEvent("r")]
    assert stream.take(delta(refusal="no")) == [TextDeltaEvent("no")]


def test_parallel_calls_are_put_together_by_index():
    calls = calls_of(
        fragment('{"a"', index=1, id="two", name="g"),
        fragment('{"x": 1', index=0, id="one", name="f"),
        fragment(": 2}", index=1),
        fragment("}", index=0),
    )

    assert calls == [ToolCallEvent("one", "f", {"x": 1}), ToolCallEvent("two", "g", {"a": 2})]


def test_calls_without_an_index_begin_with_their_id():
    calls = calls_of(fragment("{", id="one", name="f"), fragment("}"), fragment("{}", id="two", name="g"))

    assert [(call.tool_use_id, call.tool_input) for call in calls] == [("one", {}), ("two", {})]


def test_missing_and_repeated_ids_are_replaced():
    calls = calls_of(
        *(fragment("{}", index=number, id=name, name="f") for number, name in enumerate(["", "x", "x"]))
    )

    assert len({call.tool_use_id for call in calls}) == 3
    assert all(call.tool_use_id for call in calls)


def test_arguments_that_do_not_parse_are_an_input_error():
    [call] = calls_of(fragment('{"a": ', index=0, id="one", name="f"))

    assert (call.tool_input, "not valid JSON" in (call.input_error or "")) == ({}, True)


def test_too_many_calls_are_refused(monkeypatch):
    monkeypatch.setattr(chat_stream, "CALLS_LIMIT", 2)

    with pytest.raises(ProviderError, match="more than 2 tool calls"):
        calls_of(*(fragment("{}", index=number, name="f") for number in range(3)))


def test_usage_comes_with_the_last_chunk():
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 6}}
    stream = ChatStream("asked")
    stream.take({**delta("length"), "model": "said"})
    stream.take({"choices": [], "usage": usage})

    assert stream.finish(is_done=True) == [FinishEvent("length", 9, 4, 6, "said", None)]


def test_a_stream_without_a_chunk_is_empty_and_worth_a_retry():
    with pytest.raises(ProviderError, match="empty answer") as caught:
        ChatStream("m").finish(is_done=True)
    assert caught.value.retryable


def test_a_stream_without_an_end_is_cut_off_and_worth_a_retry():
    stream = ChatStream("m")
    stream.take(delta(content="a"))

    with pytest.raises(ProviderError, match="broke off") as caught:
        stream.finish(is_done=False)
    assert caught.value.retryable


def test_either_mark_ends_a_stream():
    marked = ChatStream("m")
    marked.take(delta("stop"))
    unmarked = ChatStream("m")
    unmarked.take(delta())

    assert marked.finish(is_done=False) == unmarked.finish(is_done=True) == [FinishEvent(model="m")]


NAMES = st.sampled_from(
    ["choices", "delta", "tool_calls", "function", "index", "id", "content", "usage", "model"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=4))
def test_no_chunk_breaks_the_stream(chunks):
    stream = ChatStream("m")
    for chunk in [*chunks, delta("stop")]:
        stream.take(chunk)

    assert isinstance(stream.finish(is_done=True)[-1], FinishEvent)
