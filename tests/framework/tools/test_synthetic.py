from __future__ import annotations

from enum import StrEnum
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from framework.errors import ToolError
from framework.model.node import NodeSpec
from framework.model.tool import ToolUse
from framework.tools.synthetic import (
    SYNTHETIC_NAMES,
    ask_user_tool,
    escalate_tool,
    parse_output,
    parse_set_output,
    set_output_tool,
)


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Item(BaseModel):
    name: str


class Report(BaseModel):
    mood: Mood
    items: list[Item]


STATUS = {"type": "string", "enum": ["done", "open"]}
COUNT = {"type": "integer"}


def node(*keys: str, **fields: Any) -> NodeSpec:
    return NodeSpec(id="n", output_keys=list(keys), **fields)


def parameters(spec: NodeSpec) -> dict[str, Any]:
    made = set_output_tool(spec)
    assert made is not None
    return made.parameters


def set_output(spec: NodeSpec, **arguments: Any) -> tuple[str, object]:
    return parse_set_output(spec, ToolUse("1", "set_output", arguments))


def refused(spec: NodeSpec, **arguments: Any) -> str:
    with pytest.raises(ToolError) as caught:
        set_output(spec, **arguments)
    return str(caught.value)


def test_a_node_without_outputs_has_no_set_output() -> None:
    assert set_output_tool(node()) is None


def test_the_key_is_limited_to_the_output_keys() -> None:
    schema = parameters(node("a", "b"))
    assert (schema["type"], schema["required"]) == ("object", ["key", "value"])
    assert schema["properties"]["key"]["enum"] == ["a", "b"]
    assert "anyOf" not in schema
    assert "type" not in schema["properties"]["value"]


def test_a_single_key_has_its_schema_directly() -> None:
    assert parameters(node("status", output_schema={"status": STATUS}))["properties"]["value"] == STATUS


def test_several_keys_offer_each_distinct_schema_once() -> None:
    spec = node("a", "b", "n", output_schema={"a": STATUS, "b": STATUS, "n": COUNT})
    made = set_output_tool(spec)
    assert made is not None
    assert made.parameters["properties"]["value"] == {"anyOf": [STATUS, COUNT]}
    assert '- a: {"type":"string","enum":["done","open"]}' in made.description
    assert '- n: {"type":"integer"}' in made.description


def test_a_key_without_a_schema_leaves_the_value_open() -> None:
    spec = node("a", "b", output_schema={"a": STATUS}, nullable_output_keys=["b"])
    made = set_output_tool(spec)
    assert made is not None
    assert "anyOf" not in made.parameters["properties"]["value"]
    assert "- b: text or any JSON value (may stay unset)" in made.description


def test_an_object_schema_gives_the_schemas_of_its_properties() -> None:
    schema = {"type": "object", "properties": {"status": STATUS, "other": COUNT}}
    assert parameters(node("status", output_schema=schema))["properties"]["value"] == STATUS


def test_an_output_may_be_named_properties() -> None:
    assert parameters(node("properties", output_schema={"properties": COUNT}))["properties"]["value"] == COUNT


def test_a_model_gives_schemas_with_their_definitions() -> None:
    schema = parameters(node("mood", "items", output_model=Report))
    assert set(schema["$defs"]) == {"Mood", "Item"}
    assert {"$ref": "#/$defs/Mood"} in schema["properties"]["value"]["anyOf"]
    orjson.dumps(schema)


def test_a_huge_schema_is_named_by_its_type_in_the_description() -> None:
    made = set_output_tool(node("a", output_schema={"a": {"type": "string", "enum": ["x" * 50] * 20}}))
    assert made is not None
    assert "- a: string" in made.description


