"""All rules, applied to one graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model.validation.branches import check_branches
from framework.model.validation.edges import check_edges
from framework.model.validation.identity import check_identity
from framework.model.validation.inputs import check_inputs, check_undeclared_inputs
from framework.model.validation.loops import check_loops
from framework.model.validation.nodes import check_nodes
from framework.model.validation.reach import check_reach
from framework.model.validation.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.model.graph import GraphSpec
    from framework.model.validation.finding import Finding

_RULES = (
    check_identity,
    check_nodes,
    check_edges,
    check_reach,
    check_loops,
    check_branches,
    check_inputs,
    check_undeclared_inputs,
)


def validate_graph(
    graph: GraphSpec,
    *,
    tools: Iterable[str] | None = None,
    input_keys: Iterable[str] | None = None,
    declared_inputs: Iterable[str] = (),
) -> list[Finding]:
    """Return every finding about ``graph``, errors first; an empty list means it is sound.

    Args:
        graph: the graph as written.
        tools: names of the available tools; None skips that check.
        input_keys: keys that the run's input will hold; None takes the keys
            for given that the first node requires and those no node writes.
        declared_inputs: keys of the input that the goal declares; they are no
            misspellings of others.
    """
    subject = Subject(graph, tools=tools, input_keys=input_keys, declared_inputs=declared_inputs)
    found = [finding for rule in _RULES for finding in rule(subject)]
    return sorted(found, key=lambda finding: not finding.is_error)
