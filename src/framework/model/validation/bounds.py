"""How much one run can cost at most, known before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.model.node import NodeType
from framework.model.validation.branches import is_well_nested
from framework.model.validation.search import LongestRun, TooLargeError, Totals
from framework.model.validation.subject import Subject
from framework.model.validation.visits import visit_limits

if TYPE_CHECKING:
    from framework.model.graph import GraphSpec
    from framework.model.loop_config import LoopConfig
    from framework.model.node import NodeSpec

MOST_COUNTS = 200_000
"""Counts (configurations times nodes) that the search for the longest run may keep; about a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What no run of a graph exceeds.

    Attributes:
        node_visits: visits of nodes, further attempts not counted.
        model_calls: requests to a model, all attempts counted.
        visits_by_node: visits of each node, each at its own largest.
        is_exact: whether the bounds come from trying all ways.
    """

    node_visits: int
    model_calls: int
    visits_by_node: Mapping[str, int]
    is_exact: bool = True


def calls_per_visit(node: NodeSpec, loop_config: LoopConfig) -> int:
    """Return how many model calls one visit of ``node`` makes at most.

    Each of ``max_retries`` attempts has up to ``max_iterations`` turns; a turn
    has up to ``max_iterations`` answers, and one call of the judge where
    ``success_criteria`` is set. A function node calls no model.
    """
    if node.node_type == NodeType.FUNCTION:
        return 0
    turns = node.max_retries * loop_config.max_iterations
    judged = turns if node.success_criteria else 0
    return turns * loop_config.max_iterations + judged


def bound_run(graph: GraphSpec) -> Bounds:
    """Return upper bounds of one run of a valid ``graph``, wherever it begins.

    All ways are tried while there are few enough and all fan-outs join as they
    should. Otherwise the largest visits of all nodes are added up, which is
    sound and less tight.
    ``max_steps`` caps both.
    """
    subject = Subject(graph)
    topology = subject.topology
    calls = {node_id: calls_per_visit(node, graph.loop_config) for node_id, node in topology.nodes.items()}
    try:
        visits, total_calls, by_node = _searched(subject, calls)
    except TooLargeError:
        reachable = topology.reachable(topology.starts)
        by_node = {node_id: n for node_id, n in visit_limits(topology).items() if node_id in reachable}
        return _capped(sum(by_node.values()), None, by_node, calls, graph.max_steps)
    return _capped(visits, total_calls, by_node, calls, graph.max_steps)


def _searched(subject: Subject, calls: Mapping[str, int]) -> tuple[int, int, dict[str, int]]:
    if not is_well_nested(subject):
        raise TooLargeError
    topology = subject.topology
    names = list(topology.nodes)
    weights: dict[str, Totals] = {
        node_id: (1, calls[node_id], *(int(node_id == other) for other in names)) for node_id in names
    }
    search = LongestRun(topology, weights, MOST_COUNTS // max(len(names), 1))
    totals = [search.totals(start) for start in topology.starts]
    largest = [max(column) for column in zip(*totals, strict=True)] or [0] * (2 + len(names))
    visits, total_calls, *each = largest
    return visits, total_calls, dict(zip(names, each, strict=True))


def _capped(
    visits: int, total_calls: int | None, by_node: Mapping[str, int], calls: Mapping[str, int], max_steps: int
) -> Bounds:
    capped = {node_id: min(count, max_steps) for node_id, count in by_node.items()}
    dearest = _dearest_calls(capped, calls, max_steps)
    return Bounds(
        node_visits=min(visits, max_steps),
        model_calls=dearest if total_calls is None else min(total_calls, dearest),
        visits_by_node=capped,
        is_exact=total_calls is not None,
    )


def _dearest_calls(visits: Mapping[str, int], calls: Mapping[str, int], max_steps: int) -> int:
    """Return the calls when the dearest nodes run as often as they can within ``max_steps``."""
    total, left = 0, max_steps
    for node_id in sorted(visits, key=lambda node_id: -calls[node_id]):
        taken = min(visits[node_id], left)
        total += taken * calls[node_id]
        left -= taken
    return total
