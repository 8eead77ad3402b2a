"""What the rules look at: the graph with its shape, its expressions and who writes which key."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from framework.errors import ExpressionSyntaxError
from framework.model.edge import EdgeCondition
from framework.model.expression import parse
from framework.model.topology import Topology
from framework.model.validation.guards import implied_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.model.edge import EdgeSpec
    from framework.model.expression import Expression
    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec


class Subject:
    """One graph under validation.

    Attributes:
        tools: the available tools, None when unknown.
        input_keys: the keys of the run's input, None when unknown.
        declared_inputs: keys of the input that the goal declares.
    """

    def __init__(
        self,
        graph: GraphSpec,
        *,
        tools: Iterable[str] | None = None,
        input_keys: Iterable[str] | None = None,
        declared_inputs: Iterable[str] = (),
    ) -> None:
        """Prepare ``graph`` for the rules."""
        self.graph = graph
        self.tools = None if tools is None else frozenset(tools)
        self.input_keys = None if input_keys is None else frozenset(input_keys)
        self.declared_inputs = frozenset(declared_inputs)
        self.topology = Topology(graph)
        self._parsed: dict[str, Expression | ExpressionSyntaxError] = {}

    @cached_property
    def reachable(self) -> frozenset[str]:
        """The nodes that some run can come to."""
        return self.topology.reachable(self.topology.starts)

    @cached_property
    def writers(self) -> dict[str, tuple[str, ...]]:
        """Each output key with the reachable nodes that write it."""
        found: dict[str, tuple[str, ...]] = {}
        for node_id, node in self.topology.nodes.items():
            for key in dict.fromkeys(node.output_keys) if node_id in self.reachable else ():
                found[key] = (*found.get(key, ()), node_id)
        return found

    @cached_property
    def known_keys(self) -> frozenset[str]:
        """The keys that memory may hold at some time, as far as the graph tells."""
        read = {key for node in self.graph.nodes for key in node.input_keys}
        given = read if self.input_keys is None else self.input_keys
        return frozenset(self.writers) | given

    def assumed_inputs(self, start: str) -> frozenset[str]:
        """Return the keys that memory holds when a run begins at ``start``.

        Without knowledge of the input these are the keys that only an input
        can supply: what no node writes, and what the first node requires.
        Known keys are those of runs from the entry node; runs that begin
        elsewhere are taken to bring what their first node requires as well.
        """
        if self.input_keys is not None:
            other = frozenset[str]() if start == self.graph.entry_node else self._required_at(start)
            return self.input_keys | other
        read = {key for node in self.topology.nodes.values() for key in required_inputs(node)}
        mapped = {key for edge in self.graph.edges for key in edge.input_mapping.values()}
        unwritten = frozenset(read | mapped).difference(self.writers)
        return unwritten | self._required_at(start)

    def syntax_error(self, text: str) -> ExpressionSyntaxError | None:
        """Return why ``text`` does not parse, or None when it does."""
        parsed = self._parse(text)
        return parsed if isinstance(parsed, ExpressionSyntaxError) else None

    def expression(self, edge: EdgeSpec) -> Expression | None:
        """Return the expression of a conditional edge, None when it has none that parses."""
        if edge.condition != EdgeCondition.CONDITIONAL or not edge.condition_expr:
            return None
        parsed = self._parse(edge.condition_expr)
        return None if isinstance(parsed, ExpressionSyntaxError) else parsed

    def guarded_keys(self, edge: EdgeSpec) -> frozenset[str]:
        """Return the keys that must be set when the edge is taken, by its own expression."""
        if edge.condition_expr is None or self.expression(edge) is None:
            return frozenset()
        return implied_keys(edge.condition_expr)

    def _required_at(self, node_id: str) -> frozenset[str]:
        return required_inputs(self.topology.nodes[node_id])

    def _parse(self, text: str) -> Expression | ExpressionSyntaxError:
        if text not in self._parsed:
            try:
                self._parsed[text] = parse(text)
            except ExpressionSyntaxError as error:
                self._parsed[text] = error
        return self._parsed[text]


def required_inputs(node: NodeSpec) -> frozenset[str]:
    """Return the inputs that must be there when the node starts."""
    return frozenset(node.input_keys) - frozenset(node.nullable_output_keys)


def certain_outputs(node: NodeSpec) -> frozenset[str]:
    """Return the outputs that are set whenever the node succeeds."""
    return frozenset(node.output_keys) - frozenset(node.nullable_output_keys)


def cleared_keys(node: NodeSpec) -> frozenset[str]:
    """Return the keys that a second visit of the node clears as it starts."""
    return frozenset(node.output_keys) & frozenset(node.nullable_output_keys)
