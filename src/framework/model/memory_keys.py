"""The keys of a run's memory that its graph or its goal knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import ExpressionSyntaxError
from framework.model.expression import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.model.goal import Goal
    from framework.model.graph import GraphSpec

_HOLDERS = frozenset({"output", "memory", "result"})
_MEMORY = "memory"
_MEASURES = frozenset({"output_contains", "output_equals", "llm_judge", "custom"})
"""Metrics that are no key of the output."""


def known_keys(graph: GraphSpec, goal: Goal | None = None) -> frozenset[str] | None:
    """Return the keys that nodes read or write, edges map or test, or the goal measures.

    None stands for every key: an expression looks into the memory by a name that it computes.
    """
    keys = {key for node in graph.nodes for key in (*node.input_keys, *node.output_keys)}
    keys |= {key for edge in graph.edges for key in (*edge.input_mapping, *edge.input_mapping.values())}
    if goal is not None:
        keys |= {criterion.metric for criterion in goal.success_criteria} - _MEASURES
        for schema in (goal.input_schema, goal.output_schema):
            keys |= set(schema.get("properties", {}))
    for text in _expressions(graph, goal):
        try:
            expression = parse(text)
        except ExpressionSyntaxError:
            continue  # What is no expression reads nothing.
        named = expression.keys_of(_MEMORY)
        if _MEMORY in expression.names and not named:
            return None
        keys |= named | expression.keys_of("output") | (expression.names - _HOLDERS)
    return frozenset(keys)


def _expressions(graph: GraphSpec, goal: Goal | None) -> Iterator[str]:
    for edge in graph.edges:
        yield edge.condition_expr or ""
    for constraint in goal.constraints if goal is not None else ():
        yield "" if constraint.check == "llm_judge" else constraint.check
    for criterion in goal.success_criteria if goal is not None else ():
        if criterion.metric == "custom" and isinstance(criterion.target, str):
            yield criterion.target
