"""How often each node can run at most, by its own limit and by how often a run can come to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from framework.model.topology import Topology


def visit_limits(topology: Topology, *, unlimited: Collection[str] = ()) -> dict[str, int]:
    """Return an upper bound of the visits of each node in one run.

    A node runs at most ``max_node_visits`` times, and at most once for each
    visit of a node with an edge to it (once more where a run starts). The
    bounds are lowered from the limits until nothing changes.

    Args:
        topology: the graph.
        unlimited: nodes whose own limit is left out of account.
    """
    most = topology.graph.max_steps
    limits = {
        node_id: most if node_id in unlimited else min(node.max_node_visits or most, most)
        for node_id, node in topology.nodes.items()
    }
    sources = _sources(topology)
    changed = True
    while changed:
        changed = False
        for node_id, limit in limits.items():
            arrivals = _arrivals(node_id, topology, sources, limits)
            if arrivals < limit:
                limits[node_id] = arrivals
                changed = True
    return limits


def exhaustible(topology: Topology) -> frozenset[str]:
    """Return the nodes that a run may come to more often than their limit allows.

    The limits of all other nodes never bind, because the limits of the nodes
    before them bind first.
    """
    sources = _sources(topology)
    spare: set[str] = {node_id for node_id, node in topology.nodes.items() if node.max_node_visits == 0}
    for node_id, node in topology.nodes.items():
        if node_id in spare:
            continue
        limits = visit_limits(topology, unlimited=spare | {node_id})
        if _arrivals(node_id, topology, sources, limits) <= node.max_node_visits:
            spare.add(node_id)
    return frozenset(topology.nodes) - spare


def _sources(topology: Topology) -> dict[str, list[str]]:
    sources: dict[str, list[str]] = {node_id: [] for node_id in topology.nodes}
    for source in topology.nodes:
        for target in topology.successors(source):
            sources[target].append(source)
    return sources


def _arrivals(node_id: str, topology: Topology, sources: dict[str, list[str]], limits: dict[str, int]) -> int:
    started = 1 if node_id in topology.starts else 0
    return started + sum(limits[source] for source in sources[node_id])
