"""Random graphs: sound ones built from nested blocks, and wild ones with random edits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.graph import GraphSpec
from framework.model.node import NodeSpec

INPUT_KEYS = ("topic", "depth")
TOOLS = ("search", "fetch")


@dataclass
class Path:
    """Where building stands: the last node, and the keys set on every way to it."""

    node: str
    keys: frozenset[str]
    early: list[frozenset[str]] = field(default_factory=list)
    """Keys at the ends that leave the path before its last node."""


@dataclass(frozen=True)
class Setting:
    """What the blocks around say: visits of a node, nesting left, and who may face a person."""

    visits: int = 1
    depth: int = 3
    unlimited: bool = False
    may_face_person: bool = True


class GraphBuilder:
    """Builds one sound graph from nested blocks."""

    def __init__(self, rng: Random, size: int) -> None:
        self.rng = rng
        self.left = size
        self.nodes: list[NodeSpec] = []
        self.edges: list[EdgeSpec] = []
        self.terminals: list[str] = []

    def build(self) -> GraphSpec:
        setting = Setting()
        entry = self.node(frozenset(INPUT_KEYS), setting)
        path = self.sequence(self.after(entry, frozenset(INPUT_KEYS)), setting)
        last = self.step(path, setting)
        self.terminals.append(last.node)
        return GraphSpec(
            id="random",
            entry_node=self.nodes[0].id,
            terminal_nodes=self.terminals,
            nodes=self.nodes,
            edges=self.edges,
            max_steps=self.rng.choice([100, 1000]),
        )

    def node(self, keys: frozenset[str], setting: Setting, **fields: Any) -> NodeSpec:
        self.left -= 1
        name = f"n{len(self.nodes)}"
        wanted = sorted(keys)
        inputs = self.rng.sample(wanted, min(len(wanted), self.rng.randint(0, 3)))
        outputs, nullable = [f"k_{name}"], []
        if self.rng.random() < 0.2:
            outputs.append(f"o_{name}")
            nullable.append(f"o_{name}")
        values: dict[str, Any] = {
            "id": name,
            "input_keys": inputs,
            "output_keys": outputs,
            "nullable_output_keys": nullable,
            "max_node_visits": 0 if setting.unlimited else setting.visits,
            "client_facing": setting.may_face_person and self.rng.random() < 0.1,
            "tools": self.rng.sample(TOOLS, self.rng.randint(0, 2)),
        }
        node = NodeSpec(**(values | fields))
        self.nodes.append(node)
        return node

    def after(self, node: NodeSpec, keys: frozenset[str]) -> Path:
        return Path(node.id, keys | (set(node.output_keys) - set(node.nullable_output_keys)))

    def edge(self, source: str, target: str, condition: str = "on_success", **fields: Any) -> None:
        name = f"e{len(self.edges)}"
        self.edges.append(EdgeSpec(id=name, source=source, target=target, condition=condition, **fields))

    def expression(self, keys: frozenset[str]) -> str:
        key = self.rng.choice(sorted(keys))
        form = self.rng.choice(["memory[{!r}] > {}", "memory.get({!r}, 0) < {}", "memory[{!r}] != {}"])
        return form.format(key, self.rng.randint(2, 7))

    def sequence(self, path: Path, setting: Setting) -> Path:
        early: list[frozenset[str]] = []
        for _ in range(self.rng.randint(1, 3)):
            if self.left <= 0:
                break
            block = self.rng.choice([self.step, *self._nesting(setting)])
            path = block(path, setting)
            early += path.early
        return replace(path, early=early)

    def _nesting(self, setting: Setting) -> list[Any]:
        if setting.depth == 0 or self.left < 4:
            return []
        inner = [self.alternatives, self.parallel, self.loop, self.handled]
        return [
            lambda path, outer, block=block: block(path, replace(outer, depth=outer.depth - 1))
            for block in inner
        ]

    def step(self, path: Path, setting: Setting) -> Path:
        node = self.node(path.keys, setting)
        mapping = {}
        if self.rng.random() < 0.15:
            node.input_keys.append(f"m_{node.id}")
            mapping[f"m_{node.id}"] = self.rng.choice(sorted(path.keys))
        self.edge(
            path.node, node.id, self.rng.choice(["on_success"] * 3 + ["conditional"]), input_mapping=mapping
        )
        last = self.edges[-1]
        if last.condition == "conditional":
            last.condition_expr = self.expression(path.keys)
        return self.after(node, path.keys)

    def arm(self, path: Path, setting: Setting, **edge: Any) -> Path:
        first = self.node(path.keys, setting)
        self.edge(path.node, first.id, **edge)
        begun = self.after(first, path.keys)
        return self.sequence(begun, setting) if setting.depth and self.rng.random() < 0.5 else begun

    def merge(self, arms: list[Path], keys: frozenset[str], setting: Setting) -> Path:
        node = self.node(keys, setting)
        for arm in arms:
            self.edge(
                arm.node, node.id, self.rng.choice(["on_success", "on_success", "on_success", "always"])
            )
        return self.after(node, keys)

    def alternatives(self, path: Path, setting: Setting) -> Path:
        together = self.rng.random() < 0.5
        inner = replace(setting, may_face_person=setting.may_face_person and not together)
        arms = [
            self.arm(
                path,
                inner,
                condition="conditional",
                condition_expr=self.expression(path.keys),
                priority=0 if together else number,
            )
            for number in range(self.rng.randint(2, 3))
        ]
        keys = frozenset.intersection(*(self.surely(arm) for arm in arms))
        merged = self.merge(arms, keys, setting)
        return replace(merged, early=[end for arm in arms for end in arm.early])

    def parallel(self, path: Path, setting: Setting) -> Path:
        count = self.rng.randint(2, 3)
        facing = self.rng.randrange(count)
        arms = [
            self.arm(path, replace(setting, may_face_person=setting.may_face_person and number == facing))
            for number in range(count)
        ]
        keys = frozenset.union(*(frozenset.intersection(self.surely(arm), *arm.early) for arm in arms))
        merged = self.merge(arms, keys, setting)
        return replace(merged, early=[keys] if all(arm.early for arm in arms) else [])

    def surely(self, arm: Path) -> frozenset[str]:
        """The keys behind an arm; its last edge may be followed after a failure."""
        last = next(node for node in self.nodes if node.id == arm.node)
        return arm.keys - set(last.output_keys)

    def loop(self, path: Path, setting: Setting) -> Path:
        rounds = setting.visits * self.rng.randint(2, 3)
        inner = replace(setting, visits=rounds, unlimited=self.rng.random() < 0.3)
        head = self.node(path.keys, replace(inner, unlimited=False))
        self.edge(path.node, head.id)
        body = self.sequence(self.after(head, path.keys), inner)
        name = f"n{len(self.nodes)}"
        done, redo = f"done_{name}", f"redo_{name}"
        outputs = {"output_keys": [done, redo], "nullable_output_keys": [done, redo]}
        tail = self.node(body.keys, inner, **outputs)
        self.edge(body.node, tail.id)
        head.input_keys.append(redo)
        head.nullable_output_keys.append(redo)
        again = f"output.get({redo!r}) is not None"
        self.edge(tail.id, head.id, "conditional", condition_expr=again, priority=-1)
        keys = body.keys | {done}
        leave = self.node(keys, setting)
        leave.input_keys.append(done) if done not in leave.input_keys else None
        finished = f"output.get({done!r}) is not None"
        self.edge(tail.id, leave.id, "conditional", condition_expr=finished, priority=self.rng.randint(0, 1))
        return replace(self.after(leave, keys), early=body.early)

    def handled(self, path: Path, setting: Setting) -> Path:
        risky = self.node(path.keys, setting)
        self.edge(path.node, risky.id)
        handler = self.node(path.keys, setting)
        self.edge(risky.id, handler.id, "on_failure")
        if self.rng.random() < 0.5:
            self.terminals.append(handler.id)
            ended = self.after(handler, path.keys).keys
            return replace(self.step(self.after(risky, path.keys), setting), early=[ended])
        node = self.node(path.keys, setting)
        self.edge(risky.id, node.id)
        self.edge(handler.id, node.id)
        return self.after(node, path.keys)


def random_graph(rng: Random, size: int | None = None) -> GraphSpec:
    """A sound graph of about ``size`` nodes; its runs take ``INPUT_KEYS``."""
    return GraphBuilder(rng, rng.randint(2, 14) if size is None else size).build()


def wild_graph(rng: Random) -> GraphSpec:
    """A sound graph after a few random edits, each of which may or may not break it."""
    graph = random_graph(rng)
    for _ in range(rng.randint(1, 3)):
        rng.choice(_EDITS)(graph, rng)
    return graph


def _add_edge(graph: GraphSpec, rng: Random) -> None:
    source, target = rng.choice(graph.nodes), rng.choice(graph.nodes)
    condition = rng.choice(list(EdgeCondition))
    fields: dict[str, Any] = {"priority": rng.choice([-1, 0, 0, 1])}
    if condition == "conditional":
        fields["condition_expr"] = f"memory[{rng.choice(INPUT_KEYS)!r}] > {rng.randint(2, 7)}"
    name = f"e{len(graph.edges)}"
    graph.edges.append(EdgeSpec(id=name, source=source.id, target=target.id, condition=condition, **fields))


def _drop_edge(graph: GraphSpec, rng: Random) -> None:
    if graph.edges:
        graph.edges.pop(rng.randrange(len(graph.edges)))


def _change_condition(graph: GraphSpec, rng: Random) -> None:
    if graph.edges:
        edge = rng.choice(graph.edges)
        edge.condition = rng.choice(
            [EdgeCondition.ON_SUCCESS, EdgeCondition.ON_FAILURE, EdgeCondition.ALWAYS]
        )
        edge.condition_expr = None


def _redirect(graph: GraphSpec, rng: Random) -> None:
    if graph.edges:
        rng.choice(graph.edges).target = rng.choice(graph.nodes).id


def _add_input(graph: GraphSpec, rng: Random) -> None:
    rng.choice(graph.nodes).input_keys.append(rng.choice(rng.choice(graph.nodes).output_keys))


def _make_nullable(graph: GraphSpec, rng: Random) -> None:
    node = rng.choice(graph.nodes)
    node.nullable_output_keys.append(rng.choice(node.output_keys))


def _share_key(graph: GraphSpec, rng: Random) -> None:
    rng.choice(graph.nodes).output_keys.append(rng.choice(rng.choice(graph.nodes).output_keys))


def _change_visits(graph: GraphSpec, rng: Random) -> None:
    rng.choice(graph.nodes).max_node_visits = rng.choice([0, 1, 2, 3])


def _change_priority(graph: GraphSpec, rng: Random) -> None:
    if graph.edges:
        rng.choice(graph.edges).priority = rng.choice([-1, 0, 1])


def _change_terminals(graph: GraphSpec, rng: Random) -> None:
    graph.terminal_nodes.append(rng.choice(graph.nodes).id)


_EDITS = [
    _add_edge,
    _add_edge,
    _drop_edge,
    _change_condition,
    _redirect,
    _add_input,
    _make_nullable,
    _share_key,
    _change_visits,
    _change_priority,
    _change_terminals,
]

seeds = st.integers(min_value=0, max_value=2**32 - 1)
sound_graphs = seeds.map(lambda seed: random_graph(Random(seed)))
wild_graphs = seeds.map(lambda seed: wild_graph(Random(seed)))
