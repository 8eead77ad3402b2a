"""A slow, plain walker of graphs, written from the semantics alone, for checking the validator.

Nodes succeed or fail at random and write random numbers; expressions are
evaluated for real. Branches of a fan-out run one after the other on views of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from framework.errors import ExpressionError
from framework.model.expression import parse
from tests.support.random_graphs import INPUT_KEYS

if TYPE_CHECKING:
    from random import Random

    from framework.model.edge import EdgeSpec
    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec

MOST_NESTED = 30

parsed = lru_cache(maxsize=1000)(parse)


class RunFailed(Exception):
    """The run ends without success."""


@dataclass
class Walk:
    """What one run did."""

    visits: dict[str, int] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    astray: list[tuple[str, ...]] = field(default_factory=list)
    """Fan-outs whose branches do not come together as they should."""
    failed: bool = False
    depth: int = 0

    @property
    def steps(self) -> int:
        return sum(self.visits.values())


@dataclass
class View:
    """The memory as one lane sees it, and what the lane changed."""

    memory: dict[str, Any]
    written: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)

    def branch(self) -> View:
        return View(dict(self.memory))

    def write(self, values: dict[str, Any]) -> None:
        self.memory |= values
        self.written |= values.keys()
        self.cleared -= values.keys()

    def clear(self, keys: set[str]) -> None:
        gone = keys & self.memory.keys()
        self.memory = {key: value for key, value in self.memory.items() if key not in gone}
        self.cleared |= gone
        self.written -= gone

    def absorb(self, other: View) -> None:
        self.clear(other.cleared)
        self.write({key: other.memory[key] for key in other.written})


class Walker:
    """Walks one graph once."""

    def __init__(self, graph: GraphSpec, rng: Random) -> None:
        self.graph = graph
        self.rng = rng
        self.known_joins: dict[tuple[str, ...], str | None] = {}
        self.nodes = {node.id: node for node in graph.nodes}
        self.leaving = {
            node.id: [edge for edge in graph.edges if edge.source == node.id] for node in graph.nodes
        }

    def run(self, *, success: float = 0.8, goes_on: bool = False) -> Walk:
        self.success = success
        self.goes_on = goes_on
        """Whether branches go on when a sibling failed."""
        self.walk = Walk()
        view = View({key: self.rng.randint(0, 9) for key in INPUT_KEYS})
        try:
            self.lane(self.graph.entry_node, view, {}, None)
        except RunFailed:
            self.walk.failed = True
        return self.walk

    def lane(
        self, node_id: str, view: View, mapped: dict[str, Any], stop: str | None
    ) -> dict[str, Any] | None:
        """Run until the lane comes to ``stop`` (then what its last edge maps) or ends (then None)."""
        while True:
            if node_id == stop:
                return mapped
            edges, outputs = self.visit(node_id, view, mapped)
            if edges is None:
                return None
            targets = list(dict.fromkeys(edge.target for edge in edges))
            if len(targets) == 1:
                node_id, mapped = targets[0], self.mapping(edges, outputs, view)
                continue
            arrival = self.fan_out(targets, edges, outputs, view)
            if arrival is None:
                return None
            node_id, mapped = arrival

    def fan_out(
        self, targets: list[str], edges: list[EdgeSpec], outputs: dict[str, Any], view: View
    ) -> tuple[str, dict[str, Any]] | None:
        key = tuple(targets)
        if key not in self.known_joins:
            self.known_joins[key] = self.find_join(targets)
        join = self.known_joins[key]
        if self.walk.depth > MOST_NESTED:
            self.walk.astray.append(key)
            raise RunFailed("fan-outs inside each other without end")
        self.walk.depth += 1
        views, mapped, arrived = [], {}, False
        for target in targets:
            own = view.branch()
            first = self.mapping([edge for edge in edges if edge.target == target], outputs, own)
            try:
                came = self.lane(target, own, first, join)
            except RunFailed:
                if not self.goes_on:
                    raise
                came = None
            views.append(own)
            if came is not None:
                arrived = True
                mapped |= came
        self.walk.depth -= 1
        for number, one in enumerate(views):
            for two in views[number + 1 :]:
                self.walk.conflicts += sorted(one.written & two.written)
        for own in views:
            view.absorb(own)
        return (join, mapped) if join is not None and arrived else None

    def visit(
        self, node_id: str, view: View, mapped: dict[str, Any]
    ) -> tuple[list[EdgeSpec] | None, dict[str, Any]]:
        """Run a node and return the edges to take (None: its lane ends here) and its outputs."""
        node = self.nodes[node_id]
        if self.walk.steps >= self.graph.max_steps:
            raise RunFailed("max_steps")
        if self.walk.visits.get(node_id):
            view.clear(set(node.output_keys) & set(node.nullable_output_keys))
        self.walk.visits[node_id] = self.walk.visits.get(node_id, 0) + 1
        at_hand = view.memory | mapped
        for key in node.input_keys:
            if key not in node.nullable_output_keys and key not in at_hand:
                self.walk.missing.append((node_id, key))
        succeeded = self.rng.random() < self.success
        outputs = self.outputs(node) if succeeded else {}
        view.write(outputs)
        if succeeded and node_id in self.graph.terminal_nodes:
            return None, outputs
        return self.edges(node_id, outputs, view, succeeded), outputs

    def outputs(self, node: NodeSpec) -> dict[str, Any]:
        keys = [key for key in node.output_keys if key not in node.nullable_output_keys]
        keys += [
            key for key in node.nullable_output_keys if key in node.output_keys and self.rng.random() < 0.5
        ]
        return {key: self.rng.randint(0, 9) for key in keys or node.output_keys[:1]}

    def edges(
        self, node_id: str, outputs: dict[str, Any], view: View, succeeded: bool
    ) -> list[EdgeSpec] | None:
        leaving = self.leaving[node_id]
        if not leaving and succeeded:
            return None
        matching = [edge for edge in leaving if self.matches(edge, outputs, view, succeeded)]
        forward = [edge for edge in matching if edge.priority >= 0]
        taken = self.best(forward or matching)
        open_edges = [edge for edge in taken if not self.is_used_up(edge.target)]
        if not open_edges:
            raise RunFailed(node_id)
        return open_edges

    def matches(self, edge: EdgeSpec, outputs: dict[str, Any], view: View, succeeded: bool) -> bool:
        if edge.condition == "conditional":
            return succeeded and self.is_true(edge.condition_expr or "", outputs, view)
        return edge.condition in {"always", "on_success" if succeeded else "on_failure"}

    def is_true(self, text: str, outputs: dict[str, Any], view: View) -> bool:
        try:
            return parsed(text).holds({**view.memory, "output": outputs, "memory": view.memory})
        except ExpressionError:
            return False

    def best(self, edges: list[EdgeSpec]) -> list[EdgeSpec]:
        conditional = [edge.priority for edge in edges if edge.condition == "conditional"]
        top = max(conditional, default=0)
        kept = [edge for edge in edges if edge.condition != "conditional" or edge.priority == top]
        return sorted(kept, key=lambda edge: -edge.priority)

    def is_used_up(self, node_id: str) -> bool:
        limit = self.nodes[node_id].max_node_visits
        return 0 < limit <= self.walk.visits.get(node_id, 0)

    def mapping(self, edges: list[EdgeSpec], outputs: dict[str, Any], view: View) -> dict[str, Any]:
        values = view.memory | outputs
        return {
            target: values[source]
            for edge in edges
            for target, source in edge.input_mapping.items()
            if source in values
        }

    def find_join(self, targets: list[str]) -> str | None:
        """The nearest node that all branches lead to and before which they share nothing."""
        apart = [self.closure(target, None) for target in targets]
        if sum(map(len, apart)) == len(set().union(*apart)):
            return None
        found = []
        for node in self.graph.nodes:
            branches = [self.closure(target, node.id) for target in targets]
            leads = all(node.id in reached for reached in apart)
            if leads and sum(map(len, branches)) == len(set().union(*branches)):
                back = not all(node.id in self.closure(target, None, forward=True) for target in targets)
                found.append((back, sum(map(len, branches)), node.id))
        if not found:
            self.walk.astray.append(tuple(targets))
            raise RunFailed("partial join")
        return min(found, key=lambda item: item[:2])[2]

    def closure(self, start: str, stop: str | None, *, forward: bool = False) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            here = todo.pop()
            if here == stop or here in seen:
                continue
            seen.add(here)
            for edge in self.leaving[here]:
                ends = here in self.graph.terminal_nodes and edge.condition in {"on_success", "conditional"}
                if not ends and not (forward and edge.priority < 0):
                    todo.append(edge.target)
        return seen


def walks(graph: GraphSpec, rng: Random, count: int, *, goes_on: bool = False) -> list[Walk]:
    """Run ``graph`` so often with random outcomes, now with many failures, now with few."""
    walker = Walker(graph, rng)
    chances = (0.6, 0.85, 0.95, 1.0)
    return [walker.run(success=chances[number % 4], goes_on=goes_on) for number in range(count)]
