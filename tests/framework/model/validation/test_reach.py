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
