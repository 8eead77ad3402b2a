"""Budgets of one process: what is reserved counts at once, so that nobody overspends together."""

from __future__ import annotations

import asyncio
import os
import random
from decimal import Decimal
from typing import Any

import pytest

from framework.loop.budget import BudgetPolicy, Cap, LocalBudgets, ModelPrice, Scope, SpendRequest

SCHEDULES = int(os.environ.get("HIVE_BUDGET_SCHEDULES", "25"))
PRICES = {
    "dear": ModelPrice(input_per_million=Decimal(10), output_per_million=Decimal(20)),
    "cheap": ModelPrice(input_per_million=Decimal(1), output_per_million=Decimal(2)),
}


def budgets(*caps: Cap, ladder: tuple[str, ...] = ("dear", "cheap"), **options: Any) -> LocalBudgets:
    return LocalBudgets(BudgetPolicy(caps=caps, ladder=ladder, prices=PRICES), **options)


def wish(model: str = "dear", tokens: int = 100_000, **facts: Any) -> SpendRequest:
    """Return a request; one of 100,000 tokens of the dear model costs 1 dollar at most."""
    known = {"run_id": "run", "agent": "agent", "lane_id": "m", "node_id": "node", "output_tokens": 0}
    return SpendRequest(model=model, input_tokens=tokens, **(known | facts))


def run_cap(limit: str) -> Cap:
    return Cap(scope=Scope.RUN, limit_usd=Decimal(limit))


async def test_what_is_reserved_counts_before_it_is_spent() -> None:
    gate = budgets(run_cap("2"))

    rulings = [await gate.reserve(wish()) for _ in range(3)]

    assert [ruling.action for ruling in rulings] == ["allow", "allow", "block"]
    assert rulings[0].estimate_usd == Decimal(1)
    assert gate.spent(Scope.RUN, "run") == 0


async def test_settling_gives_back_what_was_not_spent() -> None:
    gate = budgets(run_cap("2"))
    first = await gate.reserve(wish())
    await gate.reserve(wish())

    await gate.settle(first.reservation, Decimal("0.10"))
    await gate.settle(first.reservation, Decimal("0.10"))

    assert gate.spent(Scope.RUN, "run") == Decimal("0.10")
    assert (await gate.reserve(wish(tokens=50_000))).action == "allow"


async def test_a_cost_that_nobody_knows_counts_as_reserved() -> None:
    gate = budgets(run_cap("2"))
    ruling = await gate.reserve(wish())

    await gate.settle(ruling.reservation, None)

    assert gate.spent(Scope.RUN, "run") == Decimal(1)


async def test_a_cost_that_nobody_told_is_that_of_the_tokens() -> None:
    gate = budgets(run_cap("2"))
    first, second = await gate.reserve(wish()), await gate.reserve(wish())
    assert first is not None
    assert second is not None

    counted = [
        await gate.settle(first.reservation, None, (1000, 500)),
        await gate.settle(second.reservation, None, (0, 0)),
        await gate.settle(second.reservation, Decimal(7)),
    ]

    assert counted == [Decimal("0.02"), Decimal(1), Decimal(0)]
    assert gate.spent(Scope.RUN, "run") == Decimal("1.02")


async def test_a_degraded_call_asks_and_reserves_for_the_next_cheaper_model() -> None:
    gate = budgets(run_cap("10"))
    gate.begin("run", "agent", {"node": Decimal(8)})

    ruling = await gate.reserve(wish())

    assert (ruling.action, ruling.model, ruling.estimate_usd) == ("degrade", "cheap", Decimal("0.1"))


LADDER = ("dear", "mystery", "less", "cheap")


@pytest.mark.parametrize(
    ("ladder", "asked", "used"),
    [
        (LADDER, "dear", "less"),
        (LADDER, "less", "cheap"),
        (("dear", "bulky", "cheap"), "dear", "cheap"),
        (("dear", "mystery"), "dear", "dear"),
    ],
)
async def test_a_degraded_call_goes_down_the_ladder_until_a_model_is_cheaper(
    ladder: tuple[str, ...], asked: str, used: str
) -> None:
    less = ModelPrice(input_per_million=Decimal(5), output_per_million=Decimal(5))
    policy = BudgetPolicy(caps=(run_cap("10"),), ladder=ladder, prices={**PRICES, "less": less})
    gate = LocalBudgets(
        policy, pricing=lambda model, *tokens: long_is_dear(*tokens) if model == "bulky" else None
    )
    gate.begin("run", "agent", {"node": Decimal(8)})

    ruling = await gate.reserve(wish(asked))

    assert ruling is not None
    assert ruling.model == used
    assert ruling.action == ("allow" if used == asked else "degrade")


