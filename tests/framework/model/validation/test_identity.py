from framework.model.loop_config import LoopConfig
from tests.support.drafts import edge, errors, finding, graph, node, rules


def test_a_graph_needs_a_node_and_an_entry():
    assert errors(graph([], [])) == ["no-nodes", "no-entry-node"]


def test_the_entry_node_must_exist():
    found = finding(graph(["a"], [], entry_node="b"), "unknown-entry-node")
    assert "'b' does not exist" in found.message
    assert "'a'" in found.fix


def test_an_entry_point_must_lead_to_a_node():
    found = finding(graph(["a"], [], entry_points={"hook": "b"}), "unknown-entry-point")
    assert "'hook' leads to the node 'b'" in found.message


def test_ids_are_given_once():
    draft = graph(["a", "a", "b"], [edge("a->b", id="e"), edge("a->b", "on_failure", id="e")])
    assert errors(draft) == ["duplicate-node-id", "duplicate-edge-id"]
    assert finding(draft, "duplicate-node-id").where == "node 'a'"


def test_ids_are_not_empty():
    draft = graph(["a", " "], [edge("a-> ", id="")])
    assert errors(draft) == ["empty-node-id", "empty-edge-id"]


def test_an_edge_must_have_known_ends():
    draft = graph(["a"], ["a->x", "y->a"])
    assert errors(draft)[:2] == ["unknown-edge-target", "unknown-edge-source"]
    assert "Its source 'y'" in finding(draft, "unknown-edge-source").message


def test_terminal_and_pause_nodes_must_exist():
    draft = graph(["a"], [], "a x", pause_nodes=["y"])
    assert errors(draft) == ["unknown-terminal-node", "unknown-pause-node"]


def test_unknown_fields_are_reported_wherever_they_stand():
    config = LoopConfig(max_turns=3)
    draft = graph([node("a", colour="red"), "b"], [edge("a->b", weight=1)], loop_config=config, entry="a")
    fields = [(each.where, each.message) for each in draft.validate() if each.rule == "unknown-field"]
    assert [where for where, _ in fields] == ["graph", "loop_config", "node 'a'", "edge 'a->b'"]
    assert "'colour'" in fields[2][1]
    assert errors(draft) == []
    assert rules(draft) == ["unknown-field"] * 4
