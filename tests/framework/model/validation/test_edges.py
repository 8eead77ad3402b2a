from tests.support.drafts import edge, errors, finding, graph, node, rules


def pair(link, **options):
    return graph([node("a", outputs="x"), node("b", "k", nullable="k")], [link], **options)


def test_a_conditional_edge_needs_an_expression():
    assert errors(pair(edge("a->b", "conditional"))) == ["expression-missing"]
    assert errors(pair(edge("a->b", when="  "))) == ["expression-missing"]


def test_an_expression_must_parse():
    found = finding(pair(edge("a->b", when="output.get('x' >")), "expression-syntax")
    assert found.where == "edge 'a->b'"
    assert "does not parse" in found.message


def test_an_expression_on_another_condition_is_never_evaluated():
    found = finding(pair(edge("a->b", condition_expr="x > 1")), "expression-ignored")
    assert "its condition is on_success" in found.message


def test_an_expression_reads_outputs_that_the_node_writes():
    found = finding(pair(edge("a->b", when="output.get('y') == 1")), "expression-unknown-output")
    assert "'y', which node 'a' does not write" in found.message
    assert "'x'" in found.fix


def test_an_unknown_name_is_an_error_once_the_input_is_known():
    draft = pair(edge("a->b", when="mode == 'fast'"))
    assert finding(draft, "expression-unknown-key").is_error is False
    assert errors(draft, input_keys=[]) == ["expression-unknown-key"]
    assert rules(draft, input_keys=["mode"]) == []


def test_constants_holders_and_functions_are_no_keys():
    text = "len(memory['x']) > 0 and output.x is not None and True"
    assert rules(pair(edge("a->b", when=text)), input_keys=[]) == []


def test_a_mapping_fills_a_key_that_the_target_reads():
    draft = pair(edge("a->b", input_mapping={"z": "x"}))
    assert rules(draft) == ["mapping-unread"]
    assert errors(draft) == []


def test_a_mapping_takes_from_a_key_that_exists():
    draft = pair(edge("a->b", input_mapping={"k": "nothing"}))
    assert errors(draft) == []
    assert errors(draft, input_keys=["topic"]) == ["mapping-unknown-source"]


def test_an_edge_behind_a_terminal_node_is_never_taken():
    draft = graph(["a", "b", "c"], ["a->b", "b->c", "a->c"], "b c")
    assert finding(draft, "edge-never-taken").where == "edge 'b->c'"


def test_a_failure_edge_of_a_terminal_node_may_be_taken():
    assert rules(graph(["a", "b"], [edge("a->b", "on_failure")], "a b")) == []


def test_feedback_behind_a_certain_edge_is_never_taken():
    nodes = [node("a", max_node_visits=2), node("b", outputs="x"), "c"]
    draft = graph(nodes, ["a->b", "b->c", edge("b->a", when="x > 1", priority=-1)])
    assert "always matches before it" in finding(draft, "edge-never-taken").message


def test_success_must_lead_somewhere():
    draft = graph(["a", "b"], [edge("a->b", "on_failure")])
    assert errors(draft) == ["success-leads-nowhere"]


def test_repeated_edges_are_pointed_out():
    draft = graph(["a", "b"], ["a->b", edge("a->b", id="again")])
    assert "repeats edge 'a->b'" in finding(draft, "edge-repeated").message
