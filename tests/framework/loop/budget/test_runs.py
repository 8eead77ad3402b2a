"""Budgets inside runs: every model call is ruled on before it is made, and the ruling is journaled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from framework.errors import ProviderError
from framework.journal.reading import read_entries, read_state
from framework.llm.scripted import ScriptedProvider
from framework.loop.budget import Scope
from framework.model import events as ev
from framework.model.goal import Goal, SuccessCriterion
from tests.support.budget_bench import ENOUGH, PRICES, RUN, Bench, answer, done, one_node
from tests.support.walked_graphs import edge, graph, loop_node

if TYPE_CHECKING:
    from framework.llm.base import LLMResponse


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
    assert (
        "Budget limit exceeded: node 'n' may not ask 'dear' (it may cost up to $1). "
        "The limit of $1.5 for the run has $0.75 spent. Raise the budget" in result.error
    )
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
    assert await bench.again() == ["allow", "allow"]
    assert bench.spent() == 4


async def test_an_unpriced_answer_counts_as_much_as_was_reserved() -> None:
    bench = Bench("10", [done(cost=None), ENOUGH])

    await bench.run(one_node())

    assert bench.budgets.spent(Scope.RUN, RUN) == 2


async def test_an_answer_costs_what_the_policy_says_of_its_model_whatever_the_provider_says() -> None:
    cheap_for_the_provider = replace(done(cost="0.001"), input_tokens=20_000, output_tokens=10_000)
    bench = Bench("100", [cheap_for_the_provider, replace(ENOUGH, cost_usd=Decimal(1))])

    await bench.run(one_node())

    policy_price = PRICES["dear"].cost(20_000, 10_000)
    first = (await bench.events(ev.ModelAnswered))[0]
    assert Decimal(first.cost_usd) == policy_price
    assert bench.budgets.spent(Scope.RUN, RUN) == policy_price + 1
    assert sum((await read_state(bench.journal, RUN)).ledger.spend.values()) == policy_price + 1


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
    assert state.ledger.spend == {"n": Decimal("2.5"), "goal": Decimal("0.25")}


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
