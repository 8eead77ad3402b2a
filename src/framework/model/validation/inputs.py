"""The rule that every required input is set on every way to its node."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from framework.model.edge import EdgeCondition
from framework.model.validation.dataflow import KeyFlow
from framework.model.validation.finding import Finding, at_node, error, warning
from framework.model.validation.subject import certain_outputs, required_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.model.edge import EdgeSpec
    from framework.model.validation.subject import Subject

_FIX = "Write it on every way, map it on the edge from another key, or add it to nullable_output_keys."


def check_inputs(subject: Subject) -> Iterator[Finding]:
    """Yield the required inputs that may be absent.

    For runs that begin at the entry node these are errors. A run that begins
    at another entry point may find the key in a memory kept from before, so
    there they are warnings.
    """
    reported: set[tuple[str, str]] = set()
    for start in subject.topology.starts:
        missing = _missing(subject, start)
        for node_id, key in sorted(missing - reported):
            yield _finding(subject, start, node_id, key)
        reported |= missing


def _missing(subject: Subject, start: str) -> set[tuple[str, str]]:
    nodes = subject.topology.nodes
    flow = KeyFlow(subject, start, subject.assumed_inputs(start))
    return {
        (node_id, key)
        for node_id, available in flow.available()
        for key in required_inputs(nodes[node_id]) - available
    }


def _finding(subject: Subject, start: str, node_id: str, key: str) -> Finding:
    make = error if start == subject.graph.entry_node else warning
    if key not in subject.writers:
        message = f"It requires {key!r}, which no node writes and the run's input does not hold."
    elif node_id == start:
        message = f"It requires {key!r}, and runs begin at it without that key in their input."
    else:
        example = _example(subject, start, node_id, key)
        message = f"It requires {key!r}, which is not set on every way to it{example}."
    return make("missing-input", at_node(node_id), message, _FIX)


def _example(subject: Subject, start: str, node_id: str, key: str) -> str:
    """Return a way to the node on which nothing writes the key, if a plain one exists."""
    came_from: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for edge in subject.topology.followed_edges(here):
            if edge.target in came_from or _sets(subject, edge, key):
                continue
            came_from[edge.target] = here
            queue.append(edge.target)
    if node_id not in came_from:
        return ""
    way = [node_id]
    while came_from[way[-1]]:
        way.append(came_from[way[-1]])
    return f" (for example {' -> '.join(reversed(way))})"


def _sets(subject: Subject, edge: EdgeSpec, key: str) -> bool:
    succeeded = edge.condition in {EdgeCondition.ON_SUCCESS, EdgeCondition.CONDITIONAL}
    written = succeeded and key in certain_outputs(subject.topology.nodes[edge.source])
    return written or key in subject.guarded_keys(edge)
