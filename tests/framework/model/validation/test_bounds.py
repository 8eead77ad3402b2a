import pytest

from framework.model.loop_config import LoopConfig
from framework.model.validation import bound_run, calls_per_visit
from framework.model.validation import bounds as bounds_module
from tests.support.drafts import edge, graph, node


def visits(nodes, ways, terminals="", **fields):
    return bound_run(graph(nodes, ways, terminals, **fields)).node_visits


def test_a_chain_takes_one_visit_a_node():
    assert visits(["a", "b", "c"], ["a->b", "b->c"]) == 3


def test_alternatives_count_the_longest():
    ways = [edge("a->b", when="x", priority=1), edge("a->c", when="y"), "c->d", "b->e", "d->e"]
    assert visits(["a", "b", "c", "d", "e"], ways) == 4


def test_conditional_edges_of_one_priority_may_both_be_taken():
    assert visits(["a", "b", "c"], [edge("a->b", when="x"), edge("a->c", when="y")]) == 3
    assert visits(["a", "b", "c"], [edge("a->b", when="x"), edge("a->c", when="not x")]) == 2


def test_branches_add_up_and_their_join_runs_once():
    assert visits(["f", "a", "b", "j"], ["f->a", "f->b", "a->j", "b->j"]) == 4


def test_loops_multiply_within_the_limits():
    nodes = ["a", node("b", max_node_visits=3), node("c", max_node_visits=5), "d"]
    ways = ["a->b", "b->c", edge("c->d", when="x"), edge("c->b", priority=-1)]
    found = bound_run(graph(nodes, ways))
    assert found.node_visits == 1 + 3 * 2 + 1
    assert found.visits_by_node == {"a": 1, "b": 3, "c": 3, "d": 1}


def test_a_failure_way_counts():
    assert visits(["a", "b", "c"], ["a->b", edge("b->c", "on_failure")], "b") == 3


def test_nested_fan_outs_run_their_shared_join_once():
    ways = ["f->a", "f->b", "a->c", "a->d", "c->j", "d->j", "b->j"]
    assert visits(["f", "a", "b", "c", "d", "j"], ways) == 6


def test_max_steps_caps_everything():
    nodes = [node("a", max_node_visits=0), node("b", max_node_visits=0), "c"]
    ways = ["a->b", edge("b->c", when="x"), edge("b->a", priority=-1)]
    found = bound_run(graph(nodes, ways, max_steps=7, loop_config=LoopConfig(max_iterations=1)))
    assert found.node_visits == 7
    assert found.model_calls == 7 * 3
    assert not found.is_exact
    assert found.visits_by_node == {"a": 7, "b": 7, "c": 1}


def test_a_run_may_begin_at_any_entry_point():
    assert visits(["a", "b", "c"], ["b->c"], entry_points={"hook": "b"}) == 2


def test_a_run_that_goes_on_elsewhere_after_a_pause_counts_both_parts():
    fields = {"pause_nodes": ["a"], "entry_points": {"a_resume": "c"}}
    assert visits(["a", "b", "c", "d", "e"], ["a->b", "c->d", "d->e"], **fields) == 4


def test_limits_are_added_up_where_the_search_grows_too_large(monkeypatch):
    monkeypatch.setattr(bounds_module, "MOST_COUNTS", 6)
    found = bound_run(graph(["a", "b", "c"], [edge("a->b", when="x"), edge("a->c", when="not x")]))
    assert found.node_visits == 3
    assert not found.is_exact


def test_calls_of_a_visit_are_attempts_times_turns_times_answers():
    config = LoopConfig(max_iterations=5)
    assert calls_per_visit(node("a", max_retries=2), config) == 2 * 5 * 5
    assert calls_per_visit(node("a", max_retries=2, success_criteria="is good"), config) == 2 * 5 * 5 + 2 * 5
    assert calls_per_visit(node("a", node_type="function"), config) == 0


@pytest.mark.parametrize("max_steps", [1, 2, 100])
def test_calls_follow_the_dearest_way(max_steps):
    nodes = ["a", node("b", max_retries=1), node("c", max_retries=2)]
    ways = [edge("a->b", when="x"), edge("a->c", when="not x")]
    draft = graph(nodes, ways, max_steps=max_steps, loop_config=LoopConfig(max_iterations=1))
    assert bound_run(draft).model_calls == {1: 3}.get(max_steps, 3 + 2)


def test_an_empty_graph_costs_nothing():
    assert bound_run(graph([], [])).node_visits == 0
