"""The fewest visits with which a run can end well."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from framework.model.validation.branches import is_well_nested
from framework.model.validation.search import TooLargeError, Ways

if TYPE_CHECKING:
    from framework.model.topology import Topology
    from framework.model.validation.subject import Subject

MOST_CONFIGURATIONS = 10_000
"""Configurations that the search for the shortest run may look at; a fraction of a second."""


def shortest_run(subject: Subject) -> int | None:
    """Return how many visits of nodes the shortest run takes in which no branch fails, or fewer.

    All branches of a fan-out count. Where there are too many ways to try, or
    fan-outs do not join as they should, the shortest way along single edges
    is taken: a run takes no less. None if no way leads from the entry node
    to an end.
    """
    topology = subject.topology
    if topology.graph.entry_node not in topology.nodes:
        return None
    try:
        found = _searched(topology) if is_well_nested(subject) else None
    except TooLargeError:
        found = None
    return _shortest_way(topology) if found is None else found


def _searched(topology: Topology) -> int | None:
    ways = Ways(topology)
    standing = [ways.first(topology.graph.entry_node)]
    seen = set(standing)
    visits = 0
    while standing:
        visits += 1
        ahead = {each for here in standing for each in ways.after(here, may_fail=False)}
        if any(not work for work, _ in ahead):
            return visits
        standing = [each for each in ahead if each not in seen]
        seen |= ahead
        if len(seen) > MOST_CONFIGURATIONS:
            raise TooLargeError
    return None


def _shortest_way(topology: Topology) -> int | None:
    entry = topology.graph.entry_node
    visits = {entry: 1}
    queue = deque([entry])
    while queue:
        node_id = queue.popleft()
        if topology.is_end(node_id):
            return visits[node_id]
        resumed_at = topology.resumed_at(node_id)
        for target in (*topology.successors(node_id), *([] if resumed_at is None else [resumed_at])):
            if target not in visits:
                visits[target] = visits[node_id] + 1
                queue.append(target)
    return None
