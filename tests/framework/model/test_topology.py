import pytest

from framework.errors import SpecError
from framework.model.topology import Join, NoJoin, Outcome, PartialJoin, Topology
from tests.support.drafts import edge, graph, node

DIAMOND = ["f->a", "f->b", "a->j", "b->j", "j->end"]


def topology(names, edges, terminals=""):
    return Topology(graph(names.split(), edges, terminals))


def taken(shape, node_id, outcome=Outcome.SUCCESS):
    choices = shape.choices(node_id, outcome)
    return [([e.target for e in c.certain], [e.target for e in c.optional]) for c in choices]


def test_edges_leave_by_falling_priority_then_as_declared():
    shape = topology("a b c d", [edge("a->b"), edge("a->c", priority=2), edge("a->d")])
    assert [each.target for each in shape.edges_from("a")] == ["c", "b", "d"]


def test_edges_with_an_unknown_end_are_left_out():
    assert topology("a b", ["a->b", "a->x", "x->b"]).successors("a") == ("b",)


def test_success_at_a_terminal_node_leads_nowhere_and_failure_leads_on():
    shape = topology("a b c", ["a->b", edge("a->c", "on_failure")], "a")
    assert shape.successors("a") == ("c",)
    assert taken(shape, "a") == []
    assert taken(shape, "a", Outcome.FAILURE) == [(["c"], [])]


def test_a_node_on_a_cycle_comes_after_itself():
    shape = topology("a b c", ["a->b", edge("b->a", priority=-1), "b->c"])
    assert "a" in shape.after("a")
    assert "c" not in shape.after("c")


def test_conditional_edges_compete_by_priority():
    edges = [
        edge("f->a", when="x", priority=1),
        edge("f->b", when="y", priority=1),
        edge("f->c", when="z"),
        "f->d",
    ]
    assert taken(topology("f a b c d", edges), "f") == [(["d"], ["a", "b"]), (["d"], ["c"])]


def test_conditional_edges_do_not_count_after_failure():
    edges = [edge("f->a", when="x"), edge("f->b", "always"), edge("f->c", "on_failure")]
    assert taken(topology("f a b c", edges), "f", Outcome.FAILURE) == [(["b", "c"], [])]


def test_feedback_edges_count_only_where_no_forward_edge_is_certain():
    back = edge("f->a", priority=-1)
    assert taken(topology("a f b", ["f->b", back]), "f") == [(["b"], [])]
    assert taken(topology("a f b", [edge("f->b", when="x"), back]), "f") == [([], ["b"]), (["a"], [])]


def test_branches_join_where_they_first_meet():
    assert topology("f a b j end", DIAMOND).joins(("a", "b")) == Join("j", (frozenset("a"), frozenset("b")))


def test_branches_may_be_long_and_hold_cycles_and_ends_of_their_own():
    extra = ["a->c", edge("c->a", priority=-1), "c->j", edge("b->t", "on_failure")]
    shape = topology("f a b c j end t", [*DIAMOND, *extra], "end t")
    assert shape.joins(("a", "b")) == Join("j", (frozenset("ac"), frozenset("bt")))


def test_a_target_may_be_the_join_itself():
    shape = topology("f a j", ["f->a", "f->j", "a->j"])
    assert shape.joins(("a", "j")) == Join("j", (frozenset("a"), frozenset()))


def test_branches_that_share_no_node_never_join():
    shape = topology("f a b c", ["f->a", "f->b", "b->c"])
    assert shape.joins(("a", "b")) == NoJoin((frozenset("a"), frozenset("bc")))
    assert shape.join_of(("a", "b")) is None


def test_a_loop_around_a_fan_out_does_not_move_its_join():
    shape = topology("f a b j end", [*DIAMOND, edge("j->f", priority=-1)])
    assert shape.join_of(("a", "b")) == "j"


def test_a_loop_may_join_at_the_node_that_fans_out():
    back = [edge("a->f", priority=-1), edge("b->f", priority=-1)]
    shape = topology("f a b end", ["f->a", "f->b", *back, edge("f->end", when="x", priority=2)])
    assert shape.join_of(("a", "b")) == "f"


def test_branches_of_which_some_meet_join_partially():
    shape = topology("f a b c j", ["f->a", "f->b", "f->c", "a->j", "b->j"])
    assert isinstance(shape.joins(("a", "b", "c")), PartialJoin)
    assert shape.join_of(("a", "b")) == "j"
    with pytest.raises(SpecError, match="share j but no node joins all"):
        shape.join_of(("a", "b", "c"))


def test_of_two_joins_the_one_ahead_counts():
    nodes, back = "f a b c j end", edge("j->c", priority=-1)
    shape = topology(
        nodes, ["f->a", "f->b", "a->c", "c->j", "b->j", back, edge("j->end", when="x", priority=1)]
    )
    assert shape.joins(("a", "b")) == Join("j", (frozenset("ac"), frozenset("b")))


def test_joins_are_remembered():
    shape = topology("f a b j end", DIAMOND)
    assert shape.joins(["a", "b"]) is shape.joins(("a", "b"))


def test_starts_are_the_entry_node_and_the_known_entry_points():
    draft = graph([node("a"), node("b")], ["a->b"], entry_points={"hook": "b", "lost": "x", "same": "a"})
    assert Topology(draft).starts == ("a", "b")
