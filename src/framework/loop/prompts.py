"""The words the framework itself says to a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.model.goal import Goal
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


class Before(NamedTuple):
    """What was done before a node.

    Attributes:
        nodes: the nodes that lead to it.
        outputs: what they set.
        error: why the last of them failed, when it did.
    """

    nodes: Sequence[NodeSpec]
    outputs: Mapping[str, Value]
    error: str | None = None


def phase_change(node: NodeSpec, inputs: Mapping[str, Any], before: Before) -> str:
    """Return the message that opens a node's part of a conversation under way."""
    titles = ", ".join(_title(each) for each in before.nodes) or "The step before"
    parts = [f"Done: {titles}." if before.error is None else f"Failed: {titles} ({before.error})."]
    if before.outputs:
        outputs = "; ".join(_output(key, before.outputs[key]) for key in sorted(before.outputs))
        parts.append(f"Outputs: {outputs}.")
    parts.append(f"Now: {_title(node)}." + (f" {node.description}" if node.description else ""))
    return " ".join(parts) + "\n\n" + opening(node, inputs)


def _title(node: NodeSpec) -> str:
    return node.name or node.id


def goal_text(goal: Goal) -> str:
    """Return a goal as a model should read it: what to achieve, and what is known about it."""
    text = f"Goal: {goal.description or goal.name}"
    return f"{text}\nContext of the goal: {as_text(goal.context)}" if goal.context else text


def _output(key: str, value: Value) -> str:
    """Name an output, with its value when that is short."""
    return f"{key} = {value.raw.decode()}" if value.size <= _SHOWN_OUTPUT_CHARS else key


def as_text(value: object) -> str:
    """Return a value as a model should read it: text as it is, nothing as nothing, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
