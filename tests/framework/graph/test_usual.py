"""Events that are encoded once a graph must read as if they were encoded at every visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.graph import EdgeCondition, EdgeSpec, GraphSpec, NodeSpec
from framework.graph.plan import plan_of
from framework.graph.usual import UsualEdge
from framework.journal.entry import encode_body
from framework.model.events import EdgeConsidered, EdgeTaken, NodeFinished, NodeStarted
from framework.model.tool import Effect
from framework.model.value import write_value

if TYPE_CHECKING:
    from framework.graph.usual import UsualEvents


def usual(node_id: str, *edges: EdgeSpec, effect: Effect = Effect.NONE) -> UsualEvents:
    names = ["a", "b", "c"]
    nodes = [
        NodeSpec(id=name, node_type="function", effect=effect, max_node_visits=visits)
        for name, visits in zip(names, (1, 3, 0), strict=True)
    ]
    graph = GraphSpec(id="g", entry_node="a", terminal_nodes=["c"], nodes=nodes, edges=list(edges))
    return plan_of(graph).usual[node_id]


def edge(target: str, condition: EdgeCondition = EdgeCondition.ON_SUCCESS, **more: object) -> EdgeSpec:
    return EdgeSpec.model_validate(
        {"id": f"a-{target}", "source": "a", "target": target, "condition": condition, **more}
    )


def test_events_are_encoded_as_the_log_would() -> None:
    found = usual("a", edge("b"), effect=Effect.ONCE)

    assert found.started.event == NodeStarted(node_id="a", visit=1, effect="once")
    assert found.succeeded.event == NodeFinished(node_id="a", succeeded=True)
    for encoded in (found.started, found.succeeded):
        assert encoded.body == encode_body(encoded.event, write_value)


def test_what_is_recorded_of_an_edge_is_encoded_as_the_log_would() -> None:
    found = UsualEdge.of(edge("b"))

    assert found.taken.event == EdgeTaken(edge_ids=("a-b",), targets=("b",))
    assert found.taken.body == encode_body(found.taken.event, write_value)
    refused = EdgeConsidered(edge_id="a-b", matched=False, reason="it may run once")
    for ruling in (found.holds, found.fails, refused):
        assert found.body_of(ruling) == encode_body(ruling, write_value)
    assert [found.holds.matched, found.fails.matched] == [True, False]


@pytest.mark.parametrize("condition", [EdgeCondition.ON_SUCCESS, EdgeCondition.ALWAYS])
def test_a_sole_edge_that_every_success_takes_is_the_only_way(condition: EdgeCondition) -> None:
    way = usual("a", edge("b", condition)).way

    assert way is not None
    assert (way.target, way.visits) == ("b", 3)
    assert way.taken.event == EdgeTaken(edge_ids=("a-b",), targets=("b",))
    assert way.taken.body == encode_body(way.taken.event, write_value)


@pytest.mark.parametrize(
    "edges",
    [
        [],
        [edge("b"), edge("c")],
        [edge("b", EdgeCondition.ON_FAILURE)],
        [edge("b", EdgeCondition.CONDITIONAL, condition_expr="True")],
    ],
    ids=["end", "fan-out", "after a failure", "conditional"],
)
def test_where_there_is_a_choice_there_is_no_only_way(edges: list[EdgeSpec]) -> None:
    assert usual("a", *edges).way is None
