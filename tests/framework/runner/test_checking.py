"""Everything that is wrong with a package is told at once, what keeps it from loading included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import PackageError
from framework.packages import load_package
from framework.runner.checking import check_folder
from tests.support.printed_packages import write_package

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """
from framework.graph import EdgeSpec, Goal, NodeSpec

goal = Goal(id="g", name="G", description="d")
nodes = [
    NodeSpec(id="first", node_type="function", output_keys=["x"], function="functions:frist"),
    NodeSpec(id="second", node_type="function", input_keys=["x"], function="functions:second"),
    NodeSpec(id="third", node_type="function", tools=["nothing"]),
]
edges = [
    EdgeSpec(id="a", source="first", target="second", condition="on_success"),
    EdgeSpec(id="b", source="second", target="nowhere", condition="on_success"),
]
entry_node = "first"
terminal_nodes = ["second"]
"""
FUNCTIONS = """
def first():
    return 1


def second(x, surprise):
    return None
"""
CONFIG = """
class default_config:
    model = "mock/any"
    max_tokens = -1
    temperature = -1
"""
FAULTY = {
    "agent.py": AGENT,
    "functions.py": FUNCTIONS,
    "config.py": CONFIG,
    "tools.py": "from framework.runner import tool\n\n\n@tool\ndef odd(*texts):\n    pass\n",
}


def test_faults_of_loading_are_told_beside_those_of_the_graph(tmp_path: Path) -> None:
    checked = check_folder(write_package(tmp_path, "faulty", FAULTY))

    errors = [(finding.rule, finding.where) for finding in checked.findings if finding.is_error]
    assert not checked.is_valid
    assert sorted(errors) == sorted(
        [
            ("config-unusable", "config.py"),
            ("config-unusable", "config.py"),
            ("tools-unusable", "tools.py"),
            ("function-not-found", "node 'first'"),
            ("function-not-found", "node 'third'"),
            ("function-signature", "node 'second'"),
            ("unknown-edge-target", "edge 'b'"),
            ("unknown-tool", "node 'third'"),
            ("unreachable-node", "node 'third'"),
        ]
    )
    assert "function-missing" not in [each.rule for each in checked.findings]


def test_a_missing_function_says_what_it_may_be_called(tmp_path: Path) -> None:
    checked = check_folder(write_package(tmp_path, "faulty", FAULTY))

    missing = next(each for each in checked.findings if each.rule == "function-not-found")
    assert missing.message == "Node 'first' needs the function 'frist' of 'faulty.functions'."
    assert missing.fix == "Did you mean 'first'?"


def test_a_package_that_cannot_be_imported_is_a_finding(tmp_path: Path) -> None:
    agent = AGENT.replace('id="first", node_type', 'id="first", max_retries=-1, node_type')
    checked = check_folder(write_package(tmp_path, "faulty", FAULTY, agent=agent))

    (finding,) = checked.findings
    assert (checked.package, checked.name, finding.rule) == (None, "faulty", "package-does-not-load")
    assert "faulty/agent.py, line 6: NodeSpec: max_retries" in finding.message
    assert finding.is_error


def test_each_misspelt_attribute_is_a_finding(tmp_path: Path) -> None:
    agent = f"{AGENT}\nedge = edges\nentry_nod = entry_node\ndel edges, entry_node\n"
    checked = check_folder(write_package(tmp_path, "faulty", FAULTY, agent=agent))

    assert [finding.rule for finding in checked.findings] == ["package-does-not-load"] * 2
    edge, entry = (finding.message for finding in checked.findings)
    assert "defines 'edge', which nothing reads" in edge
    assert "defines 'entry_nod', which nothing reads" in entry


def test_where_no_package_is_there_is_nothing_to_find(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no agent package"):
        check_folder(tmp_path)


def test_loading_to_run_still_ends_with_the_first_fault(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"temperature must be a number|max_tokens must be a number"):
        load_package(write_package(tmp_path, "faulty", FAULTY))
