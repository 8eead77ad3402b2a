"""A plan is a graph that was found valid, with what the walk looks up."""

from __future__ import annotations

import pytest

from framework.errors import InputError, InvalidGraphError
from framework.graph.plan import check_input, make_plan
from tests.support.walked_graphs import edge, graph, loop_node, node, when


def test_exits_part_forward_from_feedback_edges_in_descending_priority() -> None:
    spec = graph(
        [node("a", writes=["x"], max_node_visits=3), node("b", max_node_visits=3), node("c")],
        [
            when("a", "b", "x == 1", priority=1),
            when("a", "c", "x == 2", priority=2),
            edge("a", "a", "always", priority=-2, id="back"),
            edge("b", "c"),
        ],
        terminal_nodes=["c"],
    )
    plan = make_plan(spec, ())
    assert [each.id for each in plan.exits["a"].forward] == ["a-c", "a-b"]
    assert [each.id for each in plan.exits["a"].feedback] == ["back"]
    assert plan.conditions.keys() == {"a-b", "a-c"}
    assert plan.encoded.load() == spec.to_json()


def test_an_invalid_graph_is_refused_with_everything_that_is_wrong() -> None:
    spec = graph(
        [loop_node("a", tools=["fetch"], writes=["x"]), node("b", reads=["missing"]), node("island")],
        [when("a", "b", "x >"), edge("a", "nowhere", id="lost")],
        terminal_nodes=["b"],
    )
    with pytest.raises(InvalidGraphError) as caught:
        make_plan(spec, ("search", "ask"))
    text = str(caught.value)
    assert len(caught.value.findings) >= 4
    assert all(str(finding) in text for finding in caught.value.findings)
    for part in ("'x >' does not parse", "'nowhere' does not exist", "island"):
        assert part in text
    assert "fetch" in text
    assert "search" in text


def test_warnings_do_not_keep_a_graph_from_running() -> None:
    spec = graph([node("a", surprise=1)])
    assert {finding.is_error for finding in spec.validate()} == {False}
    assert make_plan(spec, ()).nodes.keys() == {"a"}


def test_an_input_that_lacks_a_required_key_is_refused_naming_it() -> None:
    plan = make_plan(graph([node("a", reads=["topic"])]), ())
    check_input(plan, ["topic"])
    with pytest.raises(InputError, match=r"The input .*'topic'"):
        check_input(plan, ["other"])


def test_an_unused_input_is_welcome() -> None:
    check_input(make_plan(graph([node("a")]), ()), ["whatever"])
