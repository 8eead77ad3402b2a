"""The words the framework itself says to a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.model.node import NodeSpec
    from framework.model.value import Value

_PLACEHOLDER = re.compile(r"\{([^{}\n]+)\}")
_SHOWN_OUTPUT_CHARS = 200


def system_prompt(identity: str, node: NodeSpec, inputs: Mapping[str, Any]) -> str:
    """Return the node's system prompt with ``{key}`` filled from its inputs.

    An absent nullable input is filled with nothing. Other braces, and keys
    that are no input of the node, stay as they are.
    """

    def fill(match: re.Match[str]) -> str:
        key = match.group(1)
        if key in inputs:
            return as_text(inputs[key])
        return "" if key in node.input_keys else match.group(0)

    return "\n\n".join(filter(None, (identity, _PLACEHOLDER.sub(fill, node.system_prompt))))


def opening(node: NodeSpec, inputs: Mapping[str, Any]) -> str:
    """Return the message that opens a node's conversation: the inputs its prompt does not show."""
    shown = set(_PLACEHOLDER.findall(node.system_prompt))
    lines = [f"{key}: {as_text(value)}" for key, value in inputs.items() if key not in shown]
    return "\n\n".join(lines) or "Begin."


def phase_change(node: NodeSpec, inputs: Mapping[str, Any], done: Mapping[str, Value]) -> str:
    """Return the message that opens a node's part of a conversation under way."""
    parts = ["The step before is over."]
    if done:
        parts.append("Its outputs: " + "; ".join(_output(key, done[key]) for key in sorted(done)) + ".")
    title = node.name or node.id
    parts.append(f"Now: {title}." + (f" {node.description}" if node.description else ""))
    return " ".join(parts) + "\n\n" + opening(node, inputs)


def _output(key: str, value: Value) -> str:
    """Name an output, with its value when that is short."""
    return f"{key} = {value.raw.decode()}" if value.size <= _SHOWN_OUTPUT_CHARS else key


def as_text(value: object) -> str:
    """Return a value as a model should read it: text as it is, nothing as nothing, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
