"""Tools, calls and results are told in words a chat template without tools can carry."""

from __future__ import annotations

import json

from framework.llm.base import ModelRequest
from framework.llm.transcript import DESCRIPTION_LIMIT, chat_messages
from framework.model.message import Message, Role
from framework.model.tool import Tool, ToolUse

SEARCH = Tool(
    "search", "Find pages.\n\nIn any language.", {"type": "object", "properties": {"q": {}, "limit": {}}}
)
USE = ToolUse("1", "search", {"q": "bees"})


def test_without_tools_the_system_prompt_stays_as_it_is():
    request = ModelRequest(
        messages=[Message(Role.USER, "hi"), Message(Role.ASSISTANT, "ho")], system="Be kind."
    )

    assert chat_messages(request) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "ho"},
    ]


def test_no_system_prompt_is_no_message():
    assert chat_messages(ModelRequest(messages=[Message(Role.USER, "hi")])) == [
        {"role": "user", "content": "hi"}
    ]


def test_tools_are_listed_below_the_system_prompt():
    system = chat_messages(ModelRequest(messages=[], system="Be kind.", tools=[SEARCH]))[0]["content"]

    assert system.startswith("Be kind.\n\n")
    assert system.endswith("\n- search(q, limit): Find pages.")


def test_parameters_of_variants_are_listed_once_and_descriptions_are_short():
    shape = {"anyOf": [{"properties": {"key": {}, "value": {}}}, {"properties": {"key": {}}}]}

    system = chat_messages(ModelRequest(messages=[], tools=[Tool("set_output", "x" * 999, shape)]))[0][
        "content"
    ]

    assert f"- set_output(key, value): {'x' * DESCRIPTION_LIMIT}" in system
    assert "x" * (DESCRIPTION_LIMIT + 1) not in system


def test_calls_are_told_as_the_json_the_model_writes_and_results_by_the_user():
    messages = [Message(Role.ASSISTANT, "Looking.", (USE,)), Message(Role.TOOL, "3 pages", (), "1")]

    _, call, result = chat_messages(ModelRequest(messages=messages, tools=[SEARCH]))

    assert call["content"] == 'Looking.\n{"tool": "search", "arguments": {"q": "bees"}}'
    assert result == {"role": "user", "content": "search returned: 3 pages"}


def test_failed_results_say_so_even_when_their_call_is_gone():
    [told] = chat_messages(ModelRequest(messages=[Message(Role.TOOL, "no net", (), "9", is_error=True)]))

    assert told["content"] == "the tool failed: no net"


def test_replies_are_told_as_the_model_writes_them_when_it_has_tools():
    told = chat_messages(ModelRequest(messages=[Message(Role.ASSISTANT, "done")], tools=[SEARCH]))[1]

    assert json.loads(told["content"]) == {"reply": "done"}
