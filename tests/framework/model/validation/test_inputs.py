from itertools import pairwise

from tests.support.drafts import edge, errors, finding, graph, node, rules


def chain(*nodes, **fields):
    ways = [f"{one.id}->{two.id}" for one, two in pairwise(nodes)]
    return graph(nodes, ways, **fields)


def test_outputs_of_nodes_before_are_at_hand():
    assert rules(chain(node("a", outputs="x"), node("b"), node("c", "x")), input_keys=[]) == []


def test_a_key_nobody_writes_must_come_with_the_input():
    draft = chain(node("a"), node("b", "x"))
    assert rules(draft) == []
    assert rules(draft, input_keys=["x"]) == []
    assert (
        "no node writes and the run's input does not hold"
        in finding(draft, "missing-input", input_keys=[]).message
    )


def test_a_key_that_nobody_writes_and_is_like_another_is_warned_of():
    draft = chain(node("a", "name", outputs="greeting"), node("b", "greting"))

    found = finding(draft, "undeclared-input")

    assert not found.is_error
    assert found.where == "node 'b'"
    assert "requires 'greting', which no node writes" in found.message
    assert found.message.endswith("Did you mean 'greeting'?")


def test_a_key_unlike_any_other_is_taken_for_an_input():
    assert rules(chain(node("a", outputs="greeting"), node("b", "topic"))) == []


def test_a_declared_input_is_no_misspelling():
    first, later = node("a", outputs="texts"), node("b", "text")
    mapped = edge("a->b", input_mapping={"text": "texts"})

    assert rules(chain(first, later)) == ["undeclared-input"]
    assert rules(chain(first, later), declared_inputs=["text"]) == []
    assert rules(chain(node("a", "text", "texts"), later)) == []
    assert rules(chain(node("a", "text", "texts", "text"), later)) == []
    assert rules(graph([first, later], [mapped])) == []


def test_the_first_node_gets_its_inputs_from_the_run():
    draft = chain(node("a", "x"), node("b", outputs="x"))
    assert rules(draft) == []
    assert "runs begin at it without that key" in finding(draft, "missing-input", input_keys=[]).message


def test_a_key_that_some_node_writes_is_not_taken_for_an_input():
    found = finding(chain(node("a"), node("b", "x"), node("c", outputs="x")), "missing-input")
    assert found.where == "node 'b'"
    assert "(for example a -> b)" in found.message


def test_a_nullable_output_is_not_certain():
    assert errors(chain(node("a", outputs="x", nullable="x"), node("b", "x"))) == ["missing-input"]


def test_a_nullable_input_may_be_absent():
    assert rules(chain(node("a", outputs="x", nullable="x"), node("b", "x", nullable="x"))) == []


def test_an_expression_can_make_a_nullable_output_certain():
    nodes = [node("a", outputs="x y", nullable="x y"), node("b", "x"), node("c", "y")]
    ways = [edge("a->b", when="output.get('x') is not None", priority=1), edge("a->c", when="output.y > 3")]
    assert rules(graph(nodes, ways)) == []


def test_alternatives_give_only_what_all_of_them_write():
    nodes = [node("a", outputs="v"), node("b", outputs="x y"), node("c", outputs="x"), node("d", "x y")]
    ways = [edge("a->b", when="v > 1", priority=1), edge("a->c", when="v <= 1"), "b->d", "c->d"]
    found = finding(graph(nodes, ways), "missing-input")
    assert "requires 'y'" in found.message
    assert "a -> c -> d" in found.message


def test_a_failed_node_leaves_no_outputs():
    nodes = [node("a", outputs="x"), node("b", "x")]
    assert errors(graph(nodes, [edge("a->b", "on_failure")], "a b")) == ["missing-input"]
    assert errors(graph(nodes, [edge("a->b", "always")])) == ["missing-input"]


def test_a_join_has_what_every_branch_writes():
    nodes = [node("f"), node("a", outputs="x"), node("b", outputs="y"), node("j", "x y")]
    assert rules(graph(nodes, ["f->a", "f->b", "a->j", "b->j"]), input_keys=[]) == []


