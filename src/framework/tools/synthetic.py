"""The tools that the framework itself answers: set_output, ask_user and escalate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from framework.errors import NotJsonError, ToolError
from framework.model.tool import Effect, Tool
from framework.model.value import encode_json
from framework.tools.schema_check import accepts_text, by_key, mismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from framework.model.node import NodeSpec
    from framework.model.tool import ToolUse

SET_OUTPUT = "set_output"
ASK_USER = "ask_user"
ESCALATE = "escalate"
SYNTHETIC_NAMES = frozenset({SET_OUTPUT, ASK_USER, ESCALATE})

_ANY_VALUE = {"description": "The value: text, or any JSON value."}
_DEFINITIONS = "$defs"
_MAX_SCHEMA_CHARS = 300
_JSON_STARTS = frozenset("[{-0123456789tf")


def set_output_tool(node: NodeSpec) -> Tool | None:
    """Return the tool by which a model sets the outputs of ``node``; None if it has none.

    The key is limited to the output keys. The value has the schema of its key
    where the node declares one: with several keys, any of their schemas, and
    the description says which key takes what.
    """
    if not node.output_keys:
        return None
    schemas = output_schemas(node)
    definitions = {
        name: value for schema in schemas.values() for name, value in schema.get(_DEFINITIONS, {}).items()
    }
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {
            "key": {"type": "string", "enum": list(node.output_keys), "description": "The output to set."},
            "value": _value_schema(node, schemas),
        },
        "required": ["key", "value"],
    }
    if definitions:
        parameters[_DEFINITIONS] = definitions
    return Tool(
        name=SET_OUTPUT,
        description=_set_output_description(node, schemas),
        parameters=parameters,
        effect=Effect.IDEMPOTENT,
    )


def ask_user_tool() -> Tool:
    """Return the tool by which a model asks the person it works for."""
    return Tool(
        name=ASK_USER,
        description="Ask the user a question and wait for the answer.",
        parameters={
            "type": "object",
            "properties": {
                "question": {"type": "string", "description": "The question, complete in itself."},
                "options": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Answers to choose from; leave out for a free answer.",
                },
            },
            "required": ["question"],
        },
        effect=Effect.NONE,
    )


def escalate_tool() -> Tool:
    """Return the tool by which a model gives up on its task with a reason."""
    return Tool(
        name=ESCALATE,
        description="Stop working on this task because it cannot be completed, and say why.",
        parameters={
            "type": "object",
            "properties": {
                "reason": {
                    "type": "string",
                    "description": "Why it cannot be completed, and what would help.",
                }
            },
            "required": ["reason"],
        },
        effect=Effect.NONE,
    )


def output_schemas(node: NodeSpec) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each output that has one.

    They come from ``output_model``, else from ``output_schema``, which maps keys
    to schemas or is itself the schema of an object.
    """
    if node.output_model is not None:
        whole: Mapping[str, Any] = node.output_model.model_json_schema()
    else:
        whole = node.output_schema
    schemas = by_key(whole)
    return {key: schemas[key] for key in node.output_keys if schemas.get(key)}


def parse_output(value: object, schema: Mapping[str, Any]) -> object:
    """Return the value a model meant by ``value``.

    Text that is a JSON array, object, number or boolean is converted, unless
    ``schema`` says string or the JSON holds something that cannot be kept.
    """
    if not isinstance(value, str) or value.lstrip()[:1] not in _JSON_STARTS or accepts_text(schema, value):
        return value
    try:
        parsed = json.loads(value, parse_constant=_refuse_constant)
        encode_json(parsed)
    except (ValueError, RecursionError, NotJsonError):
        return value
    return parsed


def parse_set_output(node: NodeSpec, use: ToolUse) -> tuple[str, object]:
    """Return the key and the value that a ``set_output`` call sets.

    Raises:
        ToolError: if the key is not an output of ``node``, the value is missing
            cannot be kept as JSON or does not fit the key's schema (as far as
            ``schema_check`` reads it).
    """
    if use.input_error is not None:
        raise ToolError(f"The arguments of set_output could not be read: {use.input_error}")
    _check_names(use.input)
    key = use.input["key"]
    if key not in node.output_keys:
        raise ToolError(f"This task has no output {key!r}; its outputs are: {_listed(node.output_keys)}.")
    schema = output_schemas(node).get(key, {})
    value = parse_output(use.input["value"], schema)
    is_cleared = value is None and key in node.nullable_output_keys
    complaint = None if is_cleared else _unstorable(value) or mismatch(value, schema)
    if complaint is not None:
        raise ToolError(f"The output {key!r} was not set: {complaint}.")
    return key, value


def _unstorable(value: object) -> str | None:
    try:
        encode_json(value)
    except NotJsonError as error:
        return str(error).removesuffix(".")
    return None


def _check_names(arguments: Mapping[str, Any]) -> None:
    missing = [name for name in ("key", "value") if name not in arguments]
    unknown = [name for name in arguments if name not in {"key", "value"}]
    if missing or unknown:
        said = [f"it lacks {_listed(missing)}"] if missing else []
        said += [f"it knows no {_listed(unknown)}"] if unknown else []
        raise ToolError(f"set_output takes exactly a key and a value: {' and '.join(said)}.")


def _value_schema(node: NodeSpec, schemas: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if len(schemas) < len(node.output_keys):
        return dict(_ANY_VALUE)
    distinct: list[dict[str, Any]] = []
    for schema in map(_without_definitions, schemas.values()):
        if schema not in distinct:
            distinct.append(schema)
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _set_output_description(node: NodeSpec, schemas: Mapping[str, dict[str, Any]]) -> str:
    lines = ["Set one output of the current task; call it once for each output."]
    lines += [
        _key_line(key, schemas.get(key), is_optional=key in node.nullable_output_keys)
        for key in node.output_keys
    ]
    return "\n".join(lines)


def _key_line(key: str, schema: dict[str, Any] | None, *, is_optional: bool) -> str:
    takes = "text or any JSON value"
    if schema is not None:
        takes = encode_json(_without_definitions(schema)).decode()
        if len(takes) > _MAX_SCHEMA_CHARS:
            takes = str(schema.get("type", "a JSON value"))
    return f"- {key}: {takes}{' (may stay unset)' if is_optional else ''}"


def _without_definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in {_DEFINITIONS, "title"}}


def _refuse_constant(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"
