"""A small model may call what is still to do, and reply once nothing required is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.llm.choice import (
    CLOSING_REPLY_LIMIT,
    REPLY_LIMIT,
    Chosen,
    alternatives,
    choice_schema,
    read_choice,
)
from framework.model.message import Message, Role
from framework.model.tool import Tool, ToolUse

ASKED = Message(Role.USER, "go")
SEARCH = Tool("search", "", {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]})
TEXT = {"type": "string"}


def outputs(**values: dict[str, Any]) -> Tool:
    branches = [
        {"type": "object", "properties": {"key": {"const": key}, "value": value}}
        for key, value in values.items()
    ]
    return Tool("set_output", "", {"anyOf": branches})


def did(key: str, *, is_error: bool = False) -> list[Message]:
    use = ToolUse(f"id-{key}", "set_output", {"key": key, "value": "x"})
    return [Message(Role.ASSISTANT, "", (use,)), Message(Role.TOOL, "", (), use.id, is_error)]


def offered(schema: dict[str, Any]) -> list[str]:
    return [name_of(branch["properties"], schema["$defs"]) for branch in schema["anyOf"]]


def name_of(properties: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "reply" in properties:
        return "reply"
    parameters = definitions[properties["arguments"]["$ref"].removeprefix("#/$defs/")]
    key = parameters["properties"].get("key")
    return f"{properties['tool']['const']}:{key['const']}" if key else properties["tool"]["const"]


def test_an_ordinary_tool_and_the_reply_are_offered():
    assert offered(choice_schema([SEARCH], [ASKED])) == ["search", "reply"]


def test_while_an_output_is_missing_no_reply_is_offered():
    tools = [SEARCH, outputs(a=TEXT, b=TEXT)]

    assert offered(choice_schema(tools, [ASKED])) == ["search", "set_output:a", "set_output:b"]
    assert offered(choice_schema(tools, [ASKED, *did("a")])) == ["search", "set_output:b"]


def test_when_all_outputs_are_set_only_a_short_reply_is_left():
    schema = choice_schema([SEARCH, outputs(a=TEXT)], [ASKED, *did("a")])

    assert offered(schema) == ["reply"]
    assert schema["anyOf"][0]["properties"]["reply"]["maxLength"] == CLOSING_REPLY_LIMIT < REPLY_LIMIT


def test_an_output_that_was_refused_stays_open():
    assert offered(choice_schema([outputs(a=TEXT)], [ASKED, *did("a", is_error=True)])) == ["set_output:a"]


def test_a_word_of_the_user_opens_everything_again():
    assert offered(choice_schema([outputs(a=TEXT)], [ASKED, *did("a"), ASKED])) == ["set_output:a"]


def test_outputs_that_may_be_null_need_not_be_set_but_one_must():
    tools = [outputs(a={"anyOf": [TEXT, {"type": "null"}]}, b={"type": ["string", "null"]})]

    assert offered(choice_schema(tools, [ASKED])) == ["set_output:a", "set_output:b"]
    assert offered(choice_schema(tools, [ASKED, *did("a")])) == ["set_output:b", "reply"]


def test_outputs_by_an_enum_of_keys_are_told_apart():
    shape = {
        "type": "object",
        "properties": {"key": {"enum": ["a", "b"]}, "value": {"$ref": "#/$defs/V"}},
        "required": ["key", "value"],
        "$defs": {"V": {"enum": ["x"]}},
    }

    schema = choice_schema([Tool("set_output", "", shape)], [ASKED])

    assert offered(schema) == ["set_output:a", "set_output:b"]
    assert schema["$defs"]["call1"]["properties"]["value"] == {"$ref": "#/$defs/call1/$defs/V"}
    assert schema["$defs"]["call1"]["$defs"]["V"] == {"enum": ["x"]}


def test_a_value_with_a_branch_titled_by_its_key_takes_that_branch():
    value = {"anyOf": [{"title": "a", "enum": ["x"]}, {"title": "b", "type": "boolean"}]}
    shape = {"type": "object", "properties": {"key": {"enum": ["a", "b", "c"]}, "value": value}}

    schema = choice_schema([Tool("set_output", "", shape)], [ASKED])

    values = [schema["$defs"][f"call{number}"]["properties"]["value"] for number in range(3)]
    assert values == [{"enum": ["x"]}, {"type": "boolean"}, {"anyOf": [{"enum": ["x"]}, {"type": "boolean"}]}]


def test_outputs_whose_variants_are_references_are_told_apart():
    shape = {
        "anyOf": [{"$ref": "#/$defs/A"}, True],
        "$defs": {"A": {"properties": {"key": {"const": "a"}, "value": {"type": "null"}}}},
    }

    [only] = alternatives(Tool("set_output", "", shape))

    assert (only.key, only.is_required) == ("a", False)


def test_an_output_tool_without_known_keys_is_an_ordinary_tool():
    assert offered(choice_schema([Tool("set_output")], [ASKED])) == ["set_output", "reply"]


def test_a_call_is_read():
    chosen = read_choice('{"tool": "search", "arguments": {"q": "bees"}}')

    assert chosen == Chosen(tool="search", arguments={"q": "bees"})


def test_a_reply_is_read():
    assert read_choice('{"reply": "done"}') == Chosen(text="done", arguments={})


@pytest.mark.parametrize("text", ["plain words", '{"other": 1}', "", "[1]"])
def test_anything_else_is_text(text):
    assert read_choice(text) == Chosen(text=text, arguments={})


def test_arguments_that_are_no_object_are_an_input_error():
    assert (
        read_choice('{"tool": "search", "arguments": 3}').input_error
        == "The arguments must be a JSON object."
    )


CALL = json.dumps({"tool": "search", "arguments": {"q": 'a "quoted" \u00e9\U0001f600\n text'}})
REPLY = json.dumps({"reply": 'a "quoted" \u00e9\U0001f600\n text'})


@pytest.mark.parametrize("end", range(len('{"tool": "search"'), len(CALL)))
def test_a_call_cut_off_anywhere_is_a_call_with_an_input_error(end):
    chosen = read_choice(CALL[:end])

    assert (chosen.tool, chosen.arguments) == ("search", {})
    assert chosen.input_error


@pytest.mark.parametrize("end", range(len('{"reply": "'), len(REPLY) - 1))
def test_a_reply_cut_off_anywhere_gives_its_text_so_far(end):
    text = read_choice(REPLY[:end]).text

    assert 'a "quoted" \u00e9\U0001f600\n text'.startswith(text)


@given(st.text(max_size=40) | st.text(alphabet='{}":, tolreply\\u[]', max_size=40))
def test_no_answer_breaks_the_reading(text):
    assert isinstance(read_choice(text), Chosen)
