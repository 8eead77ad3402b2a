from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.tools.schema_check import accepts_text, by_key, mismatch, wrong_value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
TREE = {
    "$ref": "#/$defs/Tree",
    "$defs": {
        "Tree": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
            "required": ["name"],
        }
    },
}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (3, {"type": "integer"}),
        (3.0, {"type": "integer"}),
        (3, {"type": "number"}),
        (None, {"type": ["string", "null"]}),
        (True, {"type": "boolean"}),
        ("a", {"enum": ["a", 1]}),
        (1, {"const": 1}),
        ({"a": 1, "more": 2}, {"type": "object", "properties": {"a": {"type": "integer"}}}),
        ([1, 2], {"type": "array", "items": {"type": "integer"}}),
        (5, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (5, {"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        (5, {"allOf": [{"type": "number"}, {"enum": [5]}]}),
        ({"name": "a", "children": [{"name": "b"}]}, TREE),
        (5, {"type": "madeup"}),
        (5, {}),
        (5, {"$ref": "#/$defs/nowhere"}),
    ],
)
def test_a_fitting_value_passes(value: object, schema: dict[str, Any]) -> None:
    assert mismatch(value, schema) is None


@pytest.mark.parametrize(
    ("value", "schema", "words"),
    [
        (True, {"type": "integer"}, "the value must be of type integer, not true"),
        (1.5, {"type": "integer"}, "must be of type integer, not 1.5"),
        (True, {"const": 1}, "must be one of [1], not true"),
        ("x", {"type": ["integer", "null"]}, "must be of type integer or null"),
        ([1, "x"], {"items": {"type": "integer"}}, "the value[1] must be of type integer"),
        ({"a": {}}, {"properties": {"a": {"required": ["b"]}}}, "the value.a lacks 'b'"),
        (
            None,
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "of type string, not null or the value must",
        ),
        (5, {"allOf": [{"type": "number"}, {"enum": [6]}]}, "must be one of [6]"),
        ({"name": "a", "children": [{}]}, TREE, "the value.children[0] lacks 'name'"),
    ],
)
def test_a_misfit_is_named_with_its_place(value: object, schema: dict[str, Any], words: str) -> None:
    assert words in str(mismatch(value, schema))


def test_a_long_value_is_shown_in_part() -> None:
    assert len(str(mismatch("x" * 10_000, {"type": "integer"}))) < 300


def test_a_reference_to_itself_ends() -> None:
    loop = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    nest = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}
    assert mismatch(1, loop) is None
    assert "nested too deeply" in str(mismatch(1, nest))
    assert not accepts_text(nest, "x")


@settings(max_examples=50)
@given(value=JSON)
def test_a_value_fits_its_own_constant_and_no_other_type(value: Any) -> None:
    assert mismatch(value, {"const": value}) is None
    assert mismatch([value], {"type": "array", "items": {"const": value}}) is None
    assert mismatch([value], {"type": "object"}) is not None


def test_the_schemas_of_keys_share_the_definitions_of_the_whole():
    whole = {"type": "object", "properties": {"tree": {"$ref": "#/$defs/Tree"}}, "$defs": TREE["$defs"]}

    assert by_key(whole)["tree"]["$defs"] == TREE["$defs"]
    assert by_key({"n": {"type": "integer"}, "words": "anything"}) == {"n": {"type": "integer"}}
    assert "'tree' does not fit" in str(wrong_value({"tree": {}}, whole))
    assert wrong_value({"tree": {"name": "oak"}}, whole) is None


@pytest.mark.parametrize("required", ["n", None, 3, {}])
def test_what_is_no_list_of_keys_requires_nothing_more(required: Any):
    assert wrong_value({"n": 1}, {"type": "object", "properties": {}, "required": required}) is None
