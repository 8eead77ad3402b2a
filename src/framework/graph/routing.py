"""Routing: which edges a lane takes from the node it left. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from framework.credentials.failure_text import without_secrets
from framework.errors import ExpressionEvaluationError
from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.events import EdgeConsidered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.graph.plan import Plan
    from framework.journal.state import WalkLane
    from framework.model.expression import Expression
    from framework.model.value import Value


# Names of this module: up to Python 3.11 every look-up of an enum's member is a function call.
_CONDITIONAL, _ALWAYS = EdgeCondition.CONDITIONAL, EdgeCondition.ALWAYS
_ON_FAILURE = EdgeCondition.ON_FAILURE


class Route(NamedTuple):
    """The edges to take, what was considered on the way, and why nothing is taken when nothing is."""

    edges: tuple[EdgeSpec, ...] = ()
    considered: tuple[EdgeConsidered, ...] = ()
    dead_end: str = ""


def route(plan: Plan, lane: WalkLane) -> Route:
    """Return where ``lane`` goes from the node it left."""
    node_id = str(lane.node_id)
    exits = plan.exits[node_id]
    considered: list[EdgeConsidered] = []
    matched = _matching(plan, lane, exits.forward, considered)
    if not matched and exits.feedback:
        matched = _matching(plan, lane, exits.feedback, considered)
    open_edges: list[EdgeSpec] = []
    for edge in matched:
        if _is_used_up(plan, lane, edge):
            considered.append(
                EdgeConsidered(edge_id=edge.id, matched=False, reason=_limit_reached(plan, edge))
            )
        else:
            open_edges.append(edge)
    if open_edges:
        return Route(edges=tuple(open_edges), considered=tuple(considered))
    return Route(considered=tuple(considered), dead_end=_dead_end(plan, node_id, considered))


def _matching(
    plan: Plan, lane: WalkLane, edges: Sequence[EdgeSpec], considered: list[EdgeConsidered]
) -> list[EdgeSpec]:
    """Return the edges that match; of the conditional ones only those of the highest priority."""
    taken: list[EdgeSpec] = []
    best: int | None = None
    for edge in edges:
        if edge.condition is not _CONDITIONAL:
            if _applies(edge.condition, failed=lane.error is not None):
                taken.append(edge)
            continue
        if lane.error is not None or (best is not None and edge.priority < best):
            continue
        ruling = _evaluate(edge, plan, lane)
        considered.append(ruling)
        if ruling.matched:
            best = edge.priority
            taken.append(edge)
    return taken


def _applies(condition: EdgeCondition, *, failed: bool) -> bool:
    if condition is _ALWAYS:
        return True
    return failed is (condition is _ON_FAILURE)


def _evaluate(edge: EdgeSpec, plan: Plan, lane: WalkLane) -> EdgeConsidered:
    condition, usual = plan.conditions[edge.id], plan.usual_edges[edge.id]
    try:
        matched = condition.holds(names_for(condition, lane.last_output, lane.memory))
    except ExpressionEvaluationError as error:
        return EdgeConsidered(edge_id=edge.id, matched=False, reason=without_secrets(str(error)))
    return usual.holds if matched else usual.fails


def names_for(
    expression: Expression, output: Mapping[str, Value], memory: Mapping[str, Value]
) -> dict[str, Any]:
    """Return the names an expression reads: ``output``, ``memory``, ``result`` and memory keys.

    ``result`` is the output of that key, or the whole output when there is none.
    """
    names: dict[str, Any] = {key: memory[key].load() for key in expression.names if key in memory}
    if "output" in expression.names:
        names["output"] = _loaded(output)
    if "memory" in expression.names:
        names["memory"] = _loaded(memory)
    if "result" in expression.names:
        names["result"] = output["result"].load() if "result" in output else _loaded(output)
    return names


def _loaded(values: Mapping[str, Value]) -> dict[str, Any]:
    return {key: value.load() for key, value in values.items()}


def _is_used_up(plan: Plan, lane: WalkLane, edge: EdgeSpec) -> bool:
    limit = plan.nodes[edge.target].max_node_visits
    return limit > 0 and lane.visits.get(edge.target, 0) >= limit


def _limit_reached(plan: Plan, edge: EdgeSpec) -> str:
    limit = plan.nodes[edge.target].max_node_visits
    return f"node {edge.target!r} may run {limit} time{'s' if limit > 1 else ''} (max_node_visits) and has"


def _dead_end(plan: Plan, node_id: str, considered: Sequence[EdgeConsidered]) -> str:
    reasons = "; ".join(
        f"edge {_described(plan.edges[item.edge_id])}: {item.reason}"
        for item in considered
        if not item.matched
    )
    return f"No edge leads on from node {node_id!r}" + (f" ({reasons})." if reasons else ".")


def _described(edge: EdgeSpec) -> str:
    return f"{edge.id!r} ({edge.description})" if edge.description else repr(edge.id)
