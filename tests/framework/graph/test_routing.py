"""Which edges a lane takes, why not the others, and where nothing leads on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.graph.plan import plan_of
from framework.graph.routing import names_for, route
from framework.journal.state import Phase, WalkLane
from framework.model.events import ErrorFacts
from framework.model.expression import parse
from framework.model.value import Value
from tests.support.walked_graphs import edge, graph, node, when

if TYPE_CHECKING:
    from framework.graph import EdgeSpec
    from framework.graph.routing import Route

TARGETS = ("a", "b", "c")


def routed(
    *edges: EdgeSpec,
    output: dict[str, Any] | None = None,
    failed: bool = False,
    visits: dict[str, int] | None = None,
    **memory: Any,
) -> Route:
    """Route a lane that has just left the node ``s``; ``saved`` is an edge to ``a`` for failures."""
    nodes = [node(name, max_node_visits=2) for name in ("s", *TARGETS)]
    plan = plan_of(graph(nodes, [*edges, edge("s", "a", "on_failure", id="saved")]))
    lane = WalkLane("m", None)
    lane.node_id, lane.phase = "s", Phase.LEFT
    lane.last_output = {key: Value.of(value) for key, value in (output or {}).items()}
    lane.memory = {key: Value.of(value) for key, value in memory.items()} | lane.last_output
    lane.visits = {"s": 1} | (visits or {})
    lane.error = ErrorFacts(error="E", message="it failed") if failed else None
    return route(plan, lane)


def taken(found: Route) -> list[str]:
    return [each.id for each in found.edges]


def test_edges_are_considered_in_descending_priority() -> None:
    found = routed(
        when("s", "a", "False", priority=1),
        when("s", "b", "False", priority=3),
        when("s", "c", "True", priority=2),
    )
    assert [each.edge_id for each in found.considered] == ["s-b", "s-c"]
    assert taken(found) == ["s-c"]


def test_of_the_conditional_edges_only_those_at_the_highest_matching_priority_are_taken() -> None:
    found = routed(
        when("s", "a", "True", priority=5),
        when("s", "b", "True", priority=5),
        when("s", "c", "True", priority=4),
    )
    assert taken(found) == ["s-a", "s-b"]


def test_edges_of_equal_priority_are_taken_in_declared_order() -> None:
    found = routed(edge("s", "c"), edge("s", "a", "always"), edge("s", "b"))
    assert taken(found) == ["s-c", "s-a", "s-b"]


def test_unconditional_edges_of_any_priority_are_taken_beside_the_best_conditional_one() -> None:
    found = routed(edge("s", "a", priority=0), when("s", "b", "True", priority=2), edge("s", "c", priority=7))
    assert taken(found) == ["s-c", "s-b", "s-a"]


def test_feedback_edges_count_only_when_no_forward_edge_matches() -> None:
    forward = when("s", "b", "x > 1", priority=1)
    back = edge("s", "a", "always", priority=-1)
    assert taken(routed(forward, back, output={"x": 2})) == ["s-b"]
    assert taken(routed(forward, back, output={"x": 1})) == ["s-a"]


def test_feedback_edges_follow_the_highest_matching_priority_too() -> None:
    found = routed(
        when("s", "c", "False"), when("s", "a", "True", priority=-2), when("s", "b", "True", priority=-1)
    )
    assert taken(found) == ["s-b"]


def test_a_failed_node_follows_its_on_failure_and_always_edges_alone() -> None:
    edges = (edge("s", "b"), when("s", "b", "True", id="if"), edge("s", "c", "always"))
    assert taken(routed(*edges, failed=True)) == ["s-c", "saved"]
    assert taken(routed(*edges)) == ["s-b", "if", "s-c"]


def test_a_condition_is_not_evaluated_after_a_failure() -> None:
    assert routed(when("s", "b", "True"), failed=True).considered == ()


def test_an_evaluation_error_makes_the_edge_false_and_is_recorded_with_its_reason() -> None:
    found = routed(when("s", "b", "x > 1"), when("s", "c", "True", priority=-1), output={"x": "text"})
    assert taken(found) == ["s-c"]
    ruling = found.considered[0]
    assert (ruling.edge_id, ruling.matched) == ("s-b", False)
    assert "text" in ruling.reason or "compare" in ruling.reason


def test_an_edge_into_a_node_whose_visits_are_used_up_is_not_taken() -> None:
    found = routed(edge("s", "a"), edge("s", "b"), visits={"a": 2})
    assert taken(found) == ["s-b"]
    assert [each.reason for each in found.considered] == [
        "node 'a' may run 2 times (max_node_visits) and has"
    ]


def test_no_feedback_edge_stands_in_for_a_forward_edge_that_is_used_up() -> None:
    found = routed(when("s", "b", "True"), edge("s", "a", priority=-1), visits={"b": 2})
    assert found.edges == ()
    assert "node 'b' may run 2 times" in found.dead_end


def test_a_dead_end_names_the_conditions_that_were_false() -> None:
    found = routed(when("s", "b", "x == 1"), when("s", "c", "missing == 1"), output={"x": 2})
    assert found.edges == ()
    assert found.dead_end.startswith(
        "No edge leads on from node 's' (edge 's-b': the condition is false; edge 's-c': "
    )


def test_two_edges_to_one_node_are_both_taken() -> None:
    found = routed(when("s", "b", "True", id="one"), edge("s", "b", id="two"))
    assert taken(found) == ["one", "two"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("output.x", 1),
        ("memory['k']", 2),
        ("k", 2),
        ("result", 3),
        ("x + k", 3),
        ("output.get('nothing')", None),
    ],
)
def test_an_expression_reads_output_memory_result_and_memory_keys(expression: str, value: object) -> None:
    output = {"x": Value.of(1), "result": Value.of(3)}
    parsed = parse(expression)
    assert parsed.evaluate(names_for(parsed, output, output | {"k": Value.of(2)})) == value


def test_result_is_the_whole_output_when_no_output_has_that_name() -> None:
    parsed = parse("result")
    assert parsed.evaluate(names_for(parsed, {"x": Value.of(1)}, {})) == {"x": 1}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(TARGETS),
            st.sampled_from(["on_success", "always", "on_failure", "True", "False"]),
            st.integers(-2, 2),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_any_edges_are_routed_as_the_rules_say(kinds: list[tuple[str, str, int]], failed: bool) -> None:
    edges = [
        when("s", target, kind, priority=priority, id=str(number))
        if kind in {"True", "False"}
        else edge("s", target, kind, priority=priority, id=str(number))
        for number, (target, kind, priority) in enumerate(kinds)
    ]
    assert taken(routed(*edges, failed=failed)) == expected(edges, failed=failed)


def expected(edges: list[EdgeSpec], *, failed: bool) -> list[str]:
    everything = [*edges, edge("s", "a", "on_failure", id="saved")]
    matching = [each for each in everything if matches(each, failed=failed)]
    forward = [each for each in matching if each.priority >= 0]
    chosen = forward or matching
    conditional = [each.priority for each in chosen if each.condition == "conditional"]
    best = [each for each in chosen if each.condition != "conditional" or each.priority == max(conditional)]
    return [each.id for each in sorted(best, key=lambda each: -each.priority)]


def matches(candidate: EdgeSpec, *, failed: bool) -> bool:
    if candidate.condition == "conditional":
        return not failed and candidate.condition_expr == "True"
    return candidate.condition in {"always", "on_failure" if failed else "on_success"}
