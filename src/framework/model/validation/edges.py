"""Rules about one edge: its condition, its expression, its mapping, and whether it can be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model.edge import EdgeCondition
from framework.model.topology import Outcome
from framework.model.validation.finding import Finding, at_edge, at_node, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.model.edge import EdgeSpec
    from framework.model.validation.subject import Subject

_HOLDERS = frozenset({"output", "memory", "result"})


def check_edges(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with single edges."""
    for edge in subject.graph.edges:
        yield from _condition(edge, subject)
        if edge.source in subject.topology.nodes and edge.target in subject.topology.nodes:
            yield from _expression_keys(edge, subject)
            yield from _mapping(edge, subject)
    for node_id in subject.topology.nodes:
        yield from _untaken(node_id, subject)
        yield from _after_success(node_id, subject)
        yield from _twins(node_id, subject)


def _condition(edge: EdgeSpec, subject: Subject) -> Iterator[Finding]:
    where = at_edge(edge.id)
    text = (edge.condition_expr or "").strip()
    if edge.condition == EdgeCondition.CONDITIONAL:
        if not text:
            message = "It is conditional and has no expression."
            yield error("expression-missing", where, message, "Set condition_expr, or another condition.")
        elif (problem := subject.syntax_error(edge.condition_expr or "")) is not None:
            message = f"Its expression {text!r} does not parse: {problem}"
            yield error("expression-syntax", where, message, "Correct condition_expr.")
    elif text:
        message = f"Its expression {text!r} is never evaluated, because its condition is {edge.condition}."
        yield error(
            "expression-ignored", where, message, "Set condition to 'conditional' or drop condition_expr."
        )


def _expression_keys(edge: EdgeSpec, subject: Subject) -> Iterator[Finding]:
    expression = subject.expression(edge)
    if expression is None:
        return
    outputs = subject.topology.nodes[edge.source].output_keys
    for key in sorted(expression.keys_of("output") - set(outputs)):
        message = f"Its expression reads output key {key!r}, which node {edge.source!r} does not write."
        fix = f"Add {key!r} to the node's output_keys, or read another key ({_listing(outputs)})."
        yield error("expression-unknown-output", at_edge(edge.id), message, fix)
    named = expression.keys_of("memory") | (expression.names - _HOLDERS)
    for key in sorted(named - subject.known_keys):
        message = f"Its expression reads {key!r}, which no node writes{_or_input(subject)}."
        make = warning if subject.input_keys is None else error
        fix = "Correct the name, or let a node write the key."
        yield make("expression-unknown-key", at_edge(edge.id), message, fix)


def _mapping(edge: EdgeSpec, subject: Subject) -> Iterator[Finding]:
    wanted = subject.topology.nodes[edge.target].input_keys
    for target_key, source_key in edge.input_mapping.items():
        if target_key not in wanted:
            message = f"It maps to {target_key!r}, which node {edge.target!r} does not read."
            fix = f"Add {target_key!r} to the node's input_keys ({_listing(wanted)}) or drop the mapping."
            yield warning("mapping-unread", at_edge(edge.id), message, fix)
        if source_key not in subject.known_keys:
            message = f"It maps from {source_key!r}, which no node writes{_or_input(subject)}."
            make = warning if subject.input_keys is None else error
            fix = "Map from a key that an earlier node writes."
            yield make("mapping-unknown-source", at_edge(edge.id), message, fix)


def _untaken(node_id: str, subject: Subject) -> Iterator[Finding]:
    topology = subject.topology
    taken = {
        id(edge)
        for outcome in Outcome
        for choice in topology.choices(node_id, outcome)
        for edge in choice.edges
    }
    for edge in topology.edges_from(node_id):
        if id(edge) in taken and not _ends_first(edge, subject):
            continue
        if node_id in topology.terminals:
            message = f"Node {node_id!r} is terminal, so the run ends there instead of taking this edge."
            fix = "Remove the edge, or the node from terminal_nodes."
        else:
            message = f"It is a feedback edge, and another edge of node {node_id!r} always matches before it."
            fix = "Make the forward edges conditional, so that they can all be false."
        yield warning("edge-never-taken", at_edge(edge.id), message, fix)


def _ends_first(edge: EdgeSpec, subject: Subject) -> bool:
    return edge.source in subject.topology.terminals and edge.condition != EdgeCondition.ON_FAILURE


def _after_success(node_id: str, subject: Subject) -> Iterator[Finding]:
    topology = subject.topology
    if topology.is_end(node_id) or topology.choices(node_id, Outcome.SUCCESS):
        return
    message = "When it succeeds no edge can match, so the run fails there."
    fix = "Add an on_success edge, or list the node in terminal_nodes."
    yield error("success-leads-nowhere", at_node(node_id), message, fix)


def _twins(node_id: str, subject: Subject) -> Iterator[Finding]:
    seen: dict[tuple[str, str, str | None, int], str] = {}
    for edge in subject.topology.edges_from(node_id):
        key = (edge.target, edge.condition, edge.condition_expr, edge.priority)
        if key in seen:
            message = f"It repeats edge {seen[key]!r}."
            yield warning("edge-repeated", at_edge(edge.id), message, "Remove one of the two.")
        seen.setdefault(key, edge.id)


def _or_input(subject: Subject) -> str:
    return " or reads" if subject.input_keys is None else " and the run's input does not hold"


def _listing(keys: list[str]) -> str:
    return ", ".join(repr(key) for key in keys) or "none"
