"""A plan: a validated graph with everything the walk looks up prepared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from framework.errors import InputError, InvalidGraphError
from framework.model.edge import EdgeSpec
from framework.model.expression import Expression, parse
from framework.model.graph import GraphSpec
from framework.model.node import NodeSpec
from framework.model.topology import Topology
from framework.model.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A graph ready to walk.

    Attributes:
        conditions: the parsed expression of every conditional edge, by edge id.
        encoded: the graph as the journal keeps it.
    """

    graph: GraphSpec
    topology: Topology
    nodes: Mapping[str, NodeSpec]
    edges: Mapping[str, EdgeSpec]
    conditions: Mapping[str, Expression]
    terminal: frozenset[str]
    pause: frozenset[str]
    encoded: Value


def make_plan(graph: GraphSpec, tools: Iterable[str]) -> Plan:
    """Validate ``graph`` against the available ``tools`` and prepare it.

    Raises:
        InvalidGraphError: with every error found.
    """
    errors = [finding for finding in graph.validate(tools=tools) if finding.is_error]
    if errors:
        raise InvalidGraphError(graph.id, errors)
    return Plan(
        graph=graph,
        topology=Topology(graph),
        nodes={node.id: node for node in graph.nodes},
        edges={edge.id: edge for edge in graph.edges},
        conditions={edge.id: parse(edge.condition_expr) for edge in graph.edges if edge.condition_expr},
        terminal=frozenset(graph.terminal_nodes),
        pause=frozenset(graph.pause_nodes),
        encoded=Value.blob(graph.to_json()),
    )


def check_input(plan: Plan, keys: Iterable[str]) -> None:
    """Check that a run's input holds every key some node needs from it.

    Raises:
        InputError: naming each missing key and who needs it.
    """
    errors = [finding for finding in plan.graph.validate(input_keys=keys) if finding.is_error]
    if errors:
        raise InputError("The input is incomplete: " + "; ".join(str(finding) for finding in errors))
