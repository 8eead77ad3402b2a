"""Which keys of the memory a graph and its goal know."""

from __future__ import annotations

import pytest

from framework.graph import Constraint, EdgeSpec, Goal, SuccessCriterion
from framework.model.memory_keys import known_keys
from tests.support.walked_graphs import edge, graph, node, when

NODES = [node("a", reads=["x"], writes=["y"]), node("b")]


def knows(*edges: EdgeSpec, goal: Goal | None = None) -> set[str] | None:
    found = known_keys(graph(NODES, edges), goal)
    return None if found is None else set(found) - {"x", "y"}


def test_what_nodes_read_and_write_is_known() -> None:
    assert known_keys(graph(NODES)) == {"x", "y"}


@pytest.mark.parametrize(
    ("expression", "keys"),
    [
        ("output.get('z') is not None", {"z"}),
        ("memory['z'] and w", {"z", "w"}),
        ("result == 1", set()),
        ("'z' in memory", None),
        ("memory[x]", None),
    ],
)
def test_what_a_condition_reads_is_known(expression: str, keys: set[str] | None) -> None:
    assert knows(when("a", "b", expression)) == keys


def test_what_an_edge_maps_is_known() -> None:
    assert knows(edge("a", "b", input_mapping={"to": "from"})) == {"to", "from"}


def test_what_a_goal_measures_is_known() -> None:
    goal = Goal(
        id="g",
        input_schema={"properties": {"given": {}}},
        output_schema={"properties": {"promised": {}}},
        success_criteria=[SuccessCriterion(id="s", metric="score", target=">=0.9")],
        constraints=[Constraint(id="c", check="cost < 3")],
    )

    assert knows(goal=goal) == {"given", "promised", "score", "cost"}
