"""The scripted provider gives its answers in order and remembers what it was asked."""

from __future__ import annotations

import pytest

from framework.errors import ProviderError
from framework.llm.base import LLMProvider, LLMResponse, ModelRequest, collect
from framework.llm.scripted import ScriptedProvider, call
from framework.model.tool import ToolUse

REQUEST = ModelRequest(messages=[])


def test_it_is_a_provider():
    assert isinstance(ScriptedProvider([]), LLMProvider)


async def test_answers_come_in_order():
    provider = ScriptedProvider(["one", "two"])

    assert [(await collect(provider, REQUEST)).content for _ in range(2)] == ["one", "two"]


async def test_it_remembers_the_requests():
    provider = ScriptedProvider(["one"])

    await collect(provider, REQUEST)

    assert provider.requests == [REQUEST]


async def test_calls_get_different_ids():
    answer = await collect(ScriptedProvider([[call("a", x=1), call("b")]]), REQUEST)

    assert [(use.name, use.input) for use in answer.tool_calls] == [("a", {"x": 1}), ("b", {})]
    assert len({use.id for use in answer.tool_calls}) == 2
    assert answer.stop_reason == "tool_calls"


async def test_a_single_call_and_its_own_id_are_kept():
    answer = await collect(ScriptedProvider([ToolUse("mine", "a", {}, "broken")]), REQUEST)

    assert answer.tool_calls == (ToolUse("mine", "a", {}, "broken"),)


async def test_a_whole_response_passes_with_its_counts():
    response = LLMResponse(content="x", input_tokens=3, output_tokens=2, cached_tokens=1, model="m")

    assert await collect(ScriptedProvider([response]), REQUEST) == response


async def test_an_exception_in_the_script_is_raised():
    with pytest.raises(ProviderError, match="down"):
        await collect(ScriptedProvider([ProviderError("down")]), REQUEST)


async def test_a_function_answers_from_the_request():
    provider = ScriptedProvider(lambda request: request.system.upper())

    assert (await collect(provider, ModelRequest(messages=[], system="hi"))).content == "HI"


async def test_a_used_up_script_says_how_many_answers_it_had():
    with pytest.raises(ProviderError, match="has 0 answers"):
        await collect(ScriptedProvider([]), REQUEST)
