"""Budgets inside runs: every model call is ruled on before it is made, and the ruling is journaled."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import ProviderError
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.log import RunLog
from framework.journal.reading import read_entries, read_state
from framework.llm.base import LLMResponse
from framework.llm.scripted import ScriptedProvider, call
from framework.loop.budget import BudgetPolicy, Cap, LocalBudgets, ModelPrice, Scope
from framework.model import events as ev
from framework.model.goal import Goal, SuccessCriterion
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import edge, graph, loop_node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.llm.scripted import Answer
    from framework.model.events import Event
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts

RUN = "run"
PRICES = {
    "dear": ModelPrice(input_per_million=Decimal(0), output_per_million=Decimal(1000)),
    "cheap": ModelPrice(input_per_million=Decimal(0), output_per_million=Decimal(10)),
}
ONE_CALL = Decimal(1)
"""What an answer of 1,000 tokens of the dear model costs at most."""


def answer(*calls: Any, text: str = "", cost: str | None = "1") -> LLMResponse:
    return LLMResponse(
        content=text, tool_calls=calls, cost_usd=None if cost is None else Decimal(cost), output_tokens=10
    )


def done(key: str = "out", cost: str | None = "1") -> LLMResponse:
    return answer(call("set_output", key=key, value="yes"), cost=cost)


ENOUGH = answer(text="finished")


def one_node(**spec: Any) -> GraphSpec:
    node = loop_node("n", writes=["out"], **spec)
    return graph([node], terminal_nodes=["n"], max_tokens=1000)


class Bench:
    """Runs a graph under a budget, with a model called ``dear``."""

    def __init__(self, limit: str, script: Sequence[Answer], *, scope: Scope = Scope.RUN) -> None:
        caps = (Cap(scope=scope, limit_usd=Decimal(limit)),)
        self.budgets = LocalBudgets(BudgetPolicy(caps=caps, ladder=("dear", "cheap"), prices=PRICES))
        self.model = ScriptedProvider(list(script), model="dear")
        self.journal = MemoryJournal()
        self.clock = ManualClock()

    def executor(self, **options: Any) -> GraphExecutor:
        values = {"llm": self.model, "clock": self.clock, "budget": self.budgets}
        return GraphExecutor(Runtime(journal=self.journal), **(values | options))

    async def run(self, spec: GraphSpec, **options: Any) -> Any:
        return await self.executor().execute(spec, run_id=RUN, **options)

    async def events(self, kind: type[Event]) -> list[Any]:
        entries = await read_entries(self.journal, RUN)
        return [entry.event for entry in entries if isinstance(entry.event, kind)]

    async def actions(self) -> list[str]:
        return [event.action for event in await self.events(ev.BudgetRuled)]


async def test_every_call_is_ruled_on_before_it_is_requested() -> None:
    bench = Bench("10", [done(), ENOUGH])

    result = await bench.run(one_node())

    assert result.success, result.error
    kinds = [entry.event.kind for entry in await read_entries(bench.journal, RUN)]
    assert kinds.count("budget_ruled") == 2
    assert all(
        kinds[place + 1] == "model_requested" for place, kind in enumerate(kinds) if kind == "budget_ruled"
    )
    ruled = (await bench.events(ev.BudgetRuled))[0]
    assert (ruled.action, ruled.estimate_usd, ruled.model) == ("allow", "1", "dear")
    assert bench.budgets.spent(Scope.RUN, RUN) == 2


async def test_a_call_that_could_pass_the_limit_is_never_made() -> None:
    bench = Bench("1.5", [done(cost="0.75"), ENOUGH])

    result = await bench.run(one_node())

    assert not result.success
    assert "Budget limit exceeded: node 'n' may not ask 'dear' (it may cost up to $1.0000)" in result.error
    assert len(bench.model.requests) == 1
    assert await bench.actions() == ["allow", "block"]
    assert len(await bench.events(ev.NodeRetried)) == 0


async def test_from_80_percent_a_cheaper_model_is_asked_for_that_call() -> None:
    bench = Bench("10", [answer(text="a", cost="8.5"), done(cost="0.01"), ENOUGH])

    result = await bench.run(one_node())

    assert result.success, result.error
    assert await bench.actions() == ["allow", "degrade", "degrade"]
    assert [event.model for event in await bench.events(ev.ModelRequested)] == ["dear", "cheap", "cheap"]
    assert [request.model for request in bench.model.requests] == ["dear", "cheap", "cheap"]


async def test_from_95_percent_calls_wait_two_seconds() -> None:
    bench = Bench("30", [answer(text="a", cost="28.5"), done(cost="0.01"), ENOUGH])

    await bench.run(one_node())

    assert await bench.actions() == ["allow", "throttle", "throttle"]
    assert bench.clock.slept == [2.0, 2.0]


async def test_another_try_is_reserved_again_and_a_stream_that_broke_off_counts_whole() -> None:
    broken = ProviderError("The stream broke off.", retryable=True)
    bench = Bench("10", [broken, broken, done(), ENOUGH])

    result = await bench.run(one_node())

    assert result.success, result.error
    assert await bench.actions() == ["allow", "allow"]
    assert bench.budgets.spent(Scope.RUN, RUN) == 2  # Nothing was heard of the two that failed.


async def test_an_unpriced_answer_counts_as_much_as_was_reserved() -> None:
    bench = Bench("10", [done(cost=None), ENOUGH])

    await bench.run(one_node())

    assert bench.budgets.spent(Scope.RUN, RUN) == 2


async def test_judges_and_the_goal_are_paid_from_the_same_budget() -> None:
    accepted = answer(text='{"accept": true, "feedback": "Fine."}', cost="0.5")
    scored = answer(text='{"score": 1.0, "reason": "Good."}', cost="0.25")
    bench = Bench("10", [done(), ENOUGH, accepted, scored])
    goal = Goal(id="goal", success_criteria=[SuccessCriterion(id="good", description="Good")])

    result = await bench.run(one_node(success_criteria="Be good."), goal=goal)

    assert result.success, result.error
    assert len(await bench.actions()) == 4
    assert bench.budgets.spent(Scope.RUN, RUN) == Decimal("2.75")
    state = await read_state(bench.journal, RUN)
    assert state.spend == {"n": Decimal("2.5"), "goal": Decimal("0.25")}


async def test_a_goal_that_may_not_be_measured_is_unmeasured_and_the_run_ends_well() -> None:
    bench = Bench("2", [done(), ENOUGH])
    goal = Goal(id="goal", success_criteria=[SuccessCriterion(id="good", description="Good")])

    result = await bench.run(one_node(), goal=goal)

    assert result.success, result.error
    assert result.evaluation["criteria"][0]["score"] is None


async def test_branches_together_stay_within_the_budget() -> None:
    names = [f"b{number}" for number in range(64)]
    nodes = [loop_node(name, writes=[name]) for name in names]
    start, end = loop_node("start", writes=["go"]), loop_node("end", writes=["end"])
    edges = [edge("start", name) for name in names] + [edge(name, "end", "always") for name in names]
    spec = graph([start, *nodes, end], edges, terminal_nodes=["end"], max_tokens=1000)

    def script(request: Any) -> LLMResponse:
        asked = request.tools[0].parameters["properties"]["key"]["enum"][0]
        has_set = any(message.tool_use_id for message in request.messages)
        return ENOUGH if has_set else done(asked)

    bench = Bench("20", [])
    bench.model = ScriptedProvider(script, model="dear")
    result = await bench.run(spec)

    assert not result.success
    assert bench.budgets.spent(Scope.RUN, RUN) <= 20
    state = await read_state(bench.journal, RUN)
    assert state.usage.cost_usd <= 20
    assert "block" in await bench.actions()


async def test_a_node_may_spend_only_what_its_own_cap_says() -> None:
    nodes = [loop_node("a", writes=["a"]), loop_node("b", writes=["b"])]
    spec = graph(nodes, [edge("a", "b")], terminal_nodes=["b"], max_tokens=1000)
    bench = Bench("2.1", [done("a"), ENOUGH, done("b"), ENOUGH], scope=Scope.NODE)

    result = await bench.run(spec)

    assert result.success, result.error


async def test_a_resumed_run_knows_what_it_has_spent() -> None:
    bench = Bench("3.5", [done(), ProviderError("down")])
    failed = await bench.run(one_node(max_retries=1))
    assert not failed.success
    lines = await bench.journal.read(RUN)
    again = Bench("3.5", [ENOUGH])
    writer = await again.journal.create(RUN)
    stop = next(n for n, line in enumerate(lines) if b'"kind":"tool_returned"' in line) + 1
    await writer.append(lines[:stop], expected=0, blobs=dict(bench.journal._blobs))
    await writer.close()

    result = await again.executor().execute(one_node(max_retries=1), session_state={"run_id": RUN})

    assert result.success, result.error
    assert again.budgets.spent(Scope.RUN, RUN) == 2


async def test_an_interrupted_request_counts_and_is_asked_again_as_it_was_ruled() -> None:
    bench = Bench("10", [answer(text="a", cost="8.5"), done(cost="0.01"), ENOUGH])
    await bench.run(one_node())
    lines = await bench.journal.read(RUN)
    stop = [n for n, line in enumerate(lines) if b'"kind":"model_requested"' in line][1] + 1
    again = Bench("10", [done(cost="0.01"), ENOUGH])
    writer = await again.journal.create(RUN)
    await writer.append(lines[:stop], expected=0, blobs=dict(bench.journal._blobs))
    await writer.close()

    result = await again.executor().execute(one_node(), session_state={"run_id": RUN})

    assert result.success, result.error
    assert [request.model for request in again.model.requests] == ["cheap", "cheap"]
    spent = again.budgets.spent(Scope.RUN, RUN)
    assert spent == Decimal("8.5") + Decimal("0.01") + Decimal("0.01") + Decimal(
        1
    )  # 0.01 was lost on the way.


@pytest.mark.parametrize("limit", ["100", "10", "1.5"])
async def test_a_run_under_a_budget_replays_with_its_rulings(limit: str) -> None:
    bench = Bench(limit, [answer(text="a", cost="8.5"), done(cost="0.01"), ENOUGH])
    await bench.run(one_node())

    def executor(parts: ReplayParts) -> GraphExecutor:
        return GraphExecutor(parts.runtime, llm=parts.llm, clock=parts.clock, budget=parts.budget)

    report = await replay(await read_recording(bench.journal, RUN), one_node(), partial(executor))

    assert report.difference is None, str(report.difference)


async def test_every_request_that_was_interrupted_counts_however_often_the_run_is_killed() -> None:
    bench = Bench("10", [done(cost="0.5"), ENOUGH])
    await bench.run(one_node())
    lines = await bench.journal.read(RUN)
    stop = next(n for n, line in enumerate(lines) if b'"kind":"model_requested"' in line) + 1
    journal = MemoryJournal()
    writer = await journal.create(RUN)
    await writer.append(lines[:stop], expected=0, blobs=dict(bench.journal._blobs))
    await writer.close()

    for _ in range(3):  # Each time it is killed while the model is being asked.
        state = await read_state(journal, RUN)
        log = RunLog(await journal.open(RUN), ManualClock(), state=state)
        log.record("m", ev.RunResumed(reason="session_state"))
        await log.close()

    assert (await read_state(journal, RUN)).spend == {"n": Decimal(3)}
