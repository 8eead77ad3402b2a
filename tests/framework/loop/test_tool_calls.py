from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.model import events as ev
from framework.model.tool import ToolUse, UnreadToolUse
from tests.support.one_node import Answers, OneNode


def echo(text: str) -> str:
    return text.upper()


async def results_of(node: OneNode) -> list[tuple[str, str]]:
    """Return status and content of every call, in the order they returned."""
    return [(event.status, event.content.load()) for event in await node.events(ev.ToolReturned)]


def tool_messages(node: OneNode) -> list[str]:
    return [m.content for m in node.request().messages if m.role == "tool"]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("[1, 2]", [1, 2]),
        ('{"a": null}', {"a": None}),
        ("3.5", 3.5),
        ("true", True),
        ("truely", "truely"),
        ("plain words", "plain words"),
        ("NaN", "NaN"),
        ({"a": [1]}, {"a": [1]}),
    ],
)
async def test_an_output_sent_as_json_text_is_converted(sent: object, stored: object):
    node = OneNode([call("set_output", key="a", value=sent), "Done."], output_keys=["a"])

    assert (await node.run()).output == {"a": stored}


async def test_an_output_whose_schema_says_string_stays_text():
    node = OneNode(
        [call("set_output", key="a", value="[1]"), "Done."],
        output_keys=["a"],
        output_schema={"a": {"type": "string"}},
    )

    assert (await node.run()).output == {"a": "[1]"}


async def test_only_declared_outputs_can_be_set():
    node = OneNode([call("set_output", key="x", value=1), call("set_output", key="a", value=1), "Done."],
                   output_keys=["a"])  # fmt: skip

    result = await node.run()

    assert result.output == {"a": 1}
    assert (await results_of(node))[0] == ("error", "This task has no output 'x'; its outputs are: 'a'.")


async def test_setting_an_output_again_replaces_it():
    script = [call("set_output", key="a", value=1), call("set_output", key="a", value=2), "Done."]

    assert (await OneNode(script, output_keys=["a"]).run()).output == {"a": 2}


async def test_an_unknown_tool_is_a_result_that_lists_the_available_ones():
    node = OneNode([call("missing"), "Done."], tools=[echo])

    assert (await node.run()).success
    assert await results_of(node) == [
        ("unknown", "The tool 'missing' is not available. Available tools are: echo, escalate")
    ]


async def test_a_tool_that_raises_is_a_result():
    def broken(at: int) -> str:
        raise ValueError("no such row")

    node = OneNode([call("broken", at=1), "Done."], tools=[broken])

    assert (await node.run()).success
    assert await results_of(node) == [("error", "The tool 'broken' failed: ValueError: no such row")]
    assert node.request().messages[-1].is_error


async def test_a_tool_that_refuses_its_arguments_is_a_result():
    node = OneNode([call("echo", wrong=1), "Done."], tools=[echo])

    assert (await node.run()).success
    ((status, content),) = await results_of(node)
    assert status == "error"
    assert "'text' is required" in content


async def test_a_tool_that_takes_too_long_is_a_result():
    async def hang() -> str:
        await asyncio.Event().wait()
        return ""

    node = OneNode([call("hang"), "Done."], tools=[hang], loop={"tool_timeout_s": 0.01})

    assert (await node.run()).success
    ((status, content),) = await results_of(node)
    assert status == "error"
    assert "did not finish within 0.01 s" in content


async def test_arguments_that_did_not_parse_are_a_result_and_nothing_is_called():
    called: list[str] = []

    def note(text: str) -> str:
        called.append(text)
        return ""

    broken = ToolUse(
        id="c", name="note", input={}, input_error="The arguments are not valid JSON; send an object."
    )
    node = OneNode([broken, "Done."], tools=[note])

    assert (await node.run()).success
    assert await results_of(node) == [
        ("error", "The tool 'note' was not called: The arguments are not valid JSON; send an object.")
    ]
    assert called == []


@pytest.mark.parametrize(
    ("written", "kept"),
    [('{"text": ', '{"text": '), ("long " * 2000, "long " * 2000), ("a\udc80", "a\\udc80")],
)
async def test_arguments_that_did_not_parse_are_kept_as_the_model_wrote_them(written: str, kept: str):
    node = OneNode([UnreadToolUse("c", "echo", {}, "Not JSON.", written), "Done."], tools=[echo])

    assert (await node.run()).success

    answered, _ = await node.events(ev.ModelAnswered)
    (asked,) = answered.tool_calls
    assert isinstance(asked, ev.UnreadRequest)
    assert (asked.arguments.load(), asked.error, asked.arguments_text.load()) == ({}, "Not JSON.", kept)


async def test_the_conversation_is_the_same_whether_the_text_is_kept_or_not():
    heads: list[list[str]] = []
    for broken in (UnreadToolUse("c", "echo", {}, "Not JSON.", "{"), ToolUse("c", "echo", {}, "Not JSON.")):
        node = OneNode([broken, "Done."], tools=[echo])
        await node.run()
        heads.append([event.head for event in await node.events(ev.ModelRequested)])

    assert heads[0] == heads[1]


