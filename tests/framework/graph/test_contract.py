"""Schemas hold: of a node's inputs and outputs, of a run's input, of what the goal promises."""

from __future__ import annotations

from typing import Any

import pytest

from framework.errors import InputError
from framework.graph import Goal
from tests.support.walked_graphs import Walked, cause, edge, failing, giving, graph, node, walked

WHOLE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.mark.parametrize("schema", [WHOLE, {"n": {"type": "integer"}}])
async def test_an_input_that_does_not_fit_fails_the_node_at_once(schema: dict[str, Any]) -> None:
    spec = graph([node("a", reads=["n"], input_schema=schema, max_retries=3)])

    good = await walked(spec, {"a": lambda n: {}}, {"n": 1})
    bad = await walked(spec, {"a": lambda n: {}}, {"n": "one"})

    assert good.success
    assert (bad.success, bad.total_retries) == (False, 0)
    assert "Node 'a' cannot use its input: 'n' does not fit: the value must be of type integer" in str(
        bad.error
    )


async def test_a_nullable_input_without_a_value_is_not_held_to_its_schema() -> None:
    spec = graph(
        [node("a", reads=["n"], input_schema={"n": {"type": "integer"}}, nullable_output_keys=["n"])]
    )

    assert (await walked(spec, {"a": lambda n=None: {}}, {"n": None})).success
    assert (await walked(spec, {"a": lambda n=None: {}})).success


async def test_an_output_that_does_not_fit_is_tried_again() -> None:
    values = iter(["one", 1])
    spec = graph([node("a", writes=["n"], output_schema=WHOLE, max_retries=2)])

    result = await walked(spec, {"a": lambda: {"n": next(values)}})

    assert (result.output, result.total_retries) == ({"n": 1}, 1)
    bad = await walked(spec, {"a": giving(n="one")})
    assert "gave an output that its output_schema does not allow: 'n' does not fit" in str(bad.error)


@pytest.mark.parametrize(
    ("given", "told"),
    [({"n": "one"}, "'n' does not fit: the value must be of type integer"), ({}, "'n' is missing")],
)
async def test_an_input_that_the_goal_does_not_take_starts_no_run(given: dict[str, Any], told: str) -> None:
    run = Walked({"a": giving()})

    with pytest.raises(InputError, match=f"The input is not what the goal takes: {told}"):
        await run.run(graph([node("a")]), given, goal=Goal(id="g", input_schema=WHOLE))

    assert await run.runtime.journal.run_ids() == []


async def test_an_output_that_the_goal_does_not_promise_fails_the_run() -> None:
    goal = Goal(id="g", output_schema=WHOLE)
    spec = graph([node("a", writes=["n"])])

    good = await Walked({"a": giving(n=1)}).run(spec, goal=goal)
    bad = await Walked({"a": giving(n="one")}).run(spec, goal=goal)

    assert good.success
    assert not bad.success
    assert bad.error is not None
    assert bad.error.startswith(
        "The output is not what the goal promises: 'n' does not fit: the value must be"
    )


async def test_a_run_that_failed_for_another_reason_keeps_its_error() -> None:
    run = Walked({"a": failing("no stock"), "b": giving()})
    spec = graph([node("a", writes=["n"]), node("b")], [edge("a", "b")], terminal_nodes=["b"])

    result = await run.run(spec, goal=Goal(id="g", output_schema=WHOLE))

    assert cause(result) == "no stock"


@pytest.mark.parametrize("schema", [{"n": "a number"}, {"description": "anything"}, {"type": "string"}])
async def test_a_schema_in_words_demands_nothing(schema: dict[str, Any]) -> None:
    goal = Goal(id="g", input_schema=schema, output_schema=schema)

    assert (await Walked({"a": giving()}).run(graph([node("a")]), {"n": 1}, goal=goal)).success
