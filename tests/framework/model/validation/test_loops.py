from tests.support.drafts import edge, errors, finding, graph, node, rules


def loop(visits, *, priority=-1, inner=None, when="again"):
    nodes = [
        "start",
        node("draft", max_node_visits=visits),
        node("review", outputs="again", max_node_visits=visits if inner is None else inner),
        "end",
    ]
    back = edge("review->draft", when="output.again", priority=priority)
    return graph(nodes, ["start->draft", "draft->review", edge("review->end", when="not output.again"), back])


def test_a_limited_loop_is_sound():
    assert rules(loop(3)) == []


def test_a_feedback_edge_to_a_node_that_runs_once_is_never_taken():
    found = finding(loop(1), "loop-target-runs-once")
    assert found.is_error
    assert "'draft' has run before" in found.message


def test_a_node_inside_a_loop_that_runs_once_is_pointed_out():
    draft = loop(3, inner=1)
    assert errors(draft) == []
    assert finding(draft, "loop-node-runs-once").where == "node 'review'"


def test_a_feedback_edge_to_a_fresh_node_may_be_taken():
    nodes = [node("a", outputs="x"), "b", "c"]
    draft = graph(nodes, [edge("a->b", when="x > 1"), edge("a->c", priority=-1)])
    assert rules(draft) == []


def test_a_feedback_cycle_that_only_max_steps_bounds_is_pointed_out():
    draft = loop(0)
    assert errors(draft) == []
    assert set(rules(draft)) == {"cycle-bounded-by-max-steps"}


def test_an_unlimited_cycle_of_forward_edges_is_refused():
    draft = loop(0, priority=0)
    assert set(errors(draft)) == {"unbounded-cycle"}


def test_a_limited_cycle_of_forward_edges_is_pointed_out():
    draft = loop(3, priority=0)
    assert errors(draft) == []
    assert set(rules(draft)) == {"cycle-without-feedback"}