async def test_arguments_that_json_cannot_express_are_a_result():
    node = OneNode([call("echo", text=float("nan")), "Done."], tools=[echo])

    assert (await node.run()).success
    assert "was not called: The number nan cannot be expressed in JSON" in (await results_of(node))[0][1]


@pytest.mark.parametrize(("limit", "margin", "made"), [(2, 0.5, 3), (1, 0.5, 1), (3, 0.5, 4), (2, 0.0, 2)])
async def test_calls_beyond_the_limit_of_one_answer_are_discarded(limit: int, margin: float, made: int):
    answer = [call("echo", text=str(index)) for index in range(5)]
    loop = {"max_tool_calls_per_turn": limit, "tool_call_overflow_margin": margin}
    node = OneNode([answer, "Done."], tools=[echo], loop=loop)

    assert (await node.run()).success
    statuses = [status for status, _ in await results_of(node)]
    assert sorted(statuses) == ["discarded"] * (5 - made) + ["ok"] * made
    assert tool_messages(node)[:made] == [str(index) for index in range(made)]
    assert tool_messages(node)[made:] == [
        f"Discarded: one answer may hold {made} tool calls. Call it again in your next answer."
    ] * (5 - made)


async def test_two_calls_with_one_id_are_both_answered():
    answer = [ToolUse("same", "echo", {"text": "a"}), ToolUse("same", "echo", {"text": "b"})]
    node = OneNode([answer, "Done."], tools=[echo])

    assert (await node.run()).success
    messages = node.request().messages
    assert [call.id for call in messages[1].tool_calls] == [m.tool_use_id for m in messages[2:4]]
    assert len({m.tool_use_id for m in messages[2:4]}) == 2
    assert tool_messages(node) == ["A", "B"]


async def test_the_calls_of_one_answer_run_at_the_same_time():
    gate = asyncio.Barrier(3)

    async def meet(who: str) -> str:
        await gate.wait()
        return who

    node = OneNode([[call("meet", who=who) for who in "abc"], "Done."], tools=[meet])

    assert (await node.run()).success
    assert tool_messages(node) == ["a", "b", "c"]


async def test_results_stand_in_the_order_of_the_calls_whatever_returns_first():
    first_may_end = asyncio.Event()

    async def slow() -> str:
        await first_may_end.wait()
        return "slow"

    async def fast() -> str:
        first_may_end.set()
        return "fast"

    answer = [call("slow"), call("set_output", key="a", value=1), call("fast"), call("nope")]
    node = OneNode([answer, "Done."], tools=[slow, fast], output_keys=["a"])

    assert (await node.run()).success
    shown = tool_messages(node)
    assert shown[:3] == ["slow", "Output 'a' is set.", "fast"]
    assert "not available" in shown[3]
    assert [text for _, text in await results_of(node)][-2:] == ["fast", "slow"]


async def test_several_questions_of_one_answer_are_asked_one_after_the_other():
    person = Answers("red", "large")
    answer = [
        call("ask_user", question="Colour?", options=["red", "blue"]),
        call("ask_user", question="Size?"),
    ]
    node = OneNode([answer, "Thanks."], client_facing=True, loop={"client_turns": "ask"})

    assert (await node.run(person=person)).success
    assert person.texts == ["Colour?", "Size?"]
    assert [question.options for question in person.asked] == [("red", "blue"), ()]
    assert tool_messages(node) == ["red", "large"]


async def test_a_second_question_can_wait_for_another_day():
    answer = [call("ask_user", question="Colour?"), call("ask_user", question="Size?")]
    node = OneNode([answer, "Thanks."], client_facing=True, loop={"client_turns": "ask"})
    paused = await node.run(person=Answers("red"))
    person = Answers("large")

    assert (await node.resume(paused, person=person)).success
    assert person.texts == ["Size?"]
    assert tool_messages(node) == ["red", "large"]


@pytest.mark.parametrize("arguments", [{}, {"question": " "}, {"question": None}])
async def test_nobody_is_bothered_with_an_empty_question(arguments: dict[str, Any]):
    person = Answers()
    node = OneNode(
        [call("ask_user", **arguments), "Sorry."], client_facing=True, loop={"client_turns": "ask"}
    )

    assert (await node.run(person=person)).success
    assert person.asked == []
    assert tool_messages(node) == ["Nobody was asked: say what to ask in 'question'."]


async def test_options_that_are_no_list_leave_the_question_open():
    person = Answers("x")
    answer = call("ask_user", question="What?", options="red")
    await OneNode([answer, "Ok."], client_facing=True, loop={"client_turns": "ask"}).run(person=person)

    assert person.asked[0].options == ()


async def test_text_beside_calls_stays_in_the_conversation():
    answer = LLMResponse(content="Looking.", tool_calls=(call("echo", text="x"),))
    node = OneNode([answer, "Done."], tools=[echo])

    await node.run()

    assert node.said()[1:3] == ["assistant: Looking.", "tool: X"]
