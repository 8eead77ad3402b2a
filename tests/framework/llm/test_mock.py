"""The provider without a model fills every output with something that fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.llm import LLMProvider, MockLLMProvider, ModelRequest, collect
from framework.llm.mock import placeholder
from framework.model.message import Message, Role
from framework.tools.schema_check import mismatch
from tests.support.one_node import OneNode

SCHEMAS: dict[str, dict[str, Any]] = {
    "word": {"type": "string", "maxLength": 5},
    "count": {"type": "integer", "minimum": 7},
    "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "kind": {"enum": ["b", "a"]},
    "list": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
    "record": {"type": "object", "properties": {"x": {"type": "null"}, "y": {}}, "required": ["x"]},
}


async def test_a_node_runs_to_its_end_and_costs_nothing() -> None:
    node = OneNode([], output_keys=[*SCHEMAS, "free"], output_schema=SCHEMAS)

    result = await node.run(llm=MockLLMProvider())

    assert result.success, result.error
    assert result.output["free"] == "placeholder of free"
    assert [mismatch(result.output[key], schema) for key, schema in SCHEMAS.items()] == [None] * len(SCHEMAS)
    assert result.total_cost_usd == 0


async def test_an_answer_with_a_schema_follows_it() -> None:
    schema = {"type": "object", "properties": {"action": {"enum": ["ACCEPT"]}}, "required": ["action"]}
    request = ModelRequest(messages=[Message(Role.USER, "judge")], response_schema=schema)

    response = await collect(MockLLMProvider(), request)

    assert json.loads(response.content) == {"action": "ACCEPT"}


def test_it_is_a_provider() -> None:
    assert isinstance(MockLLMProvider(), LLMProvider)
    assert MockLLMProvider().model == "mock"


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_placeholder_fits_its_schema(schema: dict[str, Any]) -> None:
    assert mismatch(placeholder(schema), schema) is None


@given(st.integers(-100, 100), st.integers(0, 100))
def test_a_number_lies_between_its_bounds(least: int, width: int) -> None:
    schema = {"type": "integer", "minimum": least, "maximum": least + width}

    assert mismatch(placeholder(schema), schema) is None


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["next"]}

    assert placeholder({"$defs": {"node": node}, "$ref": "#/$defs/node"}) is not None
