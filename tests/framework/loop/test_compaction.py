from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import ProviderError
from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.loop.compaction import Level, drop_results, level_for
from framework.loop.judges import JudgeContext, JudgeVerdict
from framework.loop.pairing import paired
from framework.model import events as ev
from framework.model.goal import Goal
from framework.model.message import Message, Role
from framework.model.tool import ToolUse
from tests.support.one_node import OneNode

LIMIT = 2000
GOAL = Goal(id="goal", description="Find the best bee.")


def fetch(page: int) -> str:
    return f"page {page}: " + "x" * 1500


def counted(answer: Any, tokens: int) -> LLMResponse:
    """Return an answer whose request the provider counted as ``tokens``."""
    calls = answer if isinstance(answer, tuple) else ()
    text = answer if isinstance(answer, str) else ""
    return LLMResponse(content=text, tool_calls=calls, input_tokens=tokens)


def pages(*numbers: int) -> tuple[ToolUse, ...]:
    return tuple(call("fetch", page=number) for number in numbers)


def bench(script: list[Any], **fields: Any) -> OneNode:
    loop = {"max_history_tokens": LIMIT, **fields.pop("loop", {})}
    return OneNode(script, tools=[fetch], output_keys=["a"], goal=GOAL, loop=loop, **fields)


async def levels(node: OneNode) -> list[str]:
    return [event.level for event in await node.events(ev.ConversationCompacted)]


@pytest.mark.parametrize(
    ("tokens", "level"),
    [
        (0, Level.NONE),
        (79, Level.NONE),
        (80, Level.DROP_RESULTS),
        (99, Level.DROP_RESULTS),
        (100, Level.SUMMARY),
        (119, Level.SUMMARY),
        (120, Level.STATIC),
        (9000, Level.STATIC),
    ],
)
def test_the_level_follows_the_share_in_use(tokens: int, level: Level):
    assert level_for(tokens, 100) is level


async def test_at_four_fifths_old_results_are_dropped_by_the_providers_count():
    script = [
        counted(pages(1, 2, 3), 10), counted(pages(4), 100), counted("Hm.", int(LIMIT * 0.81)),
        counted((call("set_output", key="a", value=1),), 10), "Done.",
    ]  # fmt: skip
    node = bench(script)

    assert (await node.run()).success
    assert await levels(node) == [Level.DROP_RESULTS]
    results = [m for m in node.request(3).messages if m.role == "tool"]
    assert ["left out" in m.content for m in results] == [True, True, True, False]
    assert [m.tool_use_id for m in results] == [c.id for m in node.request(3).messages for c in m.tool_calls]


async def test_without_a_count_everything_sent_is_estimated():
    script = [pages(1, 2), pages(3, 4), "Hm.", call("set_output", key="a", value=1), "Done."]
    small = bench(script)
    prompted = bench(script, system_prompt="Rule. " * 500)

    assert (await small.run()).success
    assert (await prompted.run()).success
    assert set(await levels(small)) == {Level.DROP_RESULTS}
    assert set(await levels(prompted)) - {Level.DROP_RESULTS}


async def test_at_the_limit_the_model_summarises_and_what_matters_survives():
    script = [
        counted((call("set_output", key="a", value="bee"), *pages(1, 2)), 10),
        counted("What now?", LIMIT),
        "- page 1 read",
        "Done.",
    ]
    node = bench(script, input_keys=["topic"], judge=AcceptSecond())

    assert (await node.run({"topic": "bees"})).success
    assert await levels(node) == [Level.SUMMARY]
    note, last = node.said()
    assert last == "user: Say more."
    assert "Goal: Find the best bee." in note
    assert "topic: bees" in note
    assert "Output 'a' is set: bee" in note
    assert "What happened so far:\n- page 1 read" in note
    assert [event.purpose for event in await node.events(ev.ModelRequested)].count("compaction") == 1


