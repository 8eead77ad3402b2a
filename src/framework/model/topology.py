"""The shape of a graph: what leads where, what can be taken at once, and where branches join."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from framework.errors import SpecError
from framework.model.edge import EdgeCondition, EdgeSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec


class Outcome(StrEnum):
    """How a node ended, once its attempts are over."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Choice:
    """Edges that may be taken together after one outcome of a node.

    Attributes:
        certain: edges taken whenever this choice is made.
        optional: conditional edges of one priority, of which any number may
            be taken besides; at least one when ``certain`` is empty.
    """

    certain: tuple[EdgeSpec, ...]
    optional: tuple[EdgeSpec, ...] = ()

    @property
    def edges(self) -> tuple[EdgeSpec, ...]:
        """All edges of the choice, the most that can be taken at once."""
        return self.certain + self.optional


@dataclass(frozen=True, slots=True)
class Join:
    """The branches meet at ``node``, which runs once after all of them.

    ``branches`` holds the nodes inside each branch, in the order of the targets;
    the branch of a target that is itself the join is empty.
    """

    node: str
    branches: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class NoJoin:
    """The branches share no node; each runs to its own end."""

    branches: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class PartialJoin:
    """The branches share nodes, but no single node at which all of them meet."""

    shared: frozenset[str]
    branches: tuple[frozenset[str], ...]


Joining = Join | NoJoin | PartialJoin


