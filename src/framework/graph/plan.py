"""A plan: a validated graph with everything the walk looks up prepared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast

import orjson

from framework.errors import InputError, InvalidGraphError
from framework.graph.usual import UsualEdge, UsualEvents, usual_events
from framework.model.edge import EdgeSpec
from framework.model.expression import Expression, parse
from framework.model.graph import GraphSpec
from framework.model.node import NodeSpec, NodeType
from framework.model.tool import Effect
from framework.model.topology import Topology
from framework.model.value import Value


class Exits(NamedTuple):
    """The edges leaving a node, each kind in descending priority."""

    forward: tuple[EdgeSpec, ...]
    feedback: tuple[EdgeSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A graph ready to walk.

    Attributes:
        ends: ids of the nodes after which a lane ends: terminal ones, and those no edge leaves.
        loops: ids of the nodes that a model's loop runs.
        exits: the forward and the feedback edges leaving each node, in order of priority.
        usual: the events that plain visits record, by node id.
        usual_edges: what is recorded of edges, by edge id.
        mapping: ids of the edges that fill inputs by ``input_mapping``.
        conditions: the parsed expression of every conditional edge, by edge id.
        effects: what running a function node twice does, by node id; those that change nothing are left out.
        encoded: the graph as the journal keeps it.
    """

    graph: GraphSpec
    topology: Topology
    nodes: Mapping[str, NodeSpec]
    edges: Mapping[str, EdgeSpec]
    loops: frozenset[str]
    exits: Mapping[str, Exits]
    usual: Mapping[str, UsualEvents]
    usual_edges: Mapping[str, UsualEdge]
    mapping: frozenset[str]
    conditions: Mapping[str, Expression]
    ends: frozenset[str]
    pause: frozenset[str]
    encoded: Value
    effects: Mapping[str, str] = field(default_factory=dict[str, str])


class Snapshot:
    """A graph as it was, to tell cheaply whether its specs were changed since."""

    __slots__ = ("_fields",)

    def __init__(self, graph: GraphSpec) -> None:
        """Keep copies of the fields of ``graph``."""
        self._fields = _copied(_fields(graph))

    def is_of(self, graph: GraphSpec) -> bool:
        """Whether ``graph`` says now what it said then."""
        return self._fields == _fields(graph)


def _fields(graph: GraphSpec) -> list[dict[str, object]]:
    return list(map(vars, (graph, graph.loop_config, *graph.nodes, *graph.edges)))  # Once a run: kept cheap.


def _copied(value: Any) -> Any:
    """Return a copy of JSON-like data; what is no dict, list or tuple is kept as it is."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item) for item in cast("list[object]", value))  # pyright: ignore[reportUnknownVariableType, reportCallIssue, reportUnknownArgumentType]  (a copy of its own kind)
    return value


def make_plan(graph: GraphSpec, tools: Iterable[str]) -> Plan:
    """Validate ``graph`` against the available ``tools`` and prepare it.

    Raises:
        InvalidGraphError: with every error found.
    """
    errors = [finding for finding in graph.validate(tools=tools) if finding.is_error]
    if errors:
        raise InvalidGraphError(graph.id, errors)
    return plan_of(graph)


def plan_from(graph: GraphSpec, entry_node: str, tools: Iterable[str]) -> Plan:
    """Prepare ``graph`` for runs that begin at ``entry_node``; the journal keeps the graph as it is.

    Raises:
        InvalidGraphError: with every error found.
    """
    if entry_node == graph.entry_node:
        return make_plan(graph, tools)
    points = {**graph.entry_points, graph.entry_node: graph.entry_node}
    entered = graph.model_copy(update={"entry_node": entry_node, "entry_points": points})
    return replace(make_plan(entered, tools), encoded=Value.blob(graph.to_json()))


def plan_of(graph: GraphSpec) -> Plan:
    """Prepare a graph that is known to be valid."""
    topology = Topology(graph)
    nodes = {node.id: node for node in graph.nodes}
    effects = {
        node.id: node.effect.value
        for node in graph.nodes
        if node.effect is not Effect.NONE and node.node_type != NodeType.EVENT_LOOP
    }
    return Plan(
        graph=graph,
        topology=topology,
        nodes=nodes,
        edges={edge.id: edge for edge in graph.edges},
        loops=frozenset(node.id for node in graph.nodes if node.node_type == NodeType.EVENT_LOOP),
        exits={node.id: _exits(topology, node.id) for node in graph.nodes},
        usual={
            node.id: usual_events(node, effects.get(node.id), topology.edges_from(node.id), nodes)
            for node in graph.nodes
        },
        usual_edges={edge.id: UsualEdge.of(edge) for edge in graph.edges},
        mapping=frozenset(edge.id for edge in graph.edges if edge.input_mapping),
        conditions={edge.id: parse(edge.condition_expr) for edge in graph.edges if edge.condition_expr},
        ends=frozenset(graph.terminal_nodes).union(
            node.id for node in graph.nodes if topology.is_end(node.id)
        ),
        pause=frozenset(graph.pause_nodes),
        encoded=Value.blob(graph.to_json()),
        effects=effects,
    )


def _exits(topology: Topology, node_id: str) -> Exits:
    edges = topology.edges_from(node_id)
    return Exits(
        tuple(edge for edge in edges if not edge.is_feedback),
        tuple(edge for edge in edges if edge.is_feedback),
    )


def check_input(plan: Plan, keys: Iterable[str]) -> None:
    """Check that a run's input holds every key some node needs from it.

    Raises:
        InputError: naming each missing key and who needs it.
    """
    given = set(keys)
    errors = [finding for finding in plan.graph.validate(input_keys=given) if finding.is_error]
    if not errors:
        return
    needs = _needs(plan, given)
    if needs:
        keys_needed = ", ".join(f"{key!r} (for node {node_id!r})" for key, node_id in needs.items())
        example = orjson.dumps(dict.fromkeys(needs, "...")).decode()
        message = f"The input lacks {keys_needed}; give it, for example --input '{example}'."
        raise InputError(message, missing=tuple(needs))
    raise InputError("The input is incomplete: " + "; ".join(str(finding) for finding in errors))


def _needs(plan: Plan, given: Collection[str]) -> dict[str, str]:
    """Return the keys that only the input could hold and does not, each with a node that needs it."""
    written = {key for node in plan.graph.nodes for key in node.output_keys}
    mapped = {key for edge in plan.graph.edges for key in edge.input_mapping}
    needs: dict[str, str] = {}
    for node in plan.graph.nodes:
        for key in node.input_keys:
            if (
                key not in node.nullable_output_keys
                and key not in written
                and key not in mapped
                and key not in given
            ):
                needs.setdefault(key, node.id)
    return needs