def test_the_other_tools_ask_for_a_question_and_a_reason() -> None:
    assert ask_user_tool().parameters["required"] == ["question"]
    assert ask_user_tool().parameters["properties"]["options"]["items"] == {"type": "string"}
    assert escalate_tool().parameters["required"] == ["reason"]
    assert {ask_user_tool().name, escalate_tool().name, "set_output"} == SYNTHETIC_NAMES


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2]", [1, 2]),
        (' {"a": null} ', {"a": None}),
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("false", False),
        ("null", "null"),
        ("None", "None"),
        ('"quoted"', '"quoted"'),
        ("plain text", "plain text"),
        ("", ""),
        ("007", "007"),
        ("NaN", "NaN"),
        ("[NaN]", "[NaN]"),
        ("1e999", "1e999"),
        ("[Infinity]", "[Infinity]"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1" * 5000, "1" * 5000),
        ("[" * 100_000, "[" * 100_000),
        ('["\\ud800"]', '["\\ud800"]'),
        ("[1, 2", "[1, 2"),
        ("true story", "true story"),
    ],
)
def test_text_that_is_json_is_converted(text: str, value: object) -> None:
    converted = parse_output(text, {})
    assert (converted, type(converted)) == (value, type(value))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"enum": ["12", "13"]},
        {"const": "12"},
        {"$ref": "#/$defs/Text", "$defs": {"Text": {"type": "string"}}},
    ],
)
def test_text_stays_text_where_the_schema_says_string(schema: dict[str, Any]) -> None:
    assert parse_output("12", schema) == "12"


@pytest.mark.parametrize(
    "schema", [{"type": "integer"}, {"enum": [12]}, {"minimum": 3}, {"description": "n"}]
)
def test_text_is_converted_where_the_schema_says_otherwise(schema: dict[str, Any]) -> None:
    assert parse_output("12", schema) == 12


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(), st.lists))
def test_what_is_no_text_is_left_alone(value: object) -> None:
    if not isinstance(value, str):
        assert parse_output(value, {}) is value


@given(st.text())
def test_any_text_gives_a_value_json_can_hold_or_itself(text: str) -> None:
    value = parse_output(text, {})
    assert value == text or not isinstance(value, str)


def test_a_call_gives_key_and_converted_value() -> None:
    spec = node("a", "n", output_schema={"n": COUNT})
    assert set_output(spec, key="a", value="[1]") == ("a", [1])
    assert set_output(spec, key="n", value="12") == ("n", 12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "it lacks 'key', 'value'"),
        ({"key": "a"}, "it lacks 'value'"),
        ({"a": 1}, "it lacks 'key', 'value' and it knows no 'a'"),
        ({"key": "x", "value": 1}, "no output 'x'; its outputs are: 'a', 'status'"),
        ({"key": ["a"], "value": 1}, "no output ['a']"),
        ({"key": "status", "value": "maybe"}, 'must be one of ["done","open"], not "maybe"'),
        ({"key": "status", "value": None}, "must be of type string, not null"),
    ],
)
def test_a_wrong_call_is_answered_with_what_to_do(arguments: dict[str, Any], words: str) -> None:
    assert words in refused(node("a", "status", output_schema={"status": STATUS}), **arguments)


def test_arguments_that_could_not_be_read_are_refused() -> None:
    use = ToolUse("1", "set_output", {}, input_error="Broken JSON.")
    with pytest.raises(ToolError, match="could not be read: Broken JSON"):
        parse_set_output(node("a"), use)


@pytest.mark.parametrize("value", [2**70, [float("nan")], "a\ud800"])
def test_a_value_that_cannot_be_kept_is_refused(value: object) -> None:
    assert "cannot be expressed" in refused(node("a"), key="a", value=value)


def test_a_nullable_output_may_be_set_to_null() -> None:
    spec = node("status", output_schema={"status": STATUS}, nullable_output_keys=["status"])
    assert set_output(spec, key="status", value=None) == ("status", None)


def test_values_are_held_against_the_model() -> None:
    spec = node("mood", "items", output_model=Report)
    assert set_output(spec, key="items", value='[{"name": "a"}]') == ("items", [{"name": "a"}])
    assert set_output(spec, key="mood", value="good") == ("mood", "good")
    assert 'must be one of ["good","bad"]' in refused(spec, key="mood", value="great")
    assert "the value[1] lacks 'name'" in refused(spec, key="items", value=[{"name": "a"}, {}])
