"""Rules about one node: its type, its function, its tools and its keys."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from framework.errors import UnknownToolError
from framework.model.judge_fault import judge_fault
from framework.model.node import NodeType
from framework.model.validation.finding import Finding, at_node, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.model.node import NodeSpec
    from framework.model.validation.subject import Subject

RESERVED_TOOLS = frozenset({"set_output", "ask_user", "escalate"})
"""Tools that the framework itself gives to a node."""


def check_nodes(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong inside single nodes."""
    for node in subject.graph.nodes:
        yield from _type(node)
        yield from _judge(node)
        yield from _tools(node, subject.tools)
        yield from _keys(node)


def _type(node: NodeSpec) -> Iterator[Finding]:
    where = at_node(node.id)
    if node.node_type not in list(NodeType):
        known = ", ".join(repr(kind.value) for kind in NodeType)
        message = f"The node type {node.node_type!r} is unknown."
        yield error("unknown-node-type", where, message, f"Set node_type to one of: {known}.")
    if node.node_type != NodeType.FUNCTION:
        return
    if node.function is None:
        message = "It is a function node without a function."
        fix = "Set function, or register one with the executor before the run."
        yield warning("function-missing", where, message, fix)
    if node.tools:
        message = "It is a function node, which calls no tools, and lists some."
        yield warning(
            "function-with-tools", where, message, "Remove the tools or make it an event_loop node."
        )
    if node.client_facing:
        message = "It is a function node, which holds no conversation, and is client-facing."
        yield warning("function-client-facing", where, message, "Set client_facing to False.")


def _judge(node: NodeSpec) -> Iterator[Finding]:
    where = at_node(node.id)
    if node.node_type == NodeType.FUNCTION:
        for field in ("judge", "success_criteria"):
            if getattr(node, field) is not None:
                message = f"It is a function node, which nobody judges, and has {field}."
                fix = "Remove it; check in the function, by output_model or by a constraint of the goal."
                yield warning("function-with-judge", where, message, fix)
    elif node.judge is not None and (fault := judge_fault(node.judge)):
        fix = "Give an object with `async def evaluate(self, context) -> JudgeVerdict`."
        yield error("judge-unusable", where, f"{fault}.", fix)


def _tools(node: NodeSpec, available: frozenset[str] | None) -> Iterator[Finding]:
    where = at_node(node.id)
    for tool in dict.fromkeys(node.tools):
        if tool in RESERVED_TOOLS:
            message = f"The tool {tool!r} is given to nodes by the framework itself."
            yield warning("reserved-tool", where, message, "Remove it from tools.")
        elif available is not None and tool not in available:
            message = str(UnknownToolError(tool, sorted(available)))
            fix = "Register the tool, use an available one, or remove it from tools."
            yield error("unknown-tool", where, message, fix)


def _keys(node: NodeSpec) -> Iterator[Finding]:
    lists = {
        "input_keys": node.input_keys,
        "output_keys": node.output_keys,
        "nullable_output_keys": node.nullable_output_keys,
    }
    for field, keys in lists.items():
        yield from _key_list(node, field, keys)
    for key in dict.fromkeys(node.nullable_output_keys):
        if key.strip() and key not in node.output_keys and key not in node.input_keys:
            message = f"The nullable key {key!r} is neither an output nor an input of the node."
            fix = "Add it to output_keys or input_keys, or remove it from nullable_output_keys."
            yield warning("nullable-key-unused", at_node(node.id), message, fix)


def _key_list(node: NodeSpec, field: str, keys: list[str]) -> Iterator[Finding]:
    where = at_node(node.id)
    for key, count in Counter(keys).items():
        if not key.strip():
            yield error("empty-key", where, f"{field} holds an empty key.", f"Remove it from {field}.")
        elif not key.isidentifier():
            message = f"The key {key!r} in {field} is not an identifier, so no expression can name it alone."
            yield warning("odd-key", where, message, "Use letters, digits and underscores.")
        if count > 1:
            message = f"{field} holds {key!r} {count} times."
            yield warning("duplicate-key", where, message, "List it once.")
