from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import NodeError
from framework.events import EventType
from framework.llm.scripted import call
from framework.loop.permission import POLICY
from framework.model import events as ev
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.tools.context import ToolContext


class Bank:
    """A tool that pays, with these options."""

    def __init__(self, script: list[Any] | None = None, **options: Any) -> None:
        self.paid: list[int] = []

        @tool(**options)
        def pay(cents: int) -> str:
            """Pay."""
            self.paid.append(cents)
            return f"paid {cents}"

        @tool(effect="none")
        def look() -> str:
            """Look."""
            return "seen"

        self.node = OneNode(script or [call("pay", cents=5), "Ok."], tools=[pay, look])

    async def statuses(self) -> list[str]:
        return [event.status for event in await self.node.events(ev.ToolReturned)]


def limit(arguments: dict[str, Any], context: ToolContext) -> str | None:
    return "more than 3 cents" if arguments["cents"] > 3 else None


async def async_limit(arguments: dict[str, Any], context: ToolContext) -> str | None:
    return limit(arguments, context)


def broken(arguments: dict[str, Any], context: ToolContext) -> str | None:
    raise KeyError("amount")


@pytest.mark.parametrize("guard", [limit, async_limit])
async def test_a_call_that_a_guard_refuses_is_not_made_and_the_model_reads_why(guard: Callable[..., Any]):
    bank = Bank([[call("pay", cents=5), call("pay", cents=2)], "Ok."], guard=guard)
    heard: list[Any] = []
    bank.node.bus.subscribe(heard.append, [EventType.ESCALATION])

    assert (await bank.node.run()).success
    assert bank.paid == [2]
    assert await bank.statuses() == ["refused", "ok"]
    assert "refused and not made: more than 3 cents" in bank.node.said()[-2]
    rulings = await bank.node.events(ev.GuardRuled)
    assert [(ruled.guard, ruled.allowed) for ruled in rulings] == [
        (guard.__name__, False),
        (guard.__name__, True),
    ]
    assert [event.data["reason"] for event in heard] == ["more than 3 cents"]


async def test_a_guard_that_fails_refuses():
    bank = Bank(guard=broken)

    assert (await bank.node.run()).success
    assert bank.paid == []
    assert "its guard failed (KeyError)" in bank.node.said()[-1]


@pytest.mark.parametrize(
    ("answer", "paid", "said"),
    [
        ("approve", [5], "paid 5"),
        ("Approve, go on", [5], "paid 5"),
        ("refuse: too dear", [], "A person refused this call; it was not made. too dear"),
        ("hm", [], "not made. hm"),
        ("approved?", [], "not made. approved?"),
    ],
)
async def test_a_call_of_high_risk_is_made_only_when_a_person_approves(
    answer: str, paid: list[int], said: str
):
    bank = Bank(risk="high")
    person = Answers(answer)

    assert (await bank.node.run(person=person)).success
    assert bank.paid == paid
    assert said in bank.node.said()[-1]
    assert person.asked[0].options == ("approve", "refuse")
    assert "cents" in person.texts[0]


async def test_what_the_policy_allows_needs_no_person_and_is_recorded():
    bank = Bank(risk="high")

    assert (await bank.node.run(approve=["pay"])).success
    assert bank.paid == [5]
    (ruled,) = await bank.node.events(ev.GuardRuled)
    assert (ruled.guard, ruled.allowed) == (POLICY, True)


async def test_calls_of_low_risk_do_not_wait_for_those_that_need_a_person():
    bank = Bank([[call("pay", cents=5), call("look"), call("pay", cents=6)], "Ok."], risk="high")

    paused = await bank.node.run()

    assert paused.paused_at == "n"
    assert await bank.statuses() == ["ok"]
    assert [event.tool for event in await bank.node.events(ev.ToolIntended)] == ["look"]
    assert len(await bank.node.events(ev.QuestionAsked)) == 2

    result = await bank.node.resume(paused, person=Answers("refuse", "approve"))
    assert result.success
    assert bank.paid == [6]
    assert len(await bank.node.events(ev.QuestionAsked)) == 2


async def test_a_guard_that_ruled_is_not_asked_again_when_the_run_is_carried_on():
    asked: list[int] = []

    def guard(arguments: dict[str, Any], context: ToolContext) -> None:
        asked.append(arguments["cents"])

    bank = Bank(risk="high", guard=guard)
    paused = await bank.node.run()

    assert (await bank.node.resume(paused, person=Answers("approve"))).success
    assert asked == [5]


async def test_a_call_that_was_made_in_an_earlier_attempt_is_not_asked_about_again():
    class Judge:
        times = 0

        async def evaluate(self, context: object) -> Any:
            self.times += 1
            if self.times == 1:
                raise NodeError("lost", node_id="n")
            from framework.loop.judges import JudgeVerdict

            return JudgeVerdict("ACCEPT")

    bank = Bank([call("pay", cents=5), "Ok."] * 2, risk="high")
    bank.node.node.max_retries, bank.node.node.judge = 2, Judge()
    person = Answers("approve")

    assert (await bank.node.run(person=person)).success
    assert bank.paid == [5]
    assert len(person.asked) == 1
