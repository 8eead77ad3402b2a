"""The ways of runs through a graph, and the longest of them, found by trying all.

A search walks the graph with the branches of a fan-out one after the other,
which changes no count because branches share no node. A configuration is the
work still to do and the visits of those nodes ahead whose limit can bind.
"""

from __future__ import annotations

from itertools import chain, combinations
from operator import mul
from typing import TYPE_CHECKING

from framework.model.topology import Choice, Join, Outcome, PartialJoin
from framework.model.validation.exclusion import can_match_together
from framework.model.validation.visits import exhaustible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from framework.model.edge import EdgeSpec
    from framework.model.topology import Topology

Mark = tuple[str | None, bool]
"""A join that branches lead to (None when they never meet), and whether one has arrived."""

Work = tuple[str | Mark, ...]
"""Nodes to enter and marks to pass, the next first; a lane ends at the first mark behind it."""

Counts = tuple[int, ...]
Configuration = tuple[Work, Counts]
Totals = tuple[int, ...]

_MOST_OPTIONAL = 6


class TooLargeError(Exception):
    """The graph has no longest run, or too many configurations to find it."""


class Ways:
    """The configurations of a graph, and which can follow which.

    The next node of the work is visited between one and the next; a run ends without any work.
    """

    def __init__(self, topology: Topology) -> None:
        """Prepare the ways through ``topology``."""
        self._topology = topology
        bounded = exhaustible(topology)
        self._slots = {node_id: slot for slot, node_id in enumerate(sorted(bounded))}
        self._sets = {node_id: self._target_sets(node_id) for node_id in topology.nodes}
        self._kept: dict[Work, tuple[bool, ...]] = {}

    def first(self, start: str) -> Configuration:
        """Return the configuration of a run that begins at ``start``."""
        return (start,), (0,) * len(self._slots)

    def after(self, here: Configuration, *, may_fail: bool) -> list[Configuration]:
        """Return the configurations that can follow ``here``.

        Args:
            here: where runs stand.
            may_fail: whether a lane may end wherever it is, as when a node fails and no edge handles that.

        Raises:
            TooLargeError: if branches meet at no single node, or too many edges may be taken or not.
        """
        work, counts = here
        if not work:
            return []
        node_id, rest = node_of(work), work[1:]
        if node_id in self._slots:
            slot = self._slots[node_id]
            counts = (*counts[:slot], counts[slot] + 1, *counts[slot + 1 :])
        found: dict[Configuration, None] = {}
        if may_fail or self._topology.is_end(node_id):
            found[self._configuration(_unwound(rest), counts)] = None
        for targets in self._sets[node_id]:
            left = tuple(target for target in targets if not self._is_used_up(target, counts))
            if left or may_fail:
                found[self._configuration(self._taken(left, rest), counts)] = None
        resumed_at = self._topology.resumed_at(node_id)
        if resumed_at is not None:
            found[self._configuration(_arrived(resumed_at, rest), counts)] = None
        return list(found)

    def _configuration(self, work: Work, counts: Counts) -> Configuration:
        """Forget the visits of nodes that can never run again, so that more ways look the same."""
        kept = self._kept.get(work)
        if kept is None:
            ahead = self._topology.reachable(place for place in map(_place_of, work) if place is not None)
            kept = self._kept[work] = tuple(node_id in ahead for node_id in self._slots)
        return work, tuple(map(mul, counts, kept))

    def _is_used_up(self, node_id: str, counts: Counts) -> bool:
        slot = self._slots.get(node_id)
        return slot is not None and counts[slot] >= self._topology.nodes[node_id].max_node_visits

    def _taken(self, targets: tuple[str, ...], rest: Work) -> Work:
        if not targets:
            return _unwound(rest)
        if len(targets) == 1:
            return _arrived(targets[0], rest)
        joining = self._topology.joins(targets)
        if isinstance(joining, PartialJoin):
            raise TooLargeError
        join = joining.node if isinstance(joining, Join) else None
        entered = tuple(target for target in targets if target != join)
        return (*entered, (join, join in targets), *rest)

    def _target_sets(self, node_id: str) -> tuple[tuple[str, ...], ...]:
        found: dict[tuple[str, ...], None] = {}
        for outcome in Outcome:
            for choice in self._topology.choices(node_id, outcome):
                for edges in _edge_sets(choice):
                    found[tuple(dict.fromkeys(edge.target for edge in edges))] = None
        return tuple(found)


class LongestRun:
    """Finds the largest totals over all runs; each weight is totalled on its own."""

    def __init__(self, topology: Topology, weights: Mapping[str, Totals], most_configurations: int) -> None:
        """Prepare a search over ``topology``.

        Args:
            topology: the graph.
            weights: what one visit of a node adds to each total.
            most_configurations: how many configurations to look at before giving up.
        """
        self._weights = weights
        self._most = most_configurations
        self._ways = Ways(topology)
        self._best: dict[Configuration, Totals] = {}

    def totals(self, start: str) -> Totals:
        """Return the largest totals of runs that begin at ``start``.

        Raises:
            TooLargeError: if a cycle has no limit, or there are too many configurations.
        """
        first = self._ways.first(start)
        path: list[tuple[Configuration, list[Configuration]]] = [(first, self._next(first))]
        on_path: set[Configuration] = {first}
        while path:
            here, ahead = path[-1]
            pending = next((each for each in ahead if each not in self._best), None)
            if pending is None:
                self._best[here] = self._settle(here, ahead)
                on_path.discard(here)
                path.pop()
                continue
            if pending in on_path or len(self._best) + len(path) >= self._most:
                raise TooLargeError
            path.append((pending, self._next(pending)))
            on_path.add(pending)
        return self._best[first]

    def _next(self, here: Configuration) -> list[Configuration]:
        return self._ways.after(here, may_fail=True)

    def _settle(self, here: Configuration, ahead: Sequence[Configuration]) -> Totals:
        work, _ = here
        if not work:
            return (0,) * len(next(iter(self._weights.values())))
        own = self._weights[node_of(work)]
        rest = zip(*(self._best[each] for each in ahead), strict=True)
        return tuple(weight + max(totals) for weight, totals in zip(own, rest, strict=True))


def node_of(work: Work) -> str:
    """Return the node that work goes on with.

    Raises:
        TypeError: if it is to pass a mark first.
    """
    first = work[0]
    if not isinstance(first, str):
        raise TypeError(f"The work begins with the mark {first!r} instead of a node.")
    return first


def _edge_sets(choice: Choice) -> Iterator[tuple[EdgeSpec, ...]]:
    if len(choice.optional) > _MOST_OPTIONAL:
        raise TooLargeError
    sizes = range(0 if choice.certain else 1, len(choice.optional) + 1)
    for chosen in chain.from_iterable(combinations(choice.optional, size) for size in sizes):
        if can_match_together(chosen):
            yield choice.certain + chosen


def _place_of(item: str | Mark) -> str | None:
    return item if isinstance(item, str) else item[0]


def _arrived(node_id: str, rest: Work) -> Work:
    """Return the work after a lane comes to ``node_id``, which may be where the lane joins."""
    for index, item in enumerate(rest):
        if isinstance(item, str):
            continue
        if item[0] == node_id:
            return _unwound((*rest[:index], (node_id, True), *rest[index + 1 :]))
        break
    return (node_id, *rest)


def _unwound(rest: Work) -> Work:
    """Return the work once a lane has ended: the next lane, or the join behind the last one."""
    if not rest or isinstance(rest[0], str):
        return rest
    join, has_arrived = rest[0]
    return _arrived(join, rest[1:]) if join is not None and has_arrived else _unwound(rest[1:])