def test_a_branch_does_not_see_what_its_sibling_writes():
    nodes = [node("f"), node("a", outputs="x"), node("b", "x"), node("j")]
    assert errors(graph(nodes, ["f->a", "f->b", "a->j", "b->j"])) == ["missing-input"]


def test_a_join_lacks_what_a_branch_may_leave_out_by_ending_early():
    nodes = [node("f"), node("a"), node("a2", outputs="x"), node("b"), node("stop"), node("j", "x")]
    ways = ["f->a", "f->b", "a->a2", "a2->j", "b->j", edge("a->stop", "on_failure")]
    assert errors(graph(nodes, ways, "j stop")) == ["missing-input"]


def test_a_join_lacks_what_an_optional_branch_writes():
    nodes = [node("f", outputs="v"), node("a", outputs="x"), node("b"), node("j", "x")]
    ways = [edge("f->a", when="v > 1"), "f->b", "a->j", "b->j"]
    assert errors(graph(nodes, ways)) == ["missing-input"]


def test_a_join_lacks_what_a_branch_writes_that_may_be_used_up():
    nodes = [
        node("f", max_node_visits=3),
        node("a", outputs="x"),
        node("b", max_node_visits=3),
        node("j", "x", "again", max_node_visits=3),
        node("end"),
    ]
    ways = ["f->a", "f->b", "a->j", "b->j", edge("j->end", when="again > 1"), edge("j->f", priority=-1)]
    assert errors(graph(nodes, ways)) == ["missing-input"]
    nodes[1].max_node_visits = 3
    assert rules(graph(nodes, ways)) == []


def test_a_mapping_fills_an_input():
    nodes = [node("a", outputs="x"), node("b", "question")]
    assert rules(graph(nodes, [edge("a->b", input_mapping={"question": "x"})]), input_keys=[]) == []


def test_a_mapping_from_an_uncertain_key_fills_nothing():
    nodes = [node("a", outputs="x", nullable="x"), node("b", "question")]
    draft = graph(nodes, [edge("a->b", input_mapping={"question": "x"})])
    assert errors(draft, input_keys=[]) == ["missing-input"]


def test_a_mapping_serves_one_visit_only():
    nodes = [node("a", outputs="x"), node("b", "q"), node("c", "q")]
    draft = graph(nodes, [edge("a->b", input_mapping={"q": "x"}), "b->c"])
    assert errors(draft, input_keys=[]) == ["missing-input"]


def test_a_mapping_into_a_join_serves_the_join():
    nodes = [node("f"), node("a", outputs="x"), node("b"), node("j", "q")]
    draft = graph(nodes, ["f->a", "f->b", edge("a->j", input_mapping={"q": "x"}), "b->j"])
    assert rules(draft, input_keys=[]) == []


def test_a_second_visit_clears_nullable_outputs():
    nodes = [
        node("a", outputs="start"),
        node("work", outputs="hint", nullable="hint", max_node_visits=3),
        node("use", "hint", "again", max_node_visits=3),
        node("end"),
    ]
    ways = ["a->work", "work->use", edge("use->end", when="again > 1"), edge("use->work", priority=-1)]
    assert errors(graph(nodes, ways), input_keys=["hint"]) == ["missing-input"]
    assert rules(graph(nodes[1:3], ["work->use"]), input_keys=["hint"]) == []


def test_runs_from_another_entry_point_may_find_keys_in_memory():
    draft = chain(node("a", outputs="x"), node("b"), node("c", "x"), entry_points={"hook": "b"})
    assert errors(draft) == []
    assert rules(draft) == ["missing-input"]


def test_branches_inside_branches_bring_their_keys_to_the_outer_join():
    nodes = [
        node("f"),
        node("a"),
        node("c", outputs="x"),
        node("d", outputs="y"),
        node("b"),
        node("j", "x y"),
    ]
    draft = graph(nodes, ["f->a", "f->b", "a->c", "a->d", "c->j", "d->j", "b->j"])
    assert rules(draft, input_keys=[]) == []


def test_partial_joins_cause_no_further_findings():
    nodes = [node("f"), node("a", outputs="x"), node("b"), node("c"), node("j", "x")]
    assert errors(graph(nodes, ["f->a", "f->b", "f->c", "a->j", "b->j"])) == ["partial-join"]
