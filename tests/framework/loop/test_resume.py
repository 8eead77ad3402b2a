"""A node goes on from every place where its run can be cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.journal.reading import read_state
from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.loop.doubts import ABANDON
from framework.loop.permission import APPROVE
from framework.model.message import Role
from framework.model.tool import Effect
from framework.tools.context import ToolContext  # noqa: TC001  (the hints of a tool are read)
from framework.tools.function_tool import tool
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from framework.llm.base import ModelRequest
    from framework.model import events as ev

ACCEPTED = '{"accept": true, "feedback": ""}'


class Willing:
    """A person who always answers."""

    async def ask(self, question: ev.QuestionAsked) -> str:
        for option in (ABANDON, APPROVE):
            if option in question.options:
                return option
        return "blue"


class Case:
    """A node that does a bit of everything, and how often each call was made."""

    def __init__(self, answers: list[Any], options: dict[str, Any] | None = None, **fields: Any) -> None:
        self.made: dict[str, int] = {}

        @tool(effect=Effect.ONCE, **(options or {}))
        def send(text: str, context: ToolContext) -> str:
            """Send a letter."""
            self.made[context.idempotency_key] = self.made.get(context.idempotency_key, 0) + 1
            return "x" * 400 + text

        def answer(request: ModelRequest) -> Any:
            if request.response_schema is not None:
                return ACCEPTED
            if not request.tools:
                return "A summary."
            if "Earlier messages" in request.messages[0].content:
                return answers[-1] if request.messages[-1].role is Role.ASSISTANT else "The end."
            return answers[sum(message.role is Role.ASSISTANT for message in request.messages)]

        self.node = OneNode(answer, tools=[send], **fields)


def everything() -> Case:
    answers = [
        [call("send", text="a"), call("set_output", key="a", value=1), call("ask_user", question="Colour?")],
        "What else?",
        [call("send", text="a"), call("send", text="b"), call("nothing")],
        "Done.",
    ]
    return Case(answers, output_keys=["a"], client_facing=True, success_criteria="Short.", judge=None)


def escalation() -> Case:
    return Case([[call("send", text="a"), call("escalate", reason="no"), call("escalate", reason="never")]])


def permission() -> Case:
    def not_b(arguments: dict[str, Any], context: ToolContext) -> str | None:
        return "it is b" if arguments["text"] == "b" else None

    answers = [[call("send", text=text) for text in "aba"], [call("send", text="c")], "Done."]
    return Case(answers, {"risk": "high", "guard": not_b})


def compaction() -> Case:
    first = LLMResponse(
        tool_calls=(call("set_output", key="a", value=1), call("send", text="a")), input_tokens=10
    )
    second = LLMResponse(tool_calls=(call("send", text="b"),), input_tokens=1000)
    return Case([first, second, "The end."], output_keys=["a"], loop={"max_history_tokens": 1000})


@pytest.mark.parametrize("make", [everything, escalation, compaction, permission])
async def test_a_run_cut_off_after_any_event_ends_as_if_it_had_not_been(make: Any):
    whole = make()
    expected = await whole.node.run(person=Willing())
    lines = whole.node.runtime.journal._runs[expected.run_id]
    blobs = whole.node.runtime.journal._blobs

    for cut in range(1, len(lines)):
        case = make()
        journal = case.node.runtime.journal
        journal._runs["r"] = list(lines[:cut])
        journal._blobs.update(blobs)
        result = await case.node.executor(person=Willing()).execute(
            case.node.graph, None, session_state={"run_id": "r"}
        )

        assert (result.success, result.output) == (expected.success, expected.output), cut
        assert result.error == expected.error
        assert all(times == 1 for times in case.made.values())
        assert (await read_state(journal, "r")).status.is_final
