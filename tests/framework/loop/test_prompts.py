from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.llm.scripted import call
from framework.loop.prompts import as_text, opening, phase_change, system_prompt
from framework.model.edge import EdgeCondition, EdgeSpec
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
    done = {"b": Value.of("x" * 500), "a": Value.of(7)}

    text = phase_change(node(name="Review", description="Check it."), {"topic": "bees"}, done)

    assert "Its outputs: a = 7; b." in text
    assert "Now: Review. Check it." in text
    assert text.endswith("topic: bees")


def test_a_phase_change_after_nothing_names_the_node_that_comes():
    assert phase_change(node(), {}, {}) == "The step before is over. Now: n.\n\nBegin."


def two_nodes(mode: str) -> OneNode:
    script = [call("set_output", key="brief", value="short"), "Noted.", "Written."]
    writer = NodeSpec(id="w", name="Writer", input_keys=["brief"], system_prompt="Write.")
    first = NodeSpec(id="n", output_keys=["brief"], system_prompt="Ask.", max_retries=1)
    edge = EdgeSpec(id="e", source="n", target="w", condition=EdgeCondition.ON_SUCCESS)
    fields = {"nodes": [first, writer], "edges": [edge], "terminal_nodes": ["w"], "conversation_mode": mode}
    return OneNode(script, graph=fields)


async def test_a_continuous_conversation_goes_on_with_a_phase_change():
    run = two_nodes("continuous")

    assert (await run.run()).success
    assert run.said()[:-1] == [*run.said(1), "assistant: Noted."]
    assert 'Its outputs: brief = "short". Now: Writer.' in run.said()[-1]
    assert run.said()[-1].endswith("brief: short")
    assert run.request().system == "Write."


async def test_isolated_conversations_start_afresh():
    run = two_nodes("isolated")

    assert (await run.run()).success
    assert run.said() == ["user: brief: short"]
