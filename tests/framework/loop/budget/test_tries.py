"""Other tries of a request: ruled on, journaled, paid for, and never forgotten."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import MissingCredentialError, ProviderError
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.llm.scripted import ScriptedProvider
from framework.llm.stream import FinishEvent, TextDeltaEvent
from framework.model import events as ev
from framework.model.tool import ToolUse
from framework.runtime.fork import Fork, fork_run
from tests.support.budget_bench import ENOUGH, RUN, Bench, answer, done, one_node
from tests.support.walked_graphs import edge, graph, loop_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from framework.llm.stream import StreamEvent

LOST = ProviderError("The connection broke off.", retryable=True)
REFUSED = ProviderError("Too many requests.", retryable=True, status=429)


class Breaking:
    """Says something and breaks off, or waits forever, as often as it is told; then it is done."""

    model = "dear"

    def __init__(self, *moods: str) -> None:
        self.moods = list(moods)
        self.is_asked = asyncio.Event()

    async def stream(self, request: Any) -> AsyncIterator[StreamEvent]:
        del request
        self.is_asked.set()
        mood = self.moods.pop(0) if self.moods else "done"
        yield TextDeltaEvent("So", "So")
        if mood == "break":
            raise LOST
        if mood == "wait":
            await asyncio.Event().wait()
        yield FinishEvent(
            stop_reason="stop", input_tokens=1, output_tokens=1, cached_tokens=0, model="dear",
            cost_usd=Decimal("0.25"),
        )  # fmt: skip


async def test_what_became_of_every_try_is_in_the_journal() -> None:
    bench = Bench("10", [LOST, REFUSED, done(cost="0.5"), ENOUGH])

    result = await bench.run(one_node())

    assert result.success, result.error
    assert await bench.again() == ["allow", "allow"]
    assert await bench.settled() == ["1", "0"]
    state = await read_state(bench.journal, RUN)
    assert state.ledger.spend == {"n": Decimal("2.5")}
    assert bench.spent() == Decimal("2.5")


async def test_another_try_that_could_pass_the_limit_is_blocked_and_the_block_is_journaled() -> None:
    bench = Bench("1.5", [LOST, done()])

    result = await bench.run(one_node(max_retries=1))

    assert not result.success
    assert "Budget limit exceeded: node 'n' may not ask 'dear'" in result.error
    assert len(bench.model.requests) == 1
    assert (await bench.actions(), await bench.again()) == (["allow"], ["block"])
    assert await bench.settled() == ["1"]
    assert await bench.difference(one_node(max_retries=1)) is None


async def test_another_try_near_the_limit_waits_and_keeps_its_model() -> None:
    bench = Bench("22", [answer(text="a", cost="16"), LOST, LOST, LOST, done(cost="0.1"), ENOUGH])

    result = await bench.run(one_node())

    assert result.success, result.error
    assert {request.model for request in bench.model.requests[1:5]} == {"dear"}
    assert await bench.again() == ["allow", "allow", "allow"]
    reasons = [event.reason for event in await bench.events(ev.BudgetRuledAgain)]
    assert reasons[1:] == ["Budget usage high (>=80%), and the request keeps its model"] * 2
    assert await bench.difference(one_node()) is None


async def test_a_throttled_other_try_is_journaled_and_waits() -> None:
    bench = Bench("100", [answer(text="a", cost="96"), REFUSED, done(cost="0.1"), ENOUGH])

    result = await bench.run(one_node())

    assert result.success, result.error
    assert (await bench.actions(), await bench.again()) == (["allow", "throttle", "throttle"], ["throttle"])
    assert bench.clock.slept.count(2.0) == 3


@pytest.mark.parametrize(
    "error", [REFUSED, MissingCredentialError("No key."), ProviderError("x", is_free=True)]
)
async def test_a_request_that_was_refused_or_never_arrived_costs_nothing(error: ProviderError) -> None:
    bench = Bench("10", [error] * 4)

    await bench.run(one_node(max_retries=1))

    assert bench.spent() == 0
    assert set(await bench.settled()) == {"0"}


async def test_an_answer_that_had_begun_counts_whole_whatever_the_error_says() -> None:
    bench = Bench("10", [])
    bench.model = Breaking("break")  # type: ignore[assignment]  (a provider of another class)

    await bench.run(one_node())

    assert (await bench.settled())[0] == "1"


@pytest.mark.parametrize(
    ("kind", "nth"), [("budget_settled", 1), ("budget_ruled_again", 1), ("budget_settled", 2)]
)
async def test_tries_that_broke_off_are_counted_by_whoever_carries_the_run_on(kind: str, nth: int) -> None:
    first = Bench("10", [LOST, LOST, done(cost="0.5"), ENOUGH])
    await first.run(one_node())
    journal = await first.killed(kind, nth)
    second = Bench("10", [done(cost="0.5"), ENOUGH])

    result = await second.resume(journal, one_node())

    assert result.success, result.error
    tries = {("budget_settled", 1): 1, ("budget_ruled_again", 1): 2, ("budget_settled", 2): 2}[kind, nth]
    assert second.spent() == tries + Decimal("1.5")
    state = await read_state(journal, RUN)
    assert state.ledger.spend == {"n": second.spent()}
    assert await second.difference(one_node()) is None


async def test_a_request_that_was_cancelled_counts_whole_for_whoever_carries_the_run_on() -> None:
    bench = Bench("10", [])
    bench.model = model = Breaking("wait")  # type: ignore[assignment]  (a provider of another class)
    running = asyncio.ensure_future(bench.run(one_node()))
    await asyncio.wait_for(model.is_asked.wait(), 5)

    running.cancel()
    await asyncio.wait({running})

    assert await bench.settled() == ["1"]
    assert (await read_state(bench.journal, RUN)).ledger.spend == {"n": Decimal(1)}
    assert bench.spent() == 1


async def test_a_resumed_request_is_ruled_on_again_and_may_be_blocked() -> None:
    first = Bench("10", [answer(text="a", cost="0.1"), done(), ENOUGH])
    await first.run(one_node())
    journal = await first.killed("model_requested", 2)
    second = Bench("2", [])

    result = await second.resume(journal, one_node())

    assert not result.success  # 0.1 is spent, 1 may be, and 1 more could pass the limit.
    assert second.model.requests == []
    assert await second.again() == ["block"]
    assert await second.difference(one_node()) is None


async def test_a_resumed_request_of_a_run_that_had_no_budget_is_ruled_on() -> None:
    first = Bench("10", [answer(text="a"), done(), ENOUGH])
    await first.executor(budget=None).execute(one_node(), run_id=RUN)
    journal = await first.killed("model_requested", 2)
    second = Bench("10", [done(), ENOUGH])

    result = await second.resume(journal, one_node())

    assert result.success, result.error
    assert (await second.actions(), await second.again()) == (["allow"], ["allow"])
    assert await second.difference(one_node()) is None


async def test_a_run_that_lost_its_budget_replays() -> None:
    first = Bench("10", [answer(text="a"), done(), ENOUGH])
    await first.run(one_node())
    second = Bench("10", [done(), ENOUGH])
    second.journal = await first.killed("model_answered")

    result = await second.executor(budget=None).execute(one_node(), session_state={"run_id": RUN})

    assert result.success, result.error
    assert await second.actions() == ["allow"]
    assert await second.difference(one_node()) is None


@pytest.mark.parametrize("deaths", [1, 2])
async def test_a_run_killed_after_a_block_and_carried_on_with_more_replays(deaths: int) -> None:
    bench = Bench("3.5", [answer(text="a", cost="3"), done()])
    assert not (await bench.run(one_node(max_retries=1))).success
    for nth in range(2, 2 + deaths):
        journal = await bench.killed("budget_ruled", nth)
        bench = Bench("3.5" if nth <= deaths else "100", [done(), ENOUGH])
        result = await bench.resume(journal, one_node(max_retries=1))

    assert result.success, result.error
    assert await bench.actions() == ["allow", *["block"] * deaths, "allow", "allow"]
    assert await bench.difference(one_node(max_retries=1)) is None


async def test_a_ruling_that_stands_without_its_request_is_kept() -> None:
    first = Bench("10", [answer(text="a", cost="8.5"), done(cost="0.01"), ENOUGH])
    await first.run(one_node())
    journal = await first.killed("budget_ruled", 2)
    second = Bench("10", [done(cost="0.01"), ENOUGH])

    result = await second.resume(journal, one_node())

    assert result.success, result.error
    assert [request.model for request in second.model.requests] == ["cheap", "cheap"]
    assert second.spent() == Decimal("9.51")  # It was not made, so nothing was lost.
    assert await second.difference(one_node()) is None


async def test_an_interrupted_request_counts_and_is_asked_again_as_it_was_ruled() -> None:
    first = Bench("10", [answer(text="a", cost="8.5"), done(cost="0.01"), ENOUGH])
    await first.run(one_node())
    journal = await first.killed("model_requested", 2)
    second = Bench("10", [done(cost="0.01"), ENOUGH])

    result = await second.resume(journal, one_node())

    assert result.success, result.error
    assert [request.model for request in second.model.requests] == ["cheap", "cheap"]
    lost = Decimal("0.01")
    assert second.spent() == Decimal("8.5") + lost + Decimal("0.01") + Decimal(1)


async def test_a_resumed_run_ends_with_the_hash_of_one_that_nobody_killed() -> None:
    first = Bench("10", [LOST, done(), ENOUGH])
    await first.run(one_node())
    journal = await first.killed("budget_ruled_again")
    second = Bench("10", [done(), ENOUGH])
    await second.resume(journal, one_node())
    calm = Bench("10", [done(), ENOUGH])
    await calm.run(one_node())

    digests = [(await read_state(bench.journal, RUN)).main.digest for bench in (first, second, calm)]

    assert digests[0] == digests[1] == digests[2]


async def test_a_fork_counts_what_was_spent_and_what_may_have_been() -> None:
    first = Bench("10", [LOST, LOST, done(), ENOUGH])
    await first.run(one_node())
    lines = await first.journal.read(RUN)
    at = next(n for n, line in enumerate(lines, 1) if b"budget_ruled_again" in line)
    state = await fork_run(first.journal, RUN, Fork(at_seq=at, run_id="fork"))
    second = Bench("10", [done(cost="0.5"), ENOUGH])
    second.journal = first.journal

    result = await second.executor().execute(one_node(), session_state={"run_id": state.run_id})

    assert result.success, result.error
    state = await read_state(first.journal, "fork")
    assert state.ledger.spend == {"n": Decimal("3.5")}  # Two tries of 1 dollar, then 0.50 and 1.
    assert await second.difference(one_node(), "fork") is None


async def test_every_interrupted_try_counts_however_often_the_run_is_killed() -> None:
    bench = Bench("10", [done(cost="0.5"), ENOUGH])
    await bench.run(one_node())
    journal = await bench.killed("model_requested")
    ruling = ev.BudgetRuledAgain(action="allow", reason="", estimate_usd="1", model="dear")

    for _ in range(3):  # Each time it is killed while the model is being asked.
        log = RunLog(await journal.open(RUN), ManualClock(), state=await read_state(journal, RUN))
        log.record("m", ev.RunResumed(reason="session_state"))
        log.record("m", ruling)
        await log.close()

    ledger = (await read_state(journal, RUN)).ledger
    assert (ledger.spend, ledger.most) == ({"n": Decimal(3)}, Decimal(4))


async def test_a_resumed_run_knows_what_it_has_spent() -> None:
    first = Bench("3.5", [done(), ProviderError("down")])
    assert not (await first.run(one_node(max_retries=1))).success
    second = Bench("3.5", [ENOUGH])

    result = await second.resume(await first.killed("tool_returned"), one_node(max_retries=1))

    assert result.success, result.error
    assert second.spent() == 2


async def test_an_answer_without_a_price_stays_counted() -> None:
    first = Bench("10", [done(cost=None), ENOUGH])
    await first.run(one_node())
    second = Bench("10", [ENOUGH])

    await second.resume(await first.killed("tool_returned"), one_node())

    assert second.spent() == first.spent() == 2


@pytest.mark.parametrize("limit", ["100", "10", "1.5"])
async def test_a_run_under_a_budget_replays_with_its_rulings(limit: str) -> None:
    bench = Bench(limit, [answer(text="a", cost="8.5"), done(cost="0.01"), ENOUGH])

    await bench.run(one_node())

    assert await bench.difference(one_node()) is None


async def test_a_judge_that_may_not_try_again_replays() -> None:
    spec = one_node(success_criteria="Be good.", max_retries=1)
    bench = Bench("3.5", [done(), ENOUGH, LOST, answer(text='{"accept": true, "feedback": ""}'), ENOUGH])

    result = await bench.run(spec)

    assert "block" in [*await bench.again(), *await bench.actions()]
    assert not result.success
    assert await bench.difference(spec) is None


async def test_branches_that_are_cut_off_leave_what_they_may_have_spent() -> None:
    nodes = [loop_node(name, writes=[name]) for name in ("start", "a", "b", "end")]
    edges = [edge("start", "a"), edge("start", "b"), edge("a", "end", "always"), edge("b", "end", "always")]
    bench = Bench("100", [])
    bench.model = model = Breaking("done")  # type: ignore[assignment]  (a provider of another class)
    model.moods = ["done"] * 60

    await bench.run(graph(nodes, edges, terminal_nodes=["end"], max_tokens=1000))

    state = await read_state(bench.journal, RUN)
    assert sum(state.ledger.spend.values()) == bench.spent()


def forked_out() -> Any:
    nodes = [loop_node(name, writes=[name]) for name in ("start", "a", "b", "end")]
    edges = [edge("start", "a"), edge("start", "b"), edge("a", "end", "always"), edge("b", "end", "always")]
    return graph(nodes, edges, terminal_nodes=["end"], max_tokens=1000)


def moody(*faults: ProviderError | None) -> ScriptedProvider:
    """Return a model that fails so at first, and else sets the output of the node that asks, and is done."""
    left = list(faults)

    def script(request: Any) -> Any:
        if left and (fault := left.pop(0)) is not None:
            raise fault
        key = request.tools[0].parameters["properties"]["key"]["enum"][0]
        has_set = request.messages[-1].tool_use_id
        setting = ToolUse(f"set-{key}", "set_output", {"key": key, "value": "yes"})
        cost = "0.5" if request.model == "dear" else "0.005"
        return answer(text="finished", cost=cost) if has_set else answer(setting, cost=cost)

    return ScriptedProvider(script, model="dear")


async def test_a_run_killed_after_any_entry_ends_the_same_forgets_no_cost_and_replays() -> None:
    first = Bench("100", [])
    first.model = moody(LOST, REFUSED)
    await first.run(forked_out())
    whole = await read_state(first.journal, RUN)
    lines = await first.journal.read(RUN)
    assert [first.spent(), sum(whole.ledger.spend.values())] == [Decimal(5)] * 2

    for at in range(1, len(lines)):
        second = Bench("100", [])
        second.model = moody(REFUSED)
        result = await second.resume(await first.cut(at), forked_out())
        state = await read_state(second.journal, RUN)
        answers = sum(Decimal(each.cost_usd) for each in await second.events(ev.ModelAnswered))

        assert result.success, (at, result.error)
        assert state.main.digest == whole.main.digest, at
        assert answers <= second.spent() == sum(state.ledger.spend.values()) <= answers + 4, at
        assert await second.difference(forked_out()) is None, at


@pytest.mark.parametrize("seed", range(5))
async def test_64_branches_whose_model_fails_at_random_never_overspend_together(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"b{number}" for number in range(64)]
    nodes = [loop_node(name, writes=[name], max_retries=1) for name in ("start", *names, "end")]
    edges = [edge("start", name) for name in names] + [edge(name, "end", "always") for name in names]
    bench = Bench("40", [])
    bench.model = moody(None, None, *(rng.choice([LOST, REFUSED, None]) for _ in range(100)))

    await bench.run(graph(nodes, edges, terminal_nodes=["end"], max_tokens=1000))

    ledger = (await read_state(bench.journal, RUN)).ledger
    assert 0 < sum(ledger.spend.values()) == ledger.most == bench.spent() <= 40
    assert "block" in [*await bench.actions(), *await bench.again()]
