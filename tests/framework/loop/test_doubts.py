from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import CallInDoubtError
from framework.journal.reading import read_state
from framework.llm.scripted import call
from framework.loop.doubts import ABANDON, DONE, NOT_DONE, read_ruling
from framework.model import events as ev
from framework.model.tool import Effect
from framework.tools.context import ToolContext  # noqa: TC001  (the hints of a tool are read)
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode

if TYPE_CHECKING:
    from collections.abc import Callable


class Shop:
    """A tool that charges and then hangs, times out or loses its connection, and its probe."""

    def __init__(self, probe: Callable[..., Any] | None = None, **options: Any) -> None:
        self.charges: list[tuple[str, int]] = []
        self.probed: list[tuple[dict[str, Any], str]] = []
        self.charged = asyncio.Event()
        self.is_lost = False
        self.is_slow = True

        async def noted(arguments: dict[str, Any], context: ToolContext) -> Any:
            self.probed.append((arguments, context.idempotency_key))
            found = probe(arguments, context) if probe else None
            return await found if isawaitable(found) else found

        @tool(probe=noted if probe else None, **options)
        async def charge(cents: int, context: ToolContext) -> str:
            """Charge."""
            self.charges.append((context.idempotency_key, cents))
            if self.is_lost and len(self.charges) == 1:
                raise CallInDoubtError("the line is dead")
            if self.is_slow and len(self.charges) == 1:
                self.charged.set()
                await asyncio.Event().wait()
            return "charged"

        self.node = OneNode([call("charge", cents=5), "Ok."], tools=[charge])

    async def cut_off(self) -> dict[str, Any]:
        """Run until the tool hangs, and cancel."""
        node = self.node
        task = asyncio.create_task(node.executor().execute(node.graph, None, {}, run_id="r"))
        await self.charged.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        node.run_id = "r"
        return {"run_id": "r"}

    async def carry_on(self, **options: Any) -> Any:
        return await self.node.executor(**options).execute(
            self.node.graph, None, session_state={"run_id": "r"}
        )


def broken(arguments: object, context: object) -> object:
    raise ConnectionError("no bank")


@pytest.mark.parametrize(
    ("answer", "option", "words"),
    [
        ("done", DONE, ""),
        ("Done: receipt 17", DONE, "receipt 17"),
        ("done -5", DONE, "-5"),
        (" not done, I looked", NOT_DONE, "I looked"),
        ("abandon", ABANDON, ""),
        ("donezo", ABANDON, "donezo"),
        ("I do not know", ABANDON, "I do not know"),
        ("", ABANDON, ""),
        ("Call it again", NOT_DONE, ""),
        ("Do not call it again", ABANDON, ""),
    ],
)
def test_what_a_person_says_of_a_call_in_doubt_is_read_with_care(answer: str, option: str, words: str):
    assert read_ruling(answer) == (option, words)


@pytest.mark.parametrize(
    ("found", "made", "said"),
    [
        (None, 2, "charged"),
        (False, 2, "charged"),
        (True, 1, "took effect; its result was lost"),
        ({"receipt": 17}, 1, '{"receipt":17}'),
    ],
)
async def test_a_probe_says_what_became_of_a_call_that_was_cut_off(found: object, made: int, said: str):
    shop = Shop(lambda arguments, context: found)
    await shop.cut_off()

    result = await shop.carry_on()

    assert result.success
    assert len(shop.charges) == made
    assert len(dict(shop.charges)) == 1
    assert shop.probed == [({"cents": 5}, shop.charges[0][0])]
    assert said in shop.node.said()[-1]
    assert await shop.node.events(ev.QuestionAsked) == []


@pytest.mark.parametrize("probe", [broken, lambda arguments, context: b"bytes"])
async def test_a_probe_that_does_not_know_leaves_it_to_a_person(probe: Callable[..., Any]):
    shop = Shop(probe)
    await shop.cut_off()

    paused = await shop.carry_on()
    result = await shop.carry_on(person=Answers("done: receipt 17"))

    assert (paused.paused_at, result.success) == ("n", True)
    assert len(shop.charges) == 1
    assert "took effect. Its result: receipt 17" in shop.node.said()[-1]
    assert len(await shop.node.events(ev.ToolInDoubt)) == 1


async def test_a_probe_that_hangs_is_given_up():
    async def hang(arguments: object, context: object) -> None:
        await asyncio.Event().wait()

    shop = Shop(hang, timeout_s=0.01)
    shop.is_lost = True

    assert (await shop.node.run()).paused_at == "n"


async def test_a_tool_that_cannot_know_whether_it_took_effect_has_a_person_asked():
    shop = Shop()
    shop.is_lost = True
    person = Answers(NOT_DONE)

    result = await shop.node.run(person=person)

    assert result.success
    assert len(person.asked) == 1
    assert [key for key, _ in shop.charges] == [shop.charges[0][0]] * 2
    (doubt,) = await shop.node.events(ev.ToolInDoubt)
    assert doubt.tool == "charge"


async def test_a_tool_that_may_be_repeated_is_never_in_doubt():
    shop = Shop(effect=Effect.IDEMPOTENT)
    shop.is_lost = True

    assert (await shop.node.run()).success
    assert "the line is dead" in shop.node.said()[-1]
    assert await shop.node.events(ev.ToolInDoubt) == []


@pytest.mark.parametrize(("found", "said"), [("receipt 17", "receipt 17"), (None, "no effect so far")])
async def test_after_a_time_out_the_probe_is_asked_and_nothing_is_made_again(found: object, said: str):
    shop = Shop(lambda arguments, context: found, timeout_s=0.01)

    assert (await shop.node.run()).success
    assert len(shop.charges) == 1
    assert said in shop.node.said()[-1]


async def test_a_time_out_without_a_probe_is_a_result_for_the_model():
    shop = Shop(timeout_s=0.01)

    assert (await shop.node.run()).success
    assert "may or may not have taken effect" in shop.node.said()[-1]
    assert await shop.node.events(ev.ToolInDoubt) == []


async def test_every_call_in_doubt_has_a_question_of_its_own_and_they_are_settled_in_order():
    made: list[str] = []

    @tool
    async def send(text: str) -> str:
        """Send."""
        made.append(text)
        if len(made) <= 2:
            raise CallInDoubtError("lost")
        return f"sent {text}"

    node = OneNode([[call("send", text="a"), call("send", text="b")], "Ok."], tools=[send])
    paused = await node.run()
    first, second = (await read_state(node.runtime.journal, node.run_id)).questions.values()
    assert first.call_id != second.call_id
    assert ('"a"' in first.text.load(), '"b"' in second.text.load()) == (True, True)

    assert (await node.resume(paused, person=Answers(DONE, NOT_DONE))).success
    assert made == ["a", "b", "b"]
    assert [text.split(".")[0] for text in node.said() if text.startswith("tool")] == [
        "tool: A person says that this call took effect",
        "tool: sent b",
    ]
