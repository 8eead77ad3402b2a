"""Rules about names: every id is given once, and every reference to one is known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from framework.model.validation.finding import GRAPH, Finding, at_edge, at_node, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from framework.model.graph import GraphSpec
    from framework.model.spec import Spec
    from framework.model.validation.subject import Subject


def check_identity(subject: Subject) -> Iterator[Finding]:
    """Yield what is wrong with ids, references and field names."""
    graph = subject.graph
    known = subject.topology.nodes.keys()
    if not graph.nodes:
        yield error("no-nodes", GRAPH, "The graph has no nodes.", "Add at least one node.")
    yield from _entries(graph, known)
    yield from _ids("node", [node.id for node in graph.nodes])
    yield from _ids("edge", [edge.id for edge in graph.edges])
    yield from _endpoints(graph, known)
    yield from _listed("terminal", graph.terminal_nodes, known)
    yield from _listed("pause", graph.pause_nodes, known)
    yield from _fields(graph)


def _entries(graph: GraphSpec, known: Iterable[str]) -> Iterator[Finding]:
    if not graph.entry_node:
        yield error("no-entry-node", GRAPH, "The graph names no entry node.", _one_of("entry_node", known))
    elif graph.entry_node not in known:
        message = f"The entry node {graph.entry_node!r} does not exist."
        yield error("unknown-entry-node", GRAPH, message, _one_of("entry_node", known))
    for name, node_id in graph.entry_points.items():
        if node_id not in known:
            message = f"The entry point {name!r} leads to the node {node_id!r}, which does not exist."
            yield error("unknown-entry-point", GRAPH, message, _one_of(f"entry_points[{name!r}]", known))


def _ids(kind: str, ids: Sequence[str]) -> Iterator[Finding]:
    for name, count in Counter(ids).items():
        if not name.strip():
            message = f"{count} {kind}(s) have an empty id."
            yield error(f"empty-{kind}-id", GRAPH, message, f"Give every {kind} an id.")
        elif count > 1:
            message = f"{count} {kind}s have the id {name!r}."
            yield error(f"duplicate-{kind}-id", f"{kind} {name!r}", message, "Give each its own id.")


def _endpoints(graph: GraphSpec, known: Iterable[str]) -> Iterator[Finding]:
    for edge in graph.edges:
        for side, node_id in (("source", edge.source), ("target", edge.target)):
            if node_id not in known:
                message = f"Its {side} {node_id!r} does not exist."
                yield error(f"unknown-edge-{side}", at_edge(edge.id), message, _one_of(side, known))


def _listed(kind: str, node_ids: Iterable[str], known: Iterable[str]) -> Iterator[Finding]:
    for node_id in node_ids:
        if node_id not in known:
            message = f"The {kind} node {node_id!r} does not exist."
            yield error(f"unknown-{kind}-node", GRAPH, message, _one_of(f"{kind}_nodes", known))


def _fields(graph: GraphSpec) -> Iterator[Finding]:
    specs: list[tuple[str, Spec]] = [(GRAPH, graph), ("loop_config", graph.loop_config)]
    specs += [(at_node(node.id), node) for node in graph.nodes]
    specs += [(at_edge(edge.id), edge) for edge in graph.edges]
    for where, spec in specs:
        for name in spec.unknown_fields():
            message = f"Nothing reads the field {name!r}."
            yield warning("unknown-field", where, message, "Remove it, or correct its spelling.")


def _one_of(field: str, known: Iterable[str]) -> str:
    names = ", ".join(repr(name) for name in known)
    return f"Set {field} to one of: {names}." if names else "Add the nodes first."