def long_is_dear(input_tokens: int, output_tokens: int) -> Decimal:
    """Price long requests as more than the dear model does, and short ones as less."""
    return Decimal(input_tokens + output_tokens) / 1_000_000 * (5 if input_tokens < 10_000 else 50)


async def test_where_no_model_is_cheaper_the_call_is_allowed_as_it_is() -> None:
    gate = budgets(run_cap("10"))
    gate.begin("run", "agent", {"node": Decimal(8)})

    last = await gate.reserve(wish("cheap"))
    ruled_on = await gate.reserve(wish("dear", is_settled_on=True))

    assert (last.action, last.model) == ("allow", "cheap")
    assert (ruled_on.action, ruled_on.model) == ("allow", "dear")


async def test_near_the_limit_calls_wait() -> None:
    gate = budgets(run_cap("10"))
    gate.begin("run", "agent", {"node": Decimal("9.5")})

    ruling = await gate.reserve(wish(tokens=10_000))

    assert (ruling.action, ruling.wait_s, ruling.model) == ("throttle", 2.0, "dear")


async def test_a_model_without_a_price_is_blocked_with_the_reason() -> None:
    ruling = await budgets(run_cap("10")).reserve(wish("mystery"))

    assert ruling.action == "block"
    assert ruling.reason == "The price of 'mystery' is unknown; put it under 'prices' in the budget policy"


@pytest.mark.parametrize(
    ("cap", "other"),
    [
        (Cap(scope=Scope.RUN, limit_usd=Decimal(1)), {"run_id": "other"}),
        (Cap(scope=Scope.NODE, limit_usd=Decimal(1)), {"node_id": "other"}),
        (Cap(scope=Scope.NODE, limit_usd=Decimal(1)), {"run_id": "other"}),
        (Cap(scope=Scope.NODE, limit_usd=Decimal(1), name="node"), {"node_id": "other"}),
        (Cap(scope=Scope.AGENT, limit_usd=Decimal(1)), {"agent": "other"}),
    ],
)
async def test_a_cap_bounds_its_own_and_nobody_else(cap: Cap, other: dict[str, str]) -> None:
    gate = budgets(cap)
    await gate.reserve(wish())

    assert (await gate.reserve(wish())).action == "block"
    assert (await gate.reserve(wish(**other))).action == "allow"


async def test_an_agent_cap_counts_all_its_runs_and_what_was_spent_before() -> None:
    gate = budgets(
        Cap(scope=Scope.AGENT, limit_usd=Decimal(10)), agent_spent={"agent": Decimal("6.5")}, ladder=()
    )

    rulings = [await gate.reserve(wish(run_id=f"run {number}")) for number in range(4)]

    assert [ruling.action for ruling in rulings] == ["allow", "allow", "allow", "block"]


async def spend(gate: LocalBudgets, rng: random.Random, spent: list[Decimal]) -> None:
    """Make calls as a branch does: reserve, work for a while, settle with at most what was reserved."""
    for _ in range(4):
        ruling = await gate.reserve(wish(rng.choice(["dear", "cheap"]), rng.randint(1, 60_000)))
        if ruling.action == "block":
            return
        for _ in range(rng.randint(0, 3)):
            await asyncio.sleep(0)
        assert ruling.estimate_usd is not None
        cost = rng.choice([Decimal(0), ruling.estimate_usd / 2, ruling.estimate_usd, None])
        spent.append(ruling.estimate_usd if cost is None else cost)
        await gate.settle(ruling.reservation, cost)


@pytest.mark.parametrize("seed", range(SCHEDULES))
async def test_64_branches_never_overspend_together(seed: int) -> None:
    rng = random.Random(seed)
    limit = Decimal(rng.randint(1, 20))
    gate = budgets(Cap(scope=Scope.RUN, limit_usd=limit))
    spent: list[Decimal] = []

    async with asyncio.TaskGroup() as group:
        for _ in range(64):
            group.create_task(spend(gate, rng, spent))

    assert sum(spent) <= limit
    assert gate.spent(Scope.RUN, "run") == sum(spent)


async def test_a_policy_without_a_cap_bounds_nothing() -> None:
    ruling = await budgets().reserve(wish("mystery"))

    assert (ruling.action, ruling.estimate_usd, ruling.reservation) == ("allow", None, 0)
    await budgets().settle(ruling.reservation, None)
