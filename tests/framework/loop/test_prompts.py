from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.llm.scripted import call
from framework.loop.prompts import Before, as_text, goal_text, opening, phase_change, system_prompt
from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.goal import Goal
from framework.model.node import NodeSpec
from framework.model.value import Value
from tests.support.one_node import OneNode


def node(prompt: str = "", **spec: object) -> NodeSpec:
    return NodeSpec(id="n", system_prompt=prompt, **{"input_keys": ["topic", "notes"], **spec})


@pytest.mark.parametrize(
    ("prompt", "filled"),
    [
        ("About {topic}.", "About bees."),
        ("{topic} and {topic}", "bees and bees"),
        ("Notes: {notes}.", "Notes: ."),
        ('Answer {"a": {"b": 1}} or {}', 'Answer {"a": {"b": 1}} or {}'),
        ("{other} {not a key}", "{other} {not a key}"),
        ("{{topic}}", "{bees}"),
    ],
)
def test_inputs_fill_their_placeholders_and_other_braces_stay(prompt: str, filled: str):
    assert system_prompt("", node(prompt), {"topic": "bees"}) == filled


def test_a_value_with_braces_is_not_filled_again():
    assert system_prompt("", node("{topic}"), {"topic": "{notes}", "notes": "secret"}) == "{notes}"


def test_a_key_that_is_no_identifier_is_filled_too():
    assert system_prompt("", node("{repo-url}", input_keys=["repo-url"]), {"repo-url": "x"}) == "x"


@given(st.text(alphabet="{}ab \n", max_size=40))
def test_filling_never_fails_and_leaves_text_without_placeholders_alone(text: str):
    assert system_prompt("", node(text, input_keys=[]), {}) == text


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (None, ""), ([1, "é"], '[1,"é"]'), (True, "true")])
def test_values_read_as_text_or_json(value: object, text: str):
    assert as_text(value) == text


def test_the_identity_stands_before_the_prompt():
    assert system_prompt("You are Bee.", node("Work."), {}) == "You are Bee.\n\nWork."


def test_the_opening_holds_the_inputs_that_the_prompt_does_not_show():
    inputs = {"topic": "bees", "notes": {"a": 1}}

    assert opening(node("{topic}"), inputs) == 'notes: {"a":1}'
    assert opening(node(), inputs) == 'topic: bees\n\nnotes: {"a":1}'
    assert opening(node("{topic}{notes}"), inputs) == "Begin."


def test_a_phase_change_says_what_was_done_and_what_comes():
    outputs = {"b": Value.of("x" * 500), "a": Value.of(7)}
    before = Before([NodeSpec(id="search", name="Search Web"), NodeSpec(id="ask")], outputs)

    text = phase_change(node(name="Review", description="Check it."), {"topic": "bees"}, before)

    assert text.startswith("Done: Search Web, ask. Outputs: a = 7; b. Now")
    assert "Now: Review. Check it." in text
    assert text.endswith("topic: bees")


def test_a_phase_change_after_nothing_names_the_node_that_comes():
    assert phase_change(node(), {}, Before([], {})) == "Done: The step before. Now: n.\n\nBegin."


def test_a_phase_change_after_a_failure_says_which_node_failed_and_why():
    before = Before([NodeSpec(id="search", name="Search Web")], {}, "No line.")

    assert phase_change(node(), {}, before).startswith("Failed: Search Web (No line.). Now: n.")


def two_nodes(
    mode: str, *, condition: EdgeCondition = EdgeCondition.ON_SUCCESS, script: list[object] | None = None
) -> OneNode:
    script = script or [call("set_output", key="brief", value="short"), "Noted.", "Written."]
    writer = NodeSpec(id="w", name="Writer", input_keys=["brief"], system_prompt="Write.")
    first = NodeSpec(id="n", output_keys=["brief"], system_prompt="Ask.", max_retries=1)
    edge = EdgeSpec(id="e", source="n", target="w", condition=condition)
    fields = {"nodes": [first, writer], "edges": [edge], "terminal_nodes": ["w"], "conversation_mode": mode}
    return OneNode(script, graph=fields)


async def test_a_continuous_conversation_goes_on_with_a_phase_change():
    run = two_nodes("continuous")

    assert (await run.run()).success
    assert run.said()[:-1] == [*run.said(1), "assistant: Noted."]
    assert 'Done: n. Outputs: brief = "short". Now: Writer.' in run.said()[-1]
    assert run.said()[-1].endswith("brief: short")
    assert run.request().system == "Write."


async def test_isolated_conversations_start_afresh():
    run = two_nodes("isolated")

    assert (await run.run()).success
    assert run.said() == ["user: brief: short"]


async def test_after_a_failure_the_conversation_goes_on_with_what_failed():
    run = two_nodes("continuous", condition=EdgeCondition.ON_FAILURE, script=["No.", "No.", "Mended."])
    run.graph.loop_config.max_iterations = 2
    run.graph.nodes[1].input_keys = []
    run.graph.terminal_nodes = ["n", "w"]

    assert (await run.run()).success
    assert run.said()[-1].startswith("user: Failed: n (Node 'n' used up its 2 turns")
    assert "Now: Writer." in run.said()[-1]


async def test_where_branches_join_the_conversation_names_every_node_that_leads_there():
    def plain(node_id: str, **fields: object) -> NodeSpec:
        return NodeSpec(id=node_id, max_retries=1, **fields)

    def way(source: str, target: str) -> EdgeSpec:
        return EdgeSpec(id=source + target, source=source, target=target, condition="on_success")

    nodes = [
        plain("n"),
        plain("a", name="Left", output_keys=["x"]),
        plain("b", output_keys=["y"]),
        plain("j"),
    ]
    edges = [way("n", "a"), way("n", "b"), way("a", "j"), way("b", "j")]
    run = OneNode(
        outputs_of,
        graph={"nodes": nodes, "edges": edges, "terminal_nodes": ["j"]},
    )

    assert (await run.run()).success
    assert run.said()[-1].startswith("user: Done: Left, b. Outputs: x = 1; y = 1. Now: j.")


def outputs_of(request: object) -> object:
    """Set the output that the node has, then finish."""
    keys = [key for tool in request.tools for key in tool.parameters["properties"]["key"]["enum"]]
    return call("set_output", key=keys[0], value=1) if keys and request.messages[-1].role == "user" else "Ok."


def test_a_goal_is_told_with_what_is_known_about_it():
    goal = Goal(id="g", name="Bees", description="Find bees.", context={"region": "Alps"})

    assert goal_text(goal) == 'Goal: Find bees.\nContext of the goal: {"region":"Alps"}'
    assert goal_text(Goal(id="g", name="Bees")) == "Goal: Bees"