class AcceptSecond:
    """Accepts the second turn."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        return JudgeVerdict("ACCEPT") if context.iteration > 1 else JudgeVerdict("RETRY", "Say more.")


async def test_far_beyond_the_limit_a_static_note_replaces_the_conversation():
    script = [
        counted(pages(1, 2), 10),
        counted("Hm.", LIMIT * 2),
        call("set_output", key="a", value=1),
        "Done.",
    ]
    node = bench(script)

    assert (await node.run()).success
    assert await levels(node) == [Level.STATIC]
    note, last = node.said(2)
    assert "Earlier messages were left out" in note
    assert "not set yet: a" in last
    assert "What happened so far" not in note


@pytest.mark.parametrize("summary", [ProviderError("down"), "long " * 5000])
async def test_a_summary_that_fails_or_does_not_help_gives_way_to_the_static_note(summary: Any):
    script = [
        counted(pages(1, 2), 10),
        counted("Hm.", LIMIT),
        summary,
        call("set_output", key="a", value=1),
        "Done.",
    ]
    node = bench(script)

    assert (await node.run()).success
    assert await levels(node) == [Level.STATIC]


async def test_notes_of_repeated_compactions_do_not_pile_up():
    def answer(request: Any) -> Any:
        number = len(node.provider.requests)
        return counted(pages(number), LIMIT * 2) if number < 9 else call("set_output", key="a", value=1)

    node = bench([])
    node.provider._script = lambda request: answer(request) if not is_last(request) else "Done."

    assert (await node.run()).success
    assert (await levels(node)).count(Level.STATIC) >= 7
    assert all(
        sum("Earlier messages" in m.content for m in request.messages) <= 1
        and sum(m.content.count("Earlier messages") for m in request.messages) <= 1
        for request in node.provider.requests
    )


def is_last(request: Any) -> bool:
    return request.messages[-1].content.startswith("Output 'a' is set")


async def test_results_dropped_are_enough_when_they_bring_the_conversation_far_below_its_limit():
    script = [
        counted(pages(1, 2, 3, 4), 10), counted(pages(5), 10), counted("Hm.", LIMIT * 2),
        call("set_output", key="a", value=1), "Done.",
    ]  # fmt: skip
    node = bench(script, loop={"max_history_tokens": LIMIT * 2})

    assert (await node.run()).success
    assert await levels(node) == [Level.DROP_RESULTS]


async def test_an_input_too_large_for_the_limit_fails_clearly_before_anything_is_sent():
    node = OneNode([], input_keys=["text"], loop={"max_history_tokens": 300})

    result = await node.run({"text": "x" * 3000})

    assert "cannot be made short enough; raise max_history_tokens (now 300)" in str(result.error)
    assert node.provider.requests == []


async def test_a_prompt_too_large_for_the_limit_fails_clearly_instead_of_forgetting_forever():
    node = OneNode(
        ["One.", "Two."], output_keys=["a"], system_prompt="x" * 3000, loop={"max_history_tokens": 300}
    )

    result = await node.run()

    assert "cannot be made short enough" in str(result.error)
    assert result.total_retries == 0


async def test_a_call_whose_id_was_used_before_a_compaction_is_a_call_of_its_own():
    first, second = (ToolUse("same", "fetch", {"page": page}) for page in (1, 2))
    script = [
        counted((first,), LIMIT * 2),
        counted((second,), 10),
        call("set_output", key="a", value=1),
        "Done.",
    ]
    node = bench(script)

    await node.run()

    intended = await node.events(ev.ToolIntended)
    assert await levels(node) == ["static"]
    assert [event.arguments.load() for event in intended] == [{"page": 1}, {"page": 2}]
    assert len({event.key for event in intended}) == 2


async def test_a_long_value_is_shortened_in_the_note_and_whole_in_the_output():
    long = "word " * 1000
    script = [counted((call("set_output", key="a", value=long),), LIMIT * 2), "Done."]
    node = bench(script)

    assert (await node.run()).output == {"a": long}
    assert "[... 5000 characters in all]" in node.said()[0]


async def test_a_compaction_is_journaled_with_the_head_it_replaces():
    script = [
        counted(pages(1, 2), 10),
        counted("Hm.", LIMIT * 2),
        call("set_output", key="a", value=1),
        "Done.",
    ]
    node = bench(script)
    await node.run()

    requests = await node.events(ev.ModelRequested)
    (compacted,) = await node.events(ev.ConversationCompacted)
    assert compacted.head
    assert compacted.head not in {request.head for request in requests}


MESSAGES = st.lists(
    st.one_of(
        st.builds(Message, st.just(Role.USER), st.text(max_size=80)),
        st.builds(Message, st.just(Role.ASSISTANT), st.text(max_size=80)),
        st.builds(Message, st.just(Role.TOOL), st.text(max_size=300), st.just(()), st.just("c")),
    ),
    max_size=12,
)


@given(MESSAGES)
def test_dropping_results_keeps_every_message_and_never_grows(messages: list[Message]):
    dropped = drop_results(messages)

    assert [(m.role, m.tool_use_id) for m in dropped] == [(m.role, m.tool_use_id) for m in messages]
    assert all(len(new.content) <= len(old.content) for new, old in zip(dropped, messages, strict=True))
    assert all(new == old for new, old in zip(dropped, messages, strict=True) if old.role is not Role.TOOL)
    assert dropped[-4:] == tuple(messages[-4:])
    assert drop_results(dropped) == dropped
    assert paired(dropped) == dropped
