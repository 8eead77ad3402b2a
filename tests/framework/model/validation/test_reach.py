import pytest

from framework.graph import GraphExecutor
from framework.model.validation import shortest as shortest_module
from framework.runtime.core import Runtime
from tests.support.drafts import edge, errors, finding, graph, node


def test_every_node_can_be_reached():
    draft = graph(["a", "b", "c"], ["a->b", "c->b"])
    assert finding(draft, "unreachable-node").where == "node 'c'"


def test_an_entry_point_makes_a_node_reachable():
    assert errors(graph(["a", "b", "c"], ["a->b", "c->b"], entry_points={"hook": "c"})) == []


def test_a_run_must_be_able_to_end():
    draft = graph([node("a", max_node_visits=0), "b"], ["a->b", edge("b->a", priority=-1)])
    assert "no-end" in errors(draft)


def test_every_node_leads_to_an_end():
    nodes = ["a", "end", node("b", max_node_visits=2), node("c", max_node_visits=2)]
    draft = graph(nodes, ["a->end", edge("a->b", "on_failure"), "b->c", edge("c->b", priority=-1)])
    assert [each.where for each in draft.validate() if each.rule == "no-way-out"] == ["node 'b'", "node 'c'"]


def test_max_steps_allows_the_shortest_run():
    draft = graph(["a", "b", "c"], ["a->b", "b->c"], max_steps=2)
    assert "takes 3 steps" in finding(draft, "max-steps-too-small").message
    assert errors(draft.model_copy(update={"max_steps": 3})) == []


def shortest(draft):
    """The fewest steps that the rule lets a graph have."""
    return next(most for most in range(1, 99) if needed(draft, most) is None)


def needed(draft, most):
    """What the rule says of a graph that may take ``most`` steps."""
    found = draft.model_copy(update={"max_steps": most}).validate()
    return next((each.message for each in found if each.rule == "max-steps-too-small"), None)


FORK = ["s->a", "s->b", "a->j", "b->j"]
NESTED = ["s->a", "s->b", "a->a1", "a->a2", "a1->aj", "a2->aj", "aj->j", "b->j"]


@pytest.mark.parametrize(
    ("ways", "steps"),
    [
        (FORK, 4),
        (NESTED, 7),
        (["s->a", "s->b"], 3),
        (["s->a", "s->b", "a->a1", "a1->j", "b->j", "j->end"], 6),
        ([edge("s->a", when="x"), edge("s->b", when="not x"), "a->j", "b->j"], 3),
        ([edge("s->a", when="x"), edge("s->b", when="y"), "a->j", "b->j"], 3),
        (["s->a", edge("s->b", "on_failure"), "a->c", "c->d", "d->end"], 2),
        (["s->a", "s->b", "s->j", "a->j", "b->j"], 4),
        ([*FORK, "j->end", edge("j->s", priority=-1)], 5),
    ],
)
def test_all_branches_count_in_the_shortest_run(ways, steps):
    nodes = dict.fromkeys(name for way in ways for name in (getattr(way, "id", way)).split("->"))
    draft = graph(list(nodes), ways)
    if any(getattr(way, "priority", 0) < 0 for way in ways):
        draft = graph([node(name, max_node_visits=2) for name in nodes], ways)
    assert shortest(draft) == steps
    assert f"takes {steps} steps and max_steps is {steps - 1}." in str(needed(draft, steps - 1))


async def test_the_shortest_run_is_one_that_ends():
    spec = graph([node(name, node_type="function") for name in (*"sabj", "a1", "a2", "aj")], NESTED)
    for each in spec.nodes:
        each.function = lambda: None
    result = await GraphExecutor(Runtime()).execute(spec.model_copy(update={"max_steps": 7}))
    assert (result.success, result.steps_executed) == (True, 7)


def test_a_run_that_goes_on_elsewhere_after_a_pause_is_counted_so():
    fields = {"pause_nodes": ["a"], "entry_points": {"a_resume": "end"}}
    assert shortest(graph(["a", "b", "c", "end"], ["a->b", "b->c", "c->end"], **fields)) == 2


def test_too_many_ways_leave_the_shortest_along_single_edges(monkeypatch):
    monkeypatch.setattr(shortest_module, "MOST_CONFIGURATIONS", 2)
    nodes = dict.fromkeys(name for way in NESTED for name in way.split("->"))
    assert shortest(graph(list(nodes), NESTED)) == 3
