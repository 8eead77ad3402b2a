"""What validation says about a package."""

from pathlib import Path

from framework.packages import check_package, load_package
from tests.support.printed_packages import AGENT, FUNCTION_AGENT, MODEL_AGENT, write_package


def rules_of(folder: Path) -> list[tuple[str, bool]]:
    return [(finding.rule, finding.is_error) for finding in check_package(load_package(folder))]


def test_a_sound_package_has_no_findings(tmp_path: Path) -> None:
    assert rules_of(write_package(tmp_path, "triage", FUNCTION_AGENT)) == []


def test_a_missing_tool_is_an_error_that_lists_the_available_ones(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "librarian", MODEL_AGENT, tools=None))

    (finding,) = check_package(package)

    assert finding.is_error
    assert finding.message.startswith(
        "The tool 'web_search' is not available. Available tools are: append_data, "
    )


def test_a_missing_tool_beside_mcp_servers_says_that_they_are_not_started(tmp_path: Path) -> None:
    files = MODEL_AGENT | {"mcp_servers.json": '{"web": {"command": "web-server"}}'}
    package = load_package(write_package(tmp_path, "librarian", files, tools=None))

    (finding,) = check_package(package)

    assert "mcp_servers.json are not started yet" in finding.fix


def test_an_unknown_field_of_the_goal_is_a_warning(tmp_path: Path) -> None:
    agent = AGENT.replace('name="Triage"', 'name="Triage", importance="high"')

    assert rules_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)) == [
        ("unknown-field", False)
    ]


def test_expressions_of_the_goal_must_parse(tmp_path: Path) -> None:
    agent = AGENT.replace('category="quality"', 'category="quality", check="len(label <"')
    agent = agent.replace('metric="label", target="bill"', 'metric="custom", target="label =="')

    found = rules_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent))

    assert found == [("goal-expression", True), ("goal-expression", True)]


def test_a_graph_for_another_goal_is_a_warning(tmp_path: Path) -> None:
    agent = f"""{AGENT}
from framework.graph import GraphSpec

graph = GraphSpec(
    id="g", goal_id="another", entry_node=entry_node, entry_points=entry_points,
    terminal_nodes=terminal_nodes, nodes=nodes, edges=edges,
)
"""

    assert rules_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)) == [("other-goal", False)]


def test_an_input_that_the_goal_declares_is_no_misspelling(tmp_path: Path) -> None:
    agent = """
from framework.graph import EdgeSpec, Goal, NodeSpec

goal = Goal(id="g", name="G", description="d", input_schema={"properties": {"topic": {"type": "string"}}})
nodes = [
    NodeSpec(id="a", node_type="function", output_keys=["x"], function=lambda: 1),
    NodeSpec(id="b", node_type="function", input_keys=["topic", "topics"], function=print),
]
edges = [EdgeSpec(id="e", source="a", target="b", condition="on_success")]
entry_node = "a"
terminal_nodes = ["b"]
"""
    package = load_package(write_package(tmp_path, "reader", {"agent.py": agent}))

    (finding,) = check_package(package)

    assert finding.rule == "undeclared-input"
    assert finding.message.startswith("It requires 'topics'")
