"""Every decision of the gate against a second telling of the rule, in whole fractions of a cent."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from framework.loop.budget import BudgetPolicy, Cap, LocalBudgets, ModelPrice, Scope, SpendRequest

EXAMPLES = max(1, int(os.environ.get("HIVE_BUDGET_EXAMPLES", "500")) // 10)
STEPS = 20
"""Steps of one example: calls that begin, and calls that end."""

PER_TOKEN = {"dear": 7, "middle": 3, "cheap": 1}
LADDER = ["dear", "unpriced", "middle", "cheap"]
UNIT = Decimal("0.000001")
"""A token of the cheap model costs this many dollars."""


@dataclass
class Teller:
    """Tells in whole numbers what the gate must say."""

    caps: list[tuple[str, str, int]]
    used: dict[tuple[str, ...], int] = field(default_factory=dict)

    def limits(self, run: str, node: str, agent: str) -> dict[tuple[str, ...], int]:
        keys = {"run": ("run", run), "node": ("node", run, node), "agent": ("agent", agent)}
        named = {"run": run, "node": node, "agent": agent}
        found: dict[tuple[str, ...], int] = {}
        for scope, name, limit in self.caps:
            if scope == "run" or name in {"", named[scope]}:
                found[keys[scope]] = min(limit, found.get(keys[scope], limit))
        return found

    def word(self, limits: dict[tuple[str, ...], int], estimate: int) -> str:
        used = [(self.used.get(key, 0), limit) for key, limit in limits.items()]
        if any(spent + estimate > limit for spent, limit in used):
            return "block"
        if any(spent * 100 >= limit * 95 and limit for spent, limit in used):
            return "throttle"
        if any(spent * 100 >= limit * 80 and limit for spent, limit in used):
            return "degrade"
        return "allow"

    def told(self, limits: dict[tuple[str, ...], int], model: str, tokens: int) -> tuple[str, str, int]:
        """Return the action, the model and the estimate."""
        if not limits:
            return "allow", model, 0
        if model not in PER_TOKEN:
            return "block", model, 0
        estimate = PER_TOKEN[model] * tokens
        word = self.word(limits, estimate)
        if word != "degrade":
            return word, model, estimate
        for lower in LADDER[LADDER.index(model) + 1 :]:
            less = PER_TOKEN.get(lower, 0) * tokens
            if lower in PER_TOKEN and less < estimate and self.word(limits, less) != "block":
                return "degrade", lower, less
        return "allow", model, estimate

    def add(self, limits: dict[tuple[str, ...], int], amount: int) -> None:
        for key in limits:
            self.used[key] = self.used.get(key, 0) + amount


caps = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.just(""), st.integers(0, 20_000)),
        st.tuples(st.just("node"), st.sampled_from(["", "a"]), st.integers(0, 10_000)),
        st.tuples(st.just("agent"), st.sampled_from(["", "x"]), st.integers(0, 40_000)),
    ),
    max_size=4,
)
calls = st.tuples(
    st.sampled_from(["r1", "r2"]), st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"]),
    st.sampled_from(LADDER), st.integers(0, 2_000),
)  # fmt: skip
ends = st.tuples(st.integers(0, STEPS), st.sampled_from(["all", "half", "nothing", "unknown"]))


def gate_of(limits: list[tuple[str, str, int]]) -> LocalBudgets:
    prices = {
        model: ModelPrice(input_per_million=Decimal(price), output_per_million=Decimal(price))
        for model, price in PER_TOKEN.items()
    }
    known = tuple(Cap(scope=Scope(scope), name=name, limit_usd=limit * UNIT) for scope, name, limit in limits)
    return LocalBudgets(BudgetPolicy(caps=known, ladder=tuple(LADDER), prices=prices))


async def said_and_told(limits: list[tuple[str, str, int]], steps: list[Any]) -> tuple[list[Any], list[Any]]:
    """Do the steps with the gate and with the teller; return what each says of every call."""
    said: list[Any] = []
    told: list[Any] = []
    gate, teller = gate_of(limits), Teller(limits)
    open_calls: list[tuple[int, dict[tuple[str, ...], int], int]] = []
    for step in steps:
        if len(step) == 2:
            await ended(gate, teller, open_calls, step)
            continue
        run, node, agent, model, tokens = step
        concerned = teller.limits(run, node, agent)
        action, used, estimate = teller.told(concerned, model, tokens)
        ruling = await gate.reserve(
            SpendRequest(
                run_id=run, node_id=node, agent=agent, lane_id="m", model=model,
                input_tokens=tokens // 2, output_tokens=tokens - tokens // 2,
            )
        )  # fmt: skip
        said.append((ruling.action, ruling.model, ruling.estimate_usd or 0))
        told.append((action, used, estimate * UNIT))
        if ruling.reservation:
            teller.add(concerned, estimate)
            open_calls.append((ruling.reservation, concerned, estimate))
        for key, limit in concerned.items():
            assert teller.used.get(key, 0) <= limit
    return said, told


async def ended(gate: LocalBudgets, teller: Teller, open_calls: list[Any], step: tuple[int, str]) -> None:
    if not open_calls:
        return
    number, concerned, estimate = open_calls.pop(step[0] % len(open_calls))
    paid = {"all": estimate, "half": estimate // 2, "nothing": 0, "unknown": None}[step[1]]
    counted = await gate.settle(number, None if paid is None else paid * UNIT)
    assert counted == (estimate if paid is None else paid) * UNIT
    teller.add(concerned, 0 if paid is None else paid - estimate)


@settings(max_examples=EXAMPLES, deadline=None)
@given(caps, st.lists(st.one_of(calls, calls, ends), min_size=STEPS, max_size=STEPS))
def test_every_decision_is_the_one_that_whole_numbers_give(
    limits: list[tuple[str, str, int]], steps: list[Any]
) -> None:
    said, told = asyncio.run(said_and_told(limits, steps))

    assert said == told
