"""Rules about ways: every node can be reached, and leads to an end within the steps of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model.validation.finding import GRAPH, Finding, at_node, error
from framework.model.validation.shortest import shortest_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.model.validation.subject import Subject


def check_reach(subject: Subject) -> Iterator[Finding]:
    """Yield nodes that no run comes to, nodes without a way to an end, and too few steps."""
    topology = subject.topology
    if not topology.starts:
        return
    for node_id in topology.nodes:
        if node_id not in subject.reachable:
            starts = ", ".join(repr(start) for start in topology.starts)
            message = f"No run reaches it from {starts}."
            yield error("unreachable-node", at_node(node_id), message, "Add an edge to it, or remove it.")
    yield from _ends(subject)


def _ends(subject: Subject) -> Iterator[Finding]:
    topology = subject.topology
    ends = frozenset(node_id for node_id in subject.reachable if topology.is_end(node_id))
    if not ends:
        message = "No run can end: no terminal node and no node without edges can be reached."
        yield error("no-end", GRAPH, message, "List the last node in terminal_nodes and lead an edge to it.")
        return
    for node_id in topology.nodes:
        if node_id in subject.reachable and not topology.reachable((node_id,)) & ends:
            message = "From it no run can come to an end."
            yield error("no-way-out", at_node(node_id), message, "Add an edge that leads to a terminal node.")
    most = subject.graph.max_steps
    if len(subject.reachable) <= most:
        return  # The shortest run comes to no node twice.
    shortest = shortest_run(subject)
    if shortest is not None and shortest > most:
        message = f"The shortest run takes {shortest} steps and max_steps is {most}."
        yield error("max-steps-too-small", GRAPH, message, f"Set max_steps to {shortest} or more.")
