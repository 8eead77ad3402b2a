"""Short ways to write a graph and look at its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.model.edge import EdgeSpec
from framework.model.graph import GraphSpec
from framework.model.node import NodeSpec
from framework.model.validation import validate_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.model.validation import Finding


def node(node_id: str, inputs: str = "", outputs: str = "", nullable: str = "", **fields: Any) -> NodeSpec:
    """A node whose keys are written with blanks between them."""
    keys = {"input_keys": inputs, "output_keys": outputs, "nullable_output_keys": nullable}
    return NodeSpec(id=node_id, **{name: text.split() for name, text in keys.items()}, **fields)


def edge(way: str, condition: str = "on_success", **fields: Any) -> EdgeSpec:
    """An edge written ``a->b``, which is its id too; with ``when`` it is conditional."""
    source, target = way.split("->")
    if "when" in fields:
        condition, fields["condition_expr"] = "conditional", fields.pop("when")
    return EdgeSpec(**{"id": way, "source": source, "target": target, "condition": condition, **fields})


def graph(
    nodes: Sequence[NodeSpec | str], edges: Sequence[EdgeSpec | str], terminals: str = "", **fields: Any
) -> GraphSpec:
    """A graph that begins at its first node; bare texts are plain nodes and on_success edges."""
    specs = [node(each) if isinstance(each, str) else each for each in nodes]
    ways = [edge(each) if isinstance(each, str) else each for each in edges]
    values = {"id": "draft", "entry_node": specs[0].id if specs else "", "nodes": specs, "edges": ways}
    return GraphSpec(**{**values, "terminal_nodes": terminals.split(), **fields})


def rules(draft: GraphSpec, **options: Any) -> list[str]:
    """The rules that a graph breaks, errors first."""
    return [finding.rule for finding in validate_graph(draft, **options)]


def errors(draft: GraphSpec, **options: Any) -> list[str]:
    """The rules whose findings keep a graph from running."""
    return [finding.rule for finding in validate_graph(draft, **options) if finding.is_error]


def finding(draft: GraphSpec, rule: str, **options: Any) -> Finding:
    """The first finding of one rule."""
    return next(each for each in validate_graph(draft, **options) if each.rule == rule)
