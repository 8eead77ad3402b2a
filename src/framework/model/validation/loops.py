"""Rules about cycles.

A cycle should go back along a feedback edge (priority below 0) to a node that
may run more than once. Of cycles whose nodes are all unlimited,
those with a feedback edge are held by ``max_steps`` alone (a warning); those
without one are taken for mistakes (an error).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model.validation.finding import Finding, at_edge, at_node, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from framework.model.edge import EdgeSpec
    from framework.model.validation.subject import Subject


def check_loops(subject: Subject) -> Iterator[Finding]:
    """Yield cycles that cannot go round, or that nothing bounds."""
    yield from _returns(subject)
    yield from _unbounded(subject)
    yield from _forward_cycles(subject)


def _returns(subject: Subject) -> Iterator[Finding]:
    topology = subject.topology
    for edge in _edges(subject):
        if edge.source not in topology.reachable((edge.target,)):
            continue
        if topology.nodes[edge.target].max_node_visits != 1:
            yield from _inner_limits(edge, subject)
        elif _always_before(edge.target, edge.source, subject):
            kind = "feedback edge" if edge.is_feedback else "edge back"
            message = (
                f"The {kind} can never be taken: node {edge.target!r} has run before and may run only once."
            )
            fix = f"Set max_node_visits of {edge.target!r} to 2 or more, or to 0 for no limit."
            yield error("loop-target-runs-once", at_edge(edge.id), message, fix)


def _inner_limits(edge: EdgeSpec, subject: Subject) -> Iterator[Finding]:
    """Yield the nodes that every round of the loop needs and that may run only once."""
    topology = subject.topology
    if not _always_before(edge.target, edge.source, subject):
        return
    for node_id in topology.reachable((edge.target,)):
        node = topology.nodes[node_id]
        inside = node_id != edge.target and _always_before(edge.target, node_id, subject)
        if inside and node.max_node_visits == 1 and _always_before(node_id, edge.source, subject):
            message = f"It may run only once, so the loop over edge {edge.id!r} cannot go round twice."
            fix = "Set its max_node_visits to that of the loop's first node."
            yield warning("loop-node-runs-once", at_node(node_id), message, fix)


def _unbounded(subject: Subject) -> Iterator[Finding]:
    nodes = subject.topology.nodes
    unlimited = [edge for edge in _edges(subject) if _is_unlimited(edge, subject)]
    forward = _on_cycles([edge for edge in unlimited if not edge.is_feedback])
    for node_id in sorted(_on_cycles(unlimited), key=list(nodes).index):
        fix = "Limit max_node_visits of one node of the cycle."
        if node_id in forward:
            message = "It is on a cycle of forward edges that no max_node_visits bounds."
            yield error("unbounded-cycle", at_node(node_id), message, fix)
        else:
            message = "It is on a cycle that only max_steps bounds."
            yield warning("cycle-bounded-by-max-steps", at_node(node_id), message, fix)


def _forward_cycles(subject: Subject) -> Iterator[Finding]:
    edges = [edge for edge in _edges(subject) if not edge.is_feedback]
    unbounded = _on_cycles([edge for edge in edges if _is_unlimited(edge, subject)])
    nodes = subject.topology.nodes
    for node_id in sorted(_on_cycles(edges) - unbounded, key=list(nodes).index):
        message = "It is on a cycle without a feedback edge, which runs until a visit limit fails the run."
        fix = "Give the edge that goes back a priority below 0."
        yield warning("cycle-without-feedback", at_node(node_id), message, fix)


def _is_unlimited(edge: EdgeSpec, subject: Subject) -> bool:
    nodes = subject.topology.nodes
    return nodes[edge.source].max_node_visits == 0 == nodes[edge.target].max_node_visits


def _edges(subject: Subject) -> list[EdgeSpec]:
    topology = subject.topology
    return [
        edge
        for node_id in topology.nodes
        if node_id in subject.reachable
        for edge in topology.followed_edges(node_id)
    ]


def _always_before(first: str, then: str, subject: Subject) -> bool:
    starts = subject.topology.starts
    return then not in subject.topology.reachable(starts, stop=first)


def _on_cycles(edges: Iterable[EdgeSpec]) -> frozenset[str]:
    targets: dict[str, set[str]] = {}
    for edge in edges:
        targets.setdefault(edge.source, set()).add(edge.target)
    return frozenset(node_id for node_id in targets if node_id in _beyond(node_id, targets))


def _beyond(start: str, targets: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    open_nodes = [start]
    while open_nodes:
        fresh = targets.get(open_nodes.pop(), set()) - seen
        seen |= fresh
        open_nodes.extend(fresh)
    return seen
