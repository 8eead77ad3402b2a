"""The choice a small local model has: one tool call or a final reply, as one JSON object.

Weights that know nothing of tools still follow a grammar. So the tools become
alternatives of a JSON schema, the answer is decoded under it and read back
here. Which alternatives are open depends on the turn, the messages since the
last one of a user: an output that was set is not offered again, and the reply
is offered once no required output is missing. That is what makes a small model
finish. Everything here is a pure function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.llm.arguments import parse_arguments
from framework.llm.bounded_schema import Schema, bounded, definition
from framework.model.message import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.model.message import Message
    from framework.model.tool import Tool

OUTPUT_TOOL = "set_output"
"""The tool by which a node sets an output; each of its keys is an alternative of its own."""

REPLY_LIMIT = 600
CLOSING_REPLY_LIMIT = 40
"""Characters of a reply after which nothing is left to do; it only ends the turn."""

_CALL_START = re.compile(r'\{\s*"tool"\s*:\s*"(?P<tool>[^"\\]+)"\s*(,\s*"arguments"\s*:\s*)?')
_REPLY_START = re.compile(r'\{\s*"reply"\s*:\s*"(?P<text>.*)\Z', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One call the model may make; ``key`` names the output it sets, if it sets one."""

    tool: str
    parameters: Schema
    key: str | None = None

    @property
    def is_required(self) -> bool:
        """Whether the turn cannot end without it: an output whose value may not be null."""
        return self.key is not None and not _allows_null(self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the model chose: a call of ``tool``, or, when that is None, the reply ``text``."""

    text: str = ""
    tool: str | None = None
    arguments: dict[str, Any]
    input_error: str | None = None


def choice_schema(tools: Sequence[Tool], messages: Sequence[Message]) -> Schema:
    """Return the JSON schema of the next answer: one open call, or the reply."""
    done = outputs_set(messages)
    offered = [alternative for tool in tools for alternative in alternatives(tool)]
    outputs = [alternative for alternative in offered if alternative.key is not None]
    still_open = [
        alternative for alternative in offered if alternative.key is None or alternative.key not in done
    ]
    if outputs and not any(alternative.key is not None for alternative in still_open):
        still_open = []
    definitions = {
        f"call{number}": bounded(alternative.parameters, prefix=f"#/$defs/call{number}")
        for number, alternative in enumerate(still_open)
    }
    branches = [
        _exactly(tool={"const": alternative.tool}, arguments={"$ref": f"#/$defs/{name}"})
        for name, alternative in zip(definitions, still_open, strict=True)
    ]
    if _may_reply(still_open, has_outputs=bool(outputs), has_set_one=bool(done)):
        limit = REPLY_LIMIT if still_open else CLOSING_REPLY_LIMIT
        branches.append(_exactly(reply={"type": "string", "minLength": 1, "maxLength": limit}))
    return {"$defs": definitions, "anyOf": branches}


def alternatives(tool: Tool) -> list[Alternative]:
    """Return the calls ``tool`` stands for: one, or one for each output key."""
    parameters = tool.parameters
    if tool.name != OUTPUT_TOOL:
        return [Alternative(tool=tool.name, parameters=parameters)]
    by_key = [
        Alternative(tool=tool.name, parameters=_one_key(variant, key, parameters), key=key)
        for variant in _variants(parameters)
        for key in _keys(variant)
    ]
    return by_key or [Alternative(tool=tool.name, parameters=parameters)]


def outputs_set(messages: Sequence[Message]) -> set[str]:
    """Return the keys of the outputs that were set since the last message of a user."""
    turn: list[Message] = []
    for message in reversed(messages):
        if message.role is Role.USER:
            break
        turn.append(message)
    accepted = {message.tool_use_id for message in turn if message.role is Role.TOOL and not message.is_error}
    return {
        str(call.input.get("key"))
        for message in turn
        for call in message.tool_calls
        if call.name == OUTPUT_TOOL and call.id in accepted
    }


def read_choice(text: str) -> Chosen:
    """Return what ``text`` chose; a cut-off answer gives what can be told of it."""
    whole, problem = parse_arguments(text)
    if problem is None and isinstance(whole.get("tool"), str):
        given: object = whole.get("arguments", {})
        if isinstance(given, dict):
            return Chosen(tool=whole["tool"], arguments=cast("dict[str, Any]", given))
        return Chosen(tool=whole["tool"], arguments={}, input_error="The arguments must be a JSON object.")
    if problem is None and isinstance(whole.get("reply"), str):
        return Chosen(text=whole["reply"], arguments={})
    start = _CALL_START.match(text)
    if start:
        _, reason = parse_arguments(text[start.end() :] or "{")
        return Chosen(
            tool=start["tool"], arguments={}, input_error=reason or "The call was cut off; make it shorter."
        )
    reply = _REPLY_START.match(text)
    return Chosen(text=_unescaped(reply["text"]) if reply else text, arguments={})


def _exactly(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _may_reply(still_open: Sequence[Alternative], *, has_outputs: bool, has_set_one: bool) -> bool:
    if has_outputs and still_open and not has_set_one:
        return False
    return not any(alternative.is_required for alternative in still_open)


def _variants(parameters: Schema) -> list[Schema]:
    branches: object = parameters.get("anyOf") or parameters.get("oneOf")
    if not isinstance(branches, list):
        return [parameters]
    return [found for branch in cast("list[object]", branches) if (found := _resolved(branch, parameters))]


def _resolved(node: object, root: Mapping[str, Any]) -> Schema | None:
    if not isinstance(node, dict):
        return None
    schema = cast("Schema", node)
    pointer = schema.get("$ref")
    return definition(root, pointer) if isinstance(pointer, str) else schema


def _keys(variant: Schema) -> list[str]:
    key = _property(variant, "key")
    if isinstance(key.get("const"), str):
        return [key["const"]]
    listed: object = key.get("enum")
    return (
        [item for item in cast("list[object]", listed) if isinstance(item, str)]
        if isinstance(listed, list)
        else []
    )


def _one_key(variant: Schema, key: str, root: Schema) -> Schema:
    shared = {name: root[name] for name in ("$defs", "definitions") if name in root}
    properties: dict[str, Any] = {"key": {"const": key}, "value": _value_of(key, _property(variant, "value"))}
    return {**_exactly(**properties), **shared}


def _value_of(key: str, value: Schema) -> Schema:
    """Return the branch of ``value`` whose title is ``key``, else the whole: keys may share one schema."""
    branches: object = value.get("anyOf")
    for branch in cast("list[object]", branches) if isinstance(branches, list) else []:
        if isinstance(branch, dict) and cast("Schema", branch).get("title") == key:
            return cast("Schema", branch)
    return value


def _property(schema: Schema, name: str) -> Schema:
    properties: object = schema.get("properties")
    found: object = cast("Schema", properties).get(name) if isinstance(properties, dict) else None
    return cast("Schema", found) if isinstance(found, dict) else {}


def _allows_null(parameters: Schema) -> bool:
    value = _resolved(_property(parameters, "value"), parameters) or {}
    options: object = value.get("anyOf") or value.get("oneOf") or [value]
    return any(_is_null(option) for option in cast("list[object]", options))


def _is_null(option: object) -> bool:
    if not isinstance(option, dict):
        return False
    schema = cast("Schema", option)
    kinds: object = schema.get("type")
    return kinds == "null" or (isinstance(kinds, list) and "null" in kinds)


def _unescaped(fragment: str) -> str:
    """Return the text of a JSON string that was cut off before its closing quote."""
    for shorter in range(len(_LONGEST_ESCAPE) + 1):
        candidate = fragment[: len(fragment) - shorter]
        try:
            return str(orjson.loads(f'"{candidate}"'))
        except orjson.JSONDecodeError:
            continue
    return fragment


_LONGEST_ESCAPE = "\\ud83d\\ude0"
