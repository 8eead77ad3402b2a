from framework.model.validation.finding import GRAPH, error, warning


def test_a_finding_is_one_line_with_all_its_parts():
    text = str(error("no-nodes", GRAPH, "The graph has no nodes.", "Add one."))
    assert text == "error [no-nodes] graph: The graph has no nodes. | Add one."


def test_a_warning_does_not_keep_a_graph_from_running():
    assert not warning("odd-key", GRAPH, "Odd.", "Mend it.").is_error