class Topology:
    """Indexes of one graph and the questions a walk or a rule asks of its shape.

    Edges with an unknown end are left out and the first of several nodes with
    one id counts, so that a graph with such mistakes can still be analysed.
    """

    def __init__(self, graph: GraphSpec) -> None:
        """Index ``graph``, which must not change afterwards."""
        self.graph = graph
        self.nodes: dict[str, NodeSpec] = {}
        for node in graph.nodes:
            self.nodes.setdefault(node.id, node)
        self.terminals = frozenset(graph.terminal_nodes) & self.nodes.keys()
        self._edges_from: dict[str, tuple[EdgeSpec, ...]] = dict.fromkeys(self.nodes, ())
        for edge in graph.edges:
            if edge.source in self.nodes and edge.target in self.nodes:
                self._edges_from[edge.source] += (edge,)
        for source, edges in self._edges_from.items():
            self._edges_from[source] = tuple(sorted(edges, key=lambda edge: -edge.priority))
        followed = {node_id: self.followed_edges(node_id) for node_id in self.nodes}
        self._successors = {node_id: _targets(edges) for node_id, edges in followed.items()}
        self._successors_ahead = {
            node_id: _targets(edge for edge in edges if not edge.is_feedback)
            for node_id, edges in followed.items()
        }
        self._joinings: dict[tuple[str, ...], Joining] = {}

    @property
    def starts(self) -> tuple[str, ...]:
        """The known nodes at which a run may begin, the entry node first."""
        wanted = [self.graph.entry_node, *self.graph.entry_points.values()]
        return tuple(dict.fromkeys(start for start in wanted if start in self.nodes))

    def edges_from(self, node_id: str) -> tuple[EdgeSpec, ...]:
        """Return the edges leaving a node, highest priority first, otherwise as declared."""
        return self._edges_from[node_id]

    def successors(self, node_id: str) -> tuple[str, ...]:
        """Return the nodes a run can come to next; success at a terminal node leads nowhere."""
        return self._successors[node_id]

    def followed_edges(self, node_id: str) -> tuple[EdgeSpec, ...]:
        """Return the edges from a node that a run could follow."""
        edges = self._edges_from[node_id]
        if node_id not in self.terminals:
            return edges
        return tuple(edge for edge in edges if _may_match(edge, Outcome.FAILURE))

    def is_end(self, node_id: str) -> bool:
        """Whether success at this node ends a run, or the branch it is in."""
        return node_id in self.terminals or not self._edges_from[node_id]

    def resumed_at(self, node_id: str) -> str | None:
        """Return the node that a run goes on at once its pause after a node is over, None if at the next."""
        if node_id not in self.graph.pause_nodes:
            return None
        resumed_at = self.graph.entry_points.get(f"{node_id}_resume")
        return resumed_at if resumed_at in self.nodes else None

    def reachable(
        self, starts: Iterable[str], *, stop: str | None = None, forward: bool = False
    ) -> frozenset[str]:
        """Return the nodes reached from ``starts``, these included.

        Args:
            starts: where the ways begin.
            stop: a node that no way enters.
            forward: whether feedback edges are left out.
        """
        successors = self._successors_ahead if forward else self._successors
        open_nodes = [start for start in starts if start != stop]
        seen = set(open_nodes)
        while open_nodes:
            for target in successors[open_nodes.pop()]:
                if target not in seen and target != stop:
                    seen.add(target)
                    open_nodes.append(target)
        return frozenset(seen)

    def after(self, node_id: str) -> frozenset[str]:
        """Return the nodes that may run after a node; a node on a cycle is among them."""
        return self.reachable(self._successors[node_id])

    def choices(self, node_id: str, outcome: Outcome) -> tuple[Choice, ...]:
        """Return what may be taken after ``outcome``, one choice for each priority that can win.

        Conditional edges are evaluated after success only. Feedback edges
        count only where no forward edge is certain to match.
        """
        if outcome is Outcome.SUCCESS and node_id in self.terminals:
            return ()
        edges = [edge for edge in self._edges_from[node_id] if _may_match(edge, outcome)]
        forward = _choices_among([edge for edge in edges if not edge.is_feedback])
        if any(choice.certain for choice in forward):
            return forward
        return forward + _choices_among([edge for edge in edges if edge.is_feedback])

    def joins(self, targets: Sequence[str]) -> Joining:
        """Return how branches that start at ``targets`` come together.

        A join is a node outside all branches such that the branches share no
        node before it and each of them can reach it; a branch may also end on
        its way. Where several nodes qualify, those count that the branches
        reach along forward edges, and of these the nearest.
        """
        key = tuple(targets)
        found = self._joinings.get(key)
        if found is None:
            found = self._joinings[key] = self._find_join(key)
        return found

    def join_of(self, targets: Sequence[str]) -> str | None:
        """Return the node at which branches from ``targets`` join, or None when they never meet.

        Raises:
            SpecError: if only some of them meet, which validation refuses.
        """
        found = self.joins(targets)
        if isinstance(found, PartialJoin):
            raise SpecError(
                f"The branches {', '.join(targets)} share {', '.join(sorted(found.shared))} but no node "
                "joins all of them; let every branch lead to one common node, or to none."
            )
        return found.node if isinstance(found, Join) else None

    def _find_join(self, targets: tuple[str, ...]) -> Joining:
        reached = tuple(self.reachable((target,)) for target in targets)
        shared = _shared(reached)
        if not shared:
            return NoJoin(reached)
        common = frozenset[str].intersection(*reached)
        order = [node_id for node_id in self.nodes if node_id in common]
        candidates = [Join(node_id, self._branches(targets, node_id)) for node_id in order]
        valid = [join for join in candidates if not _shared(join.branches)]
        if not valid:
            return PartialJoin(shared, reached)
        ahead = frozenset[str].intersection(*(self.reachable((target,), forward=True) for target in targets))
        return min(valid, key=lambda join: (join.node not in ahead, sum(map(len, join.branches))))

    def _branches(self, targets: tuple[str, ...], join: str) -> tuple[frozenset[str], ...]:
        return tuple(self.reachable((target,), stop=join) for target in targets)


def _targets(edges: Iterable[EdgeSpec]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(edge.target for edge in edges))


def _may_match(edge: EdgeSpec, outcome: Outcome) -> bool:
    if outcome is Outcome.FAILURE:
        return edge.condition in {EdgeCondition.ON_FAILURE, EdgeCondition.ALWAYS}
    return edge.condition != EdgeCondition.ON_FAILURE


def _choices_among(edges: Sequence[EdgeSpec]) -> tuple[Choice, ...]:
    certain = tuple(edge for edge in edges if edge.condition != EdgeCondition.CONDITIONAL)
    levels: dict[int, tuple[EdgeSpec, ...]] = {}
    for edge in edges:
        if edge.condition == EdgeCondition.CONDITIONAL:
            levels[edge.priority] = (*levels.get(edge.priority, ()), edge)
    if not levels:
        return (Choice(certain),) if certain else ()
    return tuple(Choice(certain, optional) for optional in levels.values())


def _shared(branches: Iterable[frozenset[str]]) -> frozenset[str]:
    seen: set[str] = set()
    shared: set[str] = set()
    for branch in branches:
        shared |= seen & branch
        seen |= branch
    return frozenset(shared)
