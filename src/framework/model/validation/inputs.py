"""The rules of inputs: set on every way to their node, and not made up by a misspelling."""

from __future__ import annotations

from collections import deque
from difflib import get_close_matches
from typing import TYPE_CHECKING

from framework.model.edge import EdgeCondition
from framework.model.validation.dataflow import KeyFlow
from framework.model.validation.finding import Finding, at_node, error, warning
from framework.model.validation.subject import certain_outputs, required_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.model.edge import EdgeSpec
    from framework.model.validation.subject import Subject

_SIMILAR = 0.75
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


def check_undeclared_inputs(subject: Subject) -> Iterator[Finding]:
    """Yield the keys that only the run's input can hold and that look like another one misspelt.

    A misspelt key of a later node becomes an input that every run lacks. A key
    that a first node reads, or that the goal declares, is an input on purpose.
    """
    if subject.input_keys is not None:  # Then it is known whether the input holds it.
        return
    nodes = subject.topology.nodes
    expected = subject.declared_inputs.union(*(nodes[start].input_keys for start in subject.topology.starts))
    known = sorted(expected | subject.writers.keys())
    for node_id in subject.topology.nodes:
        if node_id not in subject.reachable:
            continue
        filled = {key for edge in subject.graph.edges if edge.target == node_id for key in edge.input_mapping}
        for key in sorted(required_inputs(nodes[node_id]) - filled - frozenset(known)):
            for meant in get_close_matches(key, known, n=1, cutoff=_SIMILAR):
                yield _undeclared(node_id, key, meant)


def _undeclared(node_id: str, key: str, meant: str) -> Finding:
    return warning(
        "undeclared-input",
        at_node(node_id),
        f"It requires {key!r}, which no node writes: every run has to be given it. Did you mean {meant!r}?",
        "Correct its name, or declare it in the goal's input_schema or the first node's input_keys.",
    )


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
