"""Which keys are certainly set when a node starts, whatever way the run took.

The analysis follows every way at once and keeps, for each node, the keys that
all ways to it have in common. Branches of a fan-out are followed on lanes of
their own: a branch does not see what its siblings write, and at the join the
keys that each branch certainly leaves behind come together.

A branch that fails is taken to fail the run, which is the default. The
analysis knows nothing of visit counts, except that an edge into a node that may
have used up its visits may be missing from a fan-out. What it finds certain
is certain; it may miss a key that only the order of visits makes certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from framework.model.topology import Choice, Join, Outcome, PartialJoin
from framework.model.validation.subject import certain_outputs, cleared_keys
from framework.model.validation.visits import exhaustible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from framework.model.edge import EdgeSpec
    from framework.model.validation.subject import Subject

Lane = tuple[tuple[str, str, str | None], ...]
"""The fan-outs a path is inside of: source, target and join of each, outermost first."""

Place = tuple[Lane, str]

MAIN: Lane = ()


@dataclass(frozen=True, slots=True)
class State:
    """Keys that are certainly set: in memory, and for the node that is entered (mappings included)."""

    memory: frozenset[str]
    available: frozenset[str]

    def meet(self, other: State) -> State:
        """Return what holds on both ways."""
        return State(self.memory & other.memory, self.available & other.available)


class KeyFlow:
    """The keys available to each node of runs that begin at one node."""

    def __init__(self, subject: Subject, start: str, keys: frozenset[str]) -> None:
        """Follow all runs that begin at ``start`` with ``keys`` in memory."""
        self._subject = subject
        self._topology = subject.topology
        self._states: dict[Place, State] = {}
        self._ends: dict[Lane, State] = {}
        self._early: set[Lane] = set()
        self._forks: dict[Lane, Place] = {}
        self._open: list[Place] = []
        self._arrive(MAIN, start, State(keys, keys))
        while self._open:
            self._leave(*self._open.pop())

    def available(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield each node with the keys it can count on, once for every lane it is on."""
        for (_, node_id), state in self._states.items():
            yield node_id, state.available

    @cached_property
    def _exhaustible(self) -> frozenset[str]:
        return exhaustible(self._topology)

    def _arrive(self, lane: Lane, node_id: str, state: State) -> None:
        if lane and lane[-1][2] == node_id:
            self._end(lane, state, early=False)
            return
        known = self._states.get((lane, node_id))
        met = state if known is None else known.meet(state)
        if met != known:
            self._states[lane, node_id] = met
            self._open.append((lane, node_id))

    def _end(self, lane: Lane, state: State, *, early: bool) -> None:
        known = self._ends.get(lane)
        met = state if known is None else known.meet(state)
        is_news = met != known or (early and lane not in self._early)
        if early:
            self._early.add(lane)
        if is_news:
            self._ends[lane] = met
            if lane in self._forks:
                self._open.append(self._forks[lane])

    def _leave(self, lane: Lane, node_id: str) -> None:
        for outcome in Outcome:
            memory = self._memory_after(lane, node_id, outcome)
            for choice in self._topology.choices(node_id, outcome):
                for edges in self._possible_sets(choice):
                    self._follow(lane, node_id, edges, memory)
        if self._topology.is_end(node_id):
            memory = self._memory_after(lane, node_id, Outcome.SUCCESS)
            self._end(lane, State(memory, memory), early=True)

    def _memory_after(self, lane: Lane, node_id: str, outcome: Outcome) -> frozenset[str]:
        node = self._topology.nodes[node_id]
        memory = self._states[lane, node_id].memory
        if node_id in self._topology.after(node_id):
            memory -= cleared_keys(node)
        return memory | certain_outputs(node) if outcome is Outcome.SUCCESS else memory

    def _possible_sets(self, choice: Choice) -> list[tuple[EdgeSpec, ...]]:
        """Return the smallest sets of edges that may be taken, each optional edge in one of them."""
        certain = tuple(edge for edge in choice.certain if not self._may_be_used_up(edge))
        certain_ids = {edge.id for edge in certain}
        others = [edge for edge in choice.edges if edge.id not in certain_ids]
        sets = [(*certain, edge) for edge in others]
        return [certain, *sets] if certain else sets

    def _may_be_used_up(self, edge: EdgeSpec) -> bool:
        return edge.target in self._exhaustible and edge.source in self._topology.after(edge.target)

    def _follow(self, lane: Lane, source: str, edges: Sequence[EdgeSpec], memory: frozenset[str]) -> None:
        base = memory.union(*(self._subject.guarded_keys(edge) for edge in edges))
        targets = tuple(dict.fromkeys(edge.target for edge in edges))
        if len(targets) == 1:
            for edge in edges:
                self._arrive(lane, edge.target, _across(edge, base))
            return
        joining = self._topology.joins(targets)
        if isinstance(joining, PartialJoin) or any(source == outer for outer, _, _ in lane):
            hoped = base | self._all_outputs(targets)
            for target in targets:
                self._arrive(lane, target, State(hoped, hoped))
            return
        join = joining.node if isinstance(joining, Join) else None
        self._fork(lane, source, edges, base, join)

    def _fork(
        self, lane: Lane, source: str, edges: Sequence[EdgeSpec], memory: frozenset[str], join: str | None
    ) -> None:
        branches: list[Lane] = []
        for edge in edges:
            branch = (*lane, (source, edge.target, join))
            branches.append(branch)
            self._forks[branch] = (lane, source)
            self._arrive(branch, edge.target, _across(edge, memory))
        ends = [self._ends[branch] for branch in branches if branch in self._ends]
        if len(ends) < len(branches):
            return
        merged = _merge(memory, ends)
        if join is not None:
            self._arrive(lane, join, merged)
        if join is None or self._early.issuperset(branches):
            self._end(lane, merged, early=True)

    def _all_outputs(self, targets: Iterable[str]) -> frozenset[str]:
        nodes = self._topology.nodes
        return frozenset(key for node in self._topology.reachable(targets) for key in nodes[node].output_keys)


def _across(edge: EdgeSpec, memory: frozenset[str]) -> State:
    mapped = {target: source in memory for target, source in edge.input_mapping.items()}
    unsure = frozenset(target for target, is_sure in mapped.items() if not is_sure)
    return State(memory, (memory | mapped.keys()) - unsure)


def _merge(base: frozenset[str], ends: Sequence[State]) -> State:
    written = frozenset[str]().union(*(end.memory for end in ends)) - base
    kept = base.intersection(*(end.memory for end in ends))
    memory = written | kept
    mapped = frozenset[str]().union(*(end.available - end.memory for end in ends))
    unsure = frozenset[str]().union(*(end.memory - end.available for end in ends))
    return State(memory, (memory - unsure) | mapped)
