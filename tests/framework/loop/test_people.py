from __future__ import annotations

import asyncio

import pytest

from framework.journal.reading import read_state
from framework.llm.scripted import call
from framework.model import events as ev
from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.node import NodeSpec
from tests.support.one_node import Answers, OneNode
from tests.support.walked_graphs import cause


class Moody:
    """A person who hangs up once."""

    def __init__(self) -> None:
        self.times = 0

    async def ask(self, question: ev.QuestionAsked) -> str:
        self.times += 1
        if self.times == 1:
            raise ConnectionError("hung up")
        return "yes"


async def test_a_question_is_in_the_journal_before_a_person_sees_it():
    node = OneNode([call("ask_user", question="Sure?", options=["yes", "no"]), "Ok."],
                   client_facing=True, loop={"client_turns": "ask"})  # fmt: skip

    paused = await node.run()

    (question,) = await node.events(ev.QuestionAsked)
    assert (question.text.load(), question.options, question.node_id) == ("Sure?", ("yes", "no"), "n")
    assert paused.success
    assert paused.status == "paused"
    assert paused.session_state["paused_at"] == "n"


async def test_every_question_of_a_run_has_an_id_of_its_own():
    script = [
        call("ask_user", question="One?"),
        "Two?",
        "Three?",
        call("set_output", key="a", value=1),
        "End.",
    ]
    node = OneNode(script, client_facing=True, output_keys=["a"])

    await node.run(person=Answers(*"abcdef"))

    ids = [event.question_id for event in await node.events(ev.QuestionAsked)]
    assert len(ids) == len(set(ids)) == 4


async def test_a_person_who_hangs_up_fails_the_attempt_and_is_asked_again_in_the_next():
    node = OneNode(["Hello?", "Hello?"], client_facing=True, max_retries=2)
    person = Moody()

    result = await node.run(person=person)

    assert result.success
    assert (person.times, result.total_retries) == (2, 1)
    assert (await read_state(node.runtime.journal, node.run_id)).questions == {}


async def test_the_question_of_a_branch_that_is_cancelled_is_withdrawn():
    asked = asyncio.Event()

    class Silent:
        async def ask(self, question: ev.QuestionAsked) -> str:
            asked.set()
            await asyncio.Event().wait()
            return ""

    async def fail() -> None:
        await asked.wait()
        raise ValueError("no")

    nodes = [
        NodeSpec(id="n", node_type="function", function=lambda: None),
        NodeSpec(id="talk", client_facing=True),
        NodeSpec(id="work", node_type="function", function=fail, max_retries=1),
    ]
    edges = [
        EdgeSpec(id=target, source="n", target=target, condition=EdgeCondition.ON_SUCCESS)
        for target in ("talk", "work")
    ]
    node = OneNode(["Hello?"], graph={"nodes": nodes, "edges": edges, "terminal_nodes": ["talk", "work"]})

    result = await node.run(person=Silent())

    assert cause(result) == "no"
    assert (await read_state(node.runtime.journal, node.run_id)).questions == {}


@pytest.mark.parametrize("options", [["yes", "no"], []])
async def test_an_injected_message_answers_an_open_question_but_no_choice(options: list[str]):
    node = OneNode([call("ask_user", question="Sure?", options=options), "Ok."],
                   client_facing=True, loop={"client_turns": "ask"})  # fmt: skip
    paused = await node.run()
    executor = node.executor()
    executor.inject_input("n", "whatever")

    result = await executor.execute(node.graph, None, session_state=paused.session_state)

    assert (result.paused_at is None) == (not options)
