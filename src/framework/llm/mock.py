"""A provider that answers plausibly without a model and without a script: for dry runs of a graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.llm.arguments import parse_arguments
from framework.llm.bounded_schema import bounded, definition
from framework.llm.choice import OUTPUT_TOOL, alternatives, outputs_set
from framework.llm.scripted import ScriptedProvider, call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.llm.base import ModelRequest
    from framework.llm.scripted import Answer
    from framework.model.tool import Tool

_DEPTH_LIMIT = 20
_DEFINITIONS = ("$defs", "definitions")
_KEY_LINE = r"^- {key}: (\{{.*\}})( \(may stay unset\))?$"


class MockLLMProvider(ScriptedProvider):
    """Sets every output to a placeholder that fits its schema, then says that it is done.

    It calls no other tool. An answer that must follow a schema is a placeholder
    of that schema, with the first of several choices. Nothing it says means
    anything; it shows that a graph runs, at no cost.
    """

    def __init__(self, model: str = "mock") -> None:
        """Answer as the model ``model``."""
        super().__init__(_answer, model=model)


def placeholder(schema: Mapping[str, Any], name: str = "value") -> object:
    """Return a value that fits ``schema``; text holds ``name``."""
    whole = bounded(schema)
    return _value(whole, whole, name, 0)


def _answer(request: ModelRequest) -> Answer:
    if request.response_schema is not None:
        return orjson.dumps(placeholder(request.response_schema)).decode()
    done = outputs_set(request.messages)
    calls = [
        call(OUTPUT_TOOL, key=output.key, value=_value_of(tool, output.key, output.parameters))
        for tool in request.tools
        if tool.name == OUTPUT_TOOL
        for output in alternatives(tool)
        if output.key is not None and output.key not in done
    ]
    return calls or "Done."


def _value_of(tool: Tool, key: str, parameters: Mapping[str, Any]) -> object:
    """Return a value for an output; where the keys share one schema, the description tells its own."""
    told = re.search(_KEY_LINE.format(key=re.escape(key)), tool.description, re.MULTILINE)
    own, _ = parse_arguments(told[1]) if told else ({}, None)
    shared = {name: parameters[name] for name in _DEFINITIONS if name in parameters}
    return placeholder({**(own or parameters["properties"]["value"]), **shared}, key)


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], name: str, depth: int) -> object:
    if depth > _DEPTH_LIMIT:
        return None
    if isinstance(schema.get("$ref"), str):
        return _value(definition(root, schema["$ref"]) or {}, root, name, depth + 1)
    for choices in ("const", "enum", "anyOf"):
        if choices in schema:
            return _chosen(choices, schema[choices], root, name, depth)
    return _typed(schema, root, name, depth)


def _typed(schema: Mapping[str, Any], root: Mapping[str, Any], name: str, depth: int) -> object:
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, root, depth)
    if kind == "array":
        return [_value(schema["items"], root, name, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind in {"integer", "number"}:
        return _number(schema)
    return {"boolean": True, "null": None}.get(str(kind)) if kind != "string" else _text(schema, name)


def _chosen(kind: str, given: Any, root: Mapping[str, Any], name: str, depth: int) -> object:
    if kind == "const":
        return given
    first = cast("Sequence[Any]", given)[0]
    return first if kind == "enum" else _value(first, root, name, depth + 1)


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> dict[str, object]:
    required = set(schema.get("required", ()))
    given = cast("Mapping[str, Any]", schema.get("properties", {}))
    return {name: _value(value, root, name, depth + 1) for name, value in given.items() if name in required}


def _number(schema: Mapping[str, Any]) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    most = schema.get("maximum", schema.get("exclusiveMaximum", least))
    fitting = [number for number in (1, 0, least, least + 1, most) if _is_inside(number, schema)]
    return fitting[0] if fitting else (least + most) / 2


def _is_inside(number: float, schema: Mapping[str, Any]) -> bool:
    return schema.get("minimum", number) <= number <= schema.get("maximum", number) and schema.get(
        "exclusiveMinimum", number - 1
    ) < number < schema.get("exclusiveMaximum", number + 1)


def _text(schema: Mapping[str, Any], name: str) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 100)
    return f"placeholder of {name}".ljust(least, ".")[: max(most, least)]
