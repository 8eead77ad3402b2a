"""Graphs prepared for their runs: validated and planned once, however many runs they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from framework.graph.plan import Plan, Snapshot, check_input, plan_from
from framework.loop.function_node import FunctionNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec

_PLANS_KEPT = 64
_INPUTS_KEPT = 256


@dataclass(slots=True)
class PreparedGraph:
    """What all runs of one graph share: the plan, its function nodes, the inputs found complete."""

    plan: Plan
    snapshot: Snapshot
    functions: dict[str, tuple[object, FunctionNode]] = field(
        default_factory=dict[str, tuple[object, FunctionNode]]
    )
    inputs: set[frozenset[str]] = field(default_factory=set[frozenset[str]])

    def check_input(self, keys: frozenset[str]) -> None:
        """Check the keys of an input once.

        Raises:
            InputError: if a required key is missing.
        """
        if keys not in self.inputs:
            check_input(self.plan, keys)
            if len(self.inputs) < _INPUTS_KEPT:
                self.inputs.add(keys)

    def function_node(self, node: NodeSpec, function: Callable[..., Any]) -> FunctionNode:
        """Return the function node for ``function``, made once."""
        known = self.functions.get(node.id)
        if known is None or known[0] is not function:
            known = self.functions[node.id] = (function, FunctionNode(function, node))
        return known[1]


class PreparedGraphs:
    """The graphs prepared last, by entry node; one that was changed meanwhile is prepared anew."""

    def __init__(self) -> None:
        """Start without any."""
        self._known: dict[tuple[int, str], PreparedGraph] = {}

    def __len__(self) -> int:
        """Give how many are kept."""
        return len(self._known)

    def get(self, graph: GraphSpec, entry_node: str, tools: Iterable[str]) -> PreparedGraph:
        """Return ``graph`` ready for runs that begin at ``entry_node`` and may use ``tools``.

        Raises:
            InvalidGraphError: if the graph fails validation.
        """
        key = (id(graph), entry_node)
        prepared = self._known.get(key)
        if prepared is None or not prepared.snapshot.is_of(graph):
            if len(self._known) >= _PLANS_KEPT:
                self._known.pop(next(iter(self._known)))
            prepared = PreparedGraph(plan_from(graph, entry_node, tools), Snapshot(graph))
            self._known[key] = prepared
        return prepared
