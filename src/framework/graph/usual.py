"""The usual events of nodes and edges: they say the same every time, and are encoded once a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from framework.journal.entry import EncodedEvent, encode_body
from framework.model.edge import EdgeCondition
from framework.model.events import EdgeConsidered, EdgeTaken, NodeFinished, NodeStarted
from framework.model.value import write_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.model.edge import EdgeSpec
    from framework.model.node import NodeSpec

_UNCONDITIONAL = frozenset({EdgeCondition.ON_SUCCESS, EdgeCondition.ALWAYS})
"""Conditions that every success meets."""


class OnlyWay(NamedTuple):
    """The edge that every success of a node takes, whatever it gave.

    Attributes:
        target: where it leads.
        visits: how often the target may be visited; 0 means without limit.
        taken: what is recorded when it is taken.
    """

    target: str
    visits: int
    taken: EncodedEvent


class UsualEvents(NamedTuple):
    """What a plain visit of one node records.

    Attributes:
        started: the start of its first visit, unless a conversation opens with it.
        succeeded: its end.
        way: how a lane goes on after it; None where there is a choice, or an end.
    """

    started: EncodedEvent
    succeeded: EncodedEvent
    way: OnlyWay | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualEdge:
    """What is recorded of one edge.

    Attributes:
        taken: that it is taken, and no other.
        holds: that its condition is true.
        fails: that its condition is false.
    """

    taken: EncodedEvent
    holds: EdgeConsidered
    fails: EdgeConsidered
    holds_body: bytes
    fails_body: bytes

    @classmethod
    def of(cls, edge: EdgeSpec) -> UsualEdge:
        """Encode what is recorded of ``edge``."""
        holds = EdgeConsidered(edge_id=edge.id, matched=True)
        fails = EdgeConsidered(edge_id=edge.id, matched=False, reason="the condition is false")
        return cls(
            taken=EncodedEvent.of(EdgeTaken(edge_ids=(edge.id,), targets=(edge.target,))),
            holds=holds,
            fails=fails,
            holds_body=encode_body(holds, write_value),
            fails_body=encode_body(fails, write_value),
        )

    def body_of(self, ruling: EdgeConsidered) -> bytes:
        """Return the content of a ruling on this edge: that of the usual ones is at hand."""
        if ruling is self.holds:
            return self.holds_body
        return self.fails_body if ruling is self.fails else encode_body(ruling, write_value)


def usual_events(
    node: NodeSpec, effect: str | None, edges: Sequence[EdgeSpec], nodes: Mapping[str, NodeSpec]
) -> UsualEvents:
    """Return the usual events of a node.

    Args:
        node: the node.
        effect: what running it twice does, if it is a function that changes something.
        edges: those that leave it.
        nodes: all nodes of the graph, by id.
    """
    return UsualEvents(
        started=EncodedEvent.of(NodeStarted(node_id=node.id, visit=1, effect=effect)),
        succeeded=EncodedEvent.of(NodeFinished(node_id=node.id, succeeded=True)),
        way=_only_way(edges, nodes),
    )


def _only_way(edges: Sequence[EdgeSpec], nodes: Mapping[str, NodeSpec]) -> OnlyWay | None:
    if len(edges) != 1 or edges[0].condition not in _UNCONDITIONAL:
        return None
    edge = edges[0]
    taken = EncodedEvent.of(EdgeTaken(edge_ids=(edge.id,), targets=(edge.target,)))
    return OnlyWay(edge.target, nodes[edge.target].max_node_visits, taken)
