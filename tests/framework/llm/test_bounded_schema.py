"""Schemas for constrained decoding hold known keywords, bounds, and references that resolve."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.llm.bounded_schema import ITEMS_LIMIT, NUMBER_LIMIT, STRING_LIMIT, bounded, definition

NUMBER = {"type": "number", "minimum": -NUMBER_LIMIT, "maximum": NUMBER_LIMIT}
SCALAR = {"anyOf": [{"type": "string", "maxLength": STRING_LIMIT}, NUMBER, {"type": "boolean"}]}
SIZES = {
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
}
SHAPES = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "const", "enum"}
ALLOWED = SIZES | SHAPES | {"$ref", "$defs", "definitions"}


@pytest.mark.parametrize(
    "schema", [{}, {"type": "nonsense"}, {"enum": []}, {"not": {}}, {"$ref": "#/$defs/no"}]
)
def test_what_says_nothing_usable_becomes_a_short_value(schema):
    assert bounded(schema) == SCALAR


def test_strings_get_a_length():
    assert bounded({"type": "string"})["maxLength"] == STRING_LIMIT
    assert bounded({"type": "string", "maxLength": 7})["maxLength"] == 7
    assert bounded({"type": "string", "minLength": 9, "maxLength": 3})["maxLength"] == 9


def test_keywords_a_decoder_may_not_know_are_dropped():
    assert bounded({"type": "string", "pattern": "a+b", "format": "date", "title": "T"}) == bounded(
        {"type": "string"}
    )


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"properties": {"a": {}}}, "object"),
        ({"items": {}}, "array"),
        ({"maxLength": 3}, "string"),
        ({"minimum": 3}, "number"),
    ],
)
def test_a_missing_type_is_inferred(schema, kind):
    assert bounded(schema)["type"] == kind


def test_objects_take_their_properties_in_order_and_no_others():
    schema = bounded(
        {
            "type": "object",
            "properties": {"b": {"type": "null"}, "a": {"type": "boolean"}},
            "required": ["a", "ghost"],
            "additionalProperties": True,
        }
    )

    assert list(schema["properties"]) == ["b", "a"]
    assert schema["required"] == ["a"]
    assert schema["additionalProperties"] is False


def test_an_open_object_takes_short_values():
    assert bounded({"type": "object"})["additionalProperties"] == SCALAR
    assert bounded({"type": "object", "additionalProperties": False})["additionalProperties"] is False


def test_arrays_get_a_size():
    assert bounded({"type": "array", "maxItems": 1000})["maxItems"] == ITEMS_LIMIT
    assert bounded({"type": "array", "minItems": 40})["maxItems"] == 40


def test_numbers_get_bounds_that_hold_a_number():
    assert bounded({"type": "integer", "minimum": 3}) == {
        "type": "integer",
        "minimum": 3,
        "maximum": NUMBER_LIMIT,
    }
    assert bounded({"type": "number", "minimum": 5, "maximum": 1}) == NUMBER
    assert bounded({"type": "number", "minimum": 1, "exclusiveMaximum": 1}) == NUMBER
    assert bounded({"type": "integer", "minimum": 1, "maximum": 1})["maximum"] == 1


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
def test_alternatives_become_any_of(word):
    assert bounded({word: [{"const": 1}, {"enum": ["a"]}]}) == {"anyOf": [{"const": 1}, {"enum": ["a"]}]}


def test_a_list_of_types_becomes_any_of():
    assert bounded({"type": ["boolean", "null"]}) == {"anyOf": [{"type": "boolean"}, {"type": "null"}]}


def test_a_single_all_of_is_what_it_holds():
    assert bounded({"allOf": [{"const": 1}]}) == {"anyOf": [{"const": 1}]}


def test_references_follow_the_place_of_the_schema():
    schema = {
        "$defs": {"A": {"type": "null"}},
        "properties": {"a": {"$ref": "#/$defs/A"}, "me": {"$ref": "#"}},
    }

    moved = bounded(schema, prefix="#/$defs/call0")

    assert moved["properties"]["a"] == {"$ref": "#/$defs/call0/$defs/A"}
    assert moved["properties"]["me"] == {"$ref": "#/$defs/call0"}
    assert moved["$defs"] == {"A": {"type": "null"}}


def test_references_that_lead_nowhere_become_values():
    circle = {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}

    assert definition(circle, "#/$defs/A") is None
    assert bounded({**circle, "properties": {"a": {"$ref": "#/$defs/A"}}})["properties"]["a"] == SCALAR
    assert bounded({"properties": {"a": {"$ref": "https://elsewhere/x"}}})["properties"]["a"] == SCALAR


def test_properties_may_bear_the_names_of_keywords():
    schema = bounded({"properties": {"const": {"$ref": "#"}, "$ref": {"type": "null"}}}, prefix="#/x")

    assert schema["properties"] == {"const": {"$ref": "#/x"}, "$ref": {"type": "null"}}


def test_nesting_ends():
    deep: dict[str, Any] = {"type": "null"}
    for _ in range(500):
        deep = {"type": "array", "items": deep}

    assert "null" not in str(bounded(deep))


KEYWORDS = st.sampled_from([*sorted(ALLOWED), "pattern", "not", "allOf", "oneOf", "title"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["string", "object", "#", "#/$defs/a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYWORDS, ANYTHING, max_size=5))
def test_any_schema_is_reduced_to_known_keywords(schema):
    assert_known(bounded(schema))


def assert_known(schema: dict[str, Any]) -> None:
    assert set(schema) <= ALLOWED
    nested = [
        *schema.get("properties", {}).values(),
        *schema.get("$defs", {}).values(),
        *schema.get("anyOf", []),
    ]
    for inner in [*nested, schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(inner, dict):
            assert_known(inner)
