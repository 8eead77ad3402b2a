"""Mistakes put into sound graphs: each function breaks one and names a rule that must notice.

A mutation returns None where the graph offers no place for it. Mutants are
checked with ``INPUT_KEYS`` as input and ``TOOLS`` as the available tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.node import NodeSpec
from framework.model.topology import Join, Outcome, Topology
from tests.support.random_graphs import INPUT_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from framework.model.graph import GraphSpec

    Mutation = Callable[[GraphSpec, Random], GraphSpec | None]

MUTATIONS: dict[str, Mutation] = {}


def mutation(make: Mutation) -> Mutation:
    """Register a mutation, which gets a copy of the graph that it may change."""

    def mutate(graph: GraphSpec, rng: Random) -> GraphSpec | None:
        return make(graph.model_copy(deep=True), rng)

    MUTATIONS[make.__name__] = mutate
    return mutate


def _edge(graph: GraphSpec, source: str, target: str, **fields: Any) -> None:
    values: dict[str, Any] = {"condition": "on_success", **fields}
    graph.edges.append(EdgeSpec(id=f"x{len(graph.edges)}", source=source, target=target, **values))


def _conditional_edges(graph: GraphSpec) -> list[EdgeSpec]:
    return [edge for edge in graph.edges if edge.condition == EdgeCondition.CONDITIONAL]


def _fan_out(graph: GraphSpec, rng: Random, *, least: int = 1) -> tuple[str, list[str], Join] | None:
    """A source, its targets and their join, where two branches have ``least`` nodes."""
    topology = Topology(graph)
    found: list[tuple[str, list[str], Join]] = []
    for node_id in topology.nodes:
        for choice in topology.choices(node_id, Outcome.SUCCESS):
            targets = list(dict.fromkeys(edge.target for edge in choice.edges))
            joining = topology.joins(targets)
            if len(targets) > 1 and isinstance(joining, Join):
                full = sum(len(branch) >= least for branch in joining.branches)
                found += [(node_id, targets, joining)] if full > 1 else []
    return rng.choice(found) if found else None


# Names.


@mutation
def no_nodes(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.nodes, graph.edges, graph.terminal_nodes = [], [], []
    return graph


@mutation
def no_entry_node(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.entry_node = ""
    return graph


@mutation
def unknown_entry_node(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.entry_node = "nowhere"
    return graph


@mutation
def unknown_entry_point(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.entry_points["webhook"] = "nowhere"
    return graph


@mutation
def unknown_edge_source(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.edges).source = "nowhere"
    return graph


@mutation
def unknown_edge_target(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.edges).target = "nowhere"
    return graph


@mutation
def repeated_node_id(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.nodes.append(rng.choice(graph.nodes).model_copy())
    return graph


@mutation
def repeated_edge_id(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.edges.append(rng.choice(graph.edges).model_copy())
    return graph


@mutation
def empty_node_id(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.nodes.append(NodeSpec(id=""))
    return graph


@mutation
def empty_edge_id(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.edges).id = " "
    return graph


@mutation
def unknown_terminal_node(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.terminal_nodes.append("nowhere")
    return graph


@mutation
def unknown_pause_node(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.pause_nodes.append("nowhere")
    return graph


# Nodes.


@mutation
def unknown_node_type(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.nodes).node_type = "llm_generate"
    return graph


@mutation
def unknown_tool(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.nodes).tools.append("telepathy")
    return graph


@mutation
def empty_output_key(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.nodes).output_keys.append("")
    return graph


@mutation
def empty_input_key(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.nodes).input_keys.append(" ")
    return graph


# Edges.


@mutation
def conditional_without_expression(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = rng.choice(graph.edges)
    edge.condition, edge.condition_expr = EdgeCondition.CONDITIONAL, None
    return graph


@mutation
def expression_that_does_not_parse(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = rng.choice(graph.edges)
    edge.condition, edge.condition_expr = EdgeCondition.CONDITIONAL, "output.get('x' is"
    return graph


@mutation
def expression_that_reaches_out(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = rng.choice(graph.edges)
    edge.condition, edge.condition_expr = EdgeCondition.CONDITIONAL, "__import__('os').system('true')"
    return graph


@mutation
def expression_without_its_condition(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    edges = _conditional_edges(graph)
    if edges:
        rng.choice(edges).condition = EdgeCondition.ON_SUCCESS
    return graph if edges else None


@mutation
def expression_of_a_key_the_node_lacks(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = rng.choice(graph.edges)
    edge.condition, edge.condition_expr = EdgeCondition.CONDITIONAL, "output.get('mood') == 'good'"
    return graph


@mutation
def expression_of_an_unknown_key(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = rng.choice(graph.edges)
    edge.condition, edge.condition_expr = EdgeCondition.CONDITIONAL, "memory['mood'] == 'good'"
    return graph


@mutation
def mapping_from_an_unknown_key(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.edges).input_mapping["topic"] = "mood"
    return graph


# Ways.


@mutation
def lonely_node(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.nodes.append(NodeSpec(id="lonely"))
    return graph


@mutation
def lonely_pair(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.nodes += [NodeSpec(id="one"), NodeSpec(id="two")]
    _edge(graph, "one", "two")
    return graph


@mutation
def entry_node_past_the_start(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.entry_node = graph.terminal_nodes[-1]
    return graph


@mutation
def trap(graph: GraphSpec, rng: Random) -> GraphSpec:
    graph.nodes += [NodeSpec(id="this"), NodeSpec(id="that", max_node_visits=2)]
    _edge(graph, rng.choice(graph.edges).source, "this", condition="on_failure")
    _edge(graph, "this", "that")
    _edge(graph, "that", "this", priority=-1)
    return graph


@mutation
def no_end(graph: GraphSpec, rng: Random) -> GraphSpec:
    last = graph.terminal_nodes[-1]
    graph.terminal_nodes = []
    ends = {node.id for node in graph.nodes} - {edge.source for edge in graph.edges}
    for end in sorted(ends | {last}):
        _edge(graph, end, graph.entry_node, priority=-1)
    return graph


@mutation
def success_without_an_edge(graph: GraphSpec, rng: Random) -> GraphSpec:
    last = graph.terminal_nodes.pop()
    graph.nodes.append(NodeSpec(id="rescue"))
    _edge(graph, last, "rescue", condition="on_failure")
    return graph


@mutation
def too_few_steps(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    topology = Topology(graph)
    if topology.is_end(graph.entry_node) or set(topology.successors(graph.entry_node)) & topology.terminals:
        return None
    graph.max_steps = 2
    return graph


# Loops.


@mutation
def loop_to_a_node_that_runs_once(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    edges = [edge for edge in graph.edges if edge.is_feedback]
    if not edges:
        return None
    target = rng.choice(edges).target
    next(node for node in graph.nodes if node.id == target).max_node_visits = 1
    return graph


@mutation
def loop_to_the_entry_that_runs_once(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = graph.edges[0]
    _edge(graph, edge.target, edge.source, priority=-1)
    return graph


@mutation
def forward_cycle_without_a_limit(graph: GraphSpec, rng: Random) -> GraphSpec:
    node = rng.choice(graph.nodes)
    node.max_node_visits = 0
    graph.terminal_nodes = [name for name in graph.terminal_nodes if name != node.id]
    _edge(graph, node.id, node.id)
    return graph


# Keys.


@mutation
def input_nobody_writes(graph: GraphSpec, rng: Random) -> GraphSpec:
    rng.choice(graph.nodes).input_keys.append("mood")
    return graph


@mutation
def input_written_later(graph: GraphSpec, rng: Random) -> GraphSpec:
    last = next(node for node in graph.nodes if node.id == graph.terminal_nodes[-1])
    graph.nodes[0].input_keys += last.output_keys
    return graph


@mutation
def input_that_the_node_itself_writes(graph: GraphSpec, rng: Random) -> GraphSpec:
    node = rng.choice(graph.nodes)
    node.input_keys.append(node.output_keys[0])
    node.nullable_output_keys = [key for key in node.nullable_output_keys if key != node.output_keys[0]]
    return graph


@mutation
def needed_key_made_nullable(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    guarded = " ".join(edge.condition_expr or "" for edge in graph.edges)
    mapped = {key for edge in graph.edges for key in edge.input_mapping}
    needed = {key for node in graph.nodes for key in node.input_keys if key not in node.nullable_output_keys}
    writers = [
        (node, key)
        for node in graph.nodes
        for key in node.output_keys
        if key in needed - mapped and key not in node.nullable_output_keys and f"'{key}'" not in guarded
    ]
    if not writers:
        return None
    node, key = rng.choice(writers)
    node.nullable_output_keys.append(key)
    return graph


@mutation
def needed_key_renamed_where_written(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    needed = {key for node in graph.nodes for key in node.input_keys if key not in node.nullable_output_keys}
    writers = [node for node in graph.nodes if node.output_keys[0] in needed]
    if not writers:
        return None
    node = rng.choice(writers)
    node.output_keys[0] += "_result"
    return graph


@mutation
def input_of_a_failed_node(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    failures = [edge for edge in graph.edges if edge.condition == EdgeCondition.ON_FAILURE]
    if not failures:
        return None
    edge = rng.choice(failures)
    nodes = {node.id: node for node in graph.nodes}
    nodes[edge.target].input_keys.append(nodes[edge.source].output_keys[0])
    return graph


@mutation
def mapping_from_a_failed_node(graph: GraphSpec, rng: Random) -> GraphSpec:
    edge = rng.choice(graph.edges)
    nodes = {node.id: node for node in graph.nodes}
    rescue = NodeSpec(id="rescue", input_keys=["what_failed"])
    graph.nodes.append(rescue)
    mapping = {"what_failed": nodes[edge.source].output_keys[0]}
    _edge(graph, edge.source, "rescue", condition="on_failure", input_mapping=mapping)
    return graph


@mutation
def input_of_one_alternative(graph: GraphSpec, rng: Random) -> GraphSpec:
    last = next(node for node in graph.nodes if node.id == graph.terminal_nodes[-1])
    first = graph.nodes[0]
    graph.nodes.append(NodeSpec(id="extra", output_keys=["extra"]))
    _edge(graph, first.id, "extra", condition="on_failure")
    _edge(graph, "extra", last.id)
    last.input_keys.append("extra")
    return graph


@mutation
def input_of_a_sibling_branch(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    found = _fan_out(graph, rng)
    if found is None:
        return None
    _, _, joining = found
    one, two = [sorted(branch) for branch in joining.branches if branch][:2]
    nodes = {node.id: node for node in graph.nodes}
    reader, writer = nodes[one[0]], nodes[two[0]]
    reader.input_keys.append(writer.output_keys[0])
    reader.nullable_output_keys = [k for k in reader.nullable_output_keys if k != writer.output_keys[0]]
    return graph


# Branches.


@mutation
def branches_with_one_key(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    found = _fan_out(graph, rng)
    if found is None:
        return None
    one, two = [sorted(branch) for branch in found[2].branches if branch][:2]
    nodes = {node.id: node for node in graph.nodes}
    nodes[one[-1]].output_keys.append(nodes[two[0]].output_keys[0])
    return graph


@mutation
def branches_that_both_face_a_person(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    found = _fan_out(graph, rng)
    if found is None:
        return None
    nodes = {node.id: node for node in graph.nodes}
    for branch in [branch for branch in found[2].branches if branch][:2]:
        nodes[min(branch)].client_facing = True
    return graph


@mutation
def bridge_between_branches(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    found = _fan_out(graph, rng)
    if found is None:
        return None
    one, two = [sorted(branch) for branch in found[2].branches if branch][:2]
    _edge(graph, one[0], two[0], condition="on_failure")
    return graph


@mutation
def feedback_out_of_a_branch(graph: GraphSpec, rng: Random) -> GraphSpec | None:
    found = _fan_out(graph, rng)
    if found is None:
        return None
    source, _, joining = found
    inside = min(next(branch for branch in joining.branches if branch))
    next(node for node in graph.nodes if node.id == source).max_node_visits = 3
    _edge(graph, inside, source, condition="on_failure", priority=-1)
    return graph


@mutation
def branch_that_misses_the_join(graph: GraphSpec, rng: Random) -> GraphSpec:
    first, last = graph.nodes[0].id, graph.terminal_nodes[-1]
    graph.nodes += [
        NodeSpec(id=name, output_keys=[name]) for name in ("fork", "left", "right", "away", "meet")
    ]
    graph.entry_node = "fork"
    for target in ("left", "right", "away"):
        _edge(graph, "fork", target)
    _edge(graph, "left", "meet")
    _edge(graph, "right", "meet")
    _edge(graph, "meet", first)
    graph.terminal_nodes = [last, "away"]
    return graph


@mutation
def input_dropped_from_the_run(graph: GraphSpec, rng: Random) -> GraphSpec:
    node = graph.nodes[0]
    node.input_keys = [*node.input_keys, f"{INPUT_KEYS[0]}_typo"]
    return graph
