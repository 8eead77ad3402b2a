"""Runs of one runner share what they may spend."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.credentials import MemoryCredentials
from framework.errors import ProviderError
from framework.llm.stream import FinishEvent, ToolCallEvent
from framework.loop.budget import BudgetPolicy, Cap, Scope
from framework.runner import AgentRunner
from framework.runner.budgets import budgets_of, spent_before
from framework.runtime.fork import Fork, fork_run
from tests.support.budget_bench import ENOUGH, RUN, Bench, done, one_node
from tests.support.printed_packages import MODEL_AGENT, write_package

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from framework.llm.base import ModelRequest
    from framework.llm.stream import StreamEvent

POLICY = BudgetPolicy.model_validate(
    {
        "caps": [{"scope": "agent", "limit_usd": "1.00"}],
        "prices": {"model": {"input_per_million": "0", "output_per_million": "146.4"}},
    }
)


class Costly:
    """Answers after a moment, with all the tokens it may, and knows what it was paid."""

    model = "model"

    def __init__(self) -> None:
        self.paid = Decimal(0)

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        assert request.max_tokens is not None
        cost = request.max_tokens * Decimal("146.4") / 1_000_000
        self.paid += cost
        await asyncio.sleep(0.05)
        yield ToolCallEvent("c", "set_output", {"key": "search_results", "value": "v"}, None)
        yield FinishEvent(
            stop_reason="tool_calls", input_tokens=0, output_tokens=request.max_tokens, cached_tokens=0,
            model=self.model, cost_usd=cost,
        )  # fmt: skip


def test_the_first_runs_at_once_spend_no_more_than_the_cap(tmp_path: Path) -> None:
    llm = Costly()
    runner = AgentRunner.load(
        write_package(tmp_path, "librarian", MODEL_AGENT),
        storage_path=tmp_path / "runs",
        llm=llm,
        credentials=MemoryCredentials({}),
        budget=POLICY,
    )

    async def several() -> None:
        await asyncio.gather(*(runner.run({"query": "a"}) for _ in range(4)))

    for _ in range(2):  # A runner may be used in one event loop after the other.
        asyncio.run(several())
        assert 0 < llm.paid <= 1


LOST = ProviderError("The connection broke off.", retryable=True)


@pytest.mark.parametrize(
    ("kind", "nth", "spent"),
    [
        ("budget_ruled", 1, "0"),
        ("model_requested", 1, "1"),
        ("budget_settled", 1, "1"),
        ("budget_ruled_again", 1, "2"),
        ("model_answered", 1, "1.5"),
        ("model_requested", 2, "2.5"),
        ("run_finished", 1, "2.5"),
    ],
)
async def test_what_an_agent_spent_before_includes_what_interrupted_runs_may_have_spent(
    kind: str, nth: int, spent: str
) -> None:
    bench = Bench("10", [LOST, done(cost="0.5"), ENOUGH])
    await bench.run(one_node())

    assert await spent_before(await bench.killed(kind, nth), "g") == Decimal(spent)


async def test_an_interrupted_run_that_is_carried_on_is_counted_once() -> None:
    first = Bench("10", [done(cost="0.5"), ENOUGH])
    await first.run(one_node())
    second = Bench("10", [done(cost="0.5"), ENOUGH])
    await second.resume(await first.killed("model_requested"), one_node())

    assert await spent_before(second.journal, "g") == second.spent() == Decimal("2.5")


async def test_what_a_fork_shares_was_paid_by_the_other_run() -> None:
    bench = Bench("10", [done(cost="0.5"), ENOUGH])
    await bench.run(one_node())
    lines = await bench.journal.read(RUN)
    at = next(n for n, line in enumerate(lines, 1) if b"model_requested" in line)
    await fork_run(bench.journal, RUN, Fork(at_seq=at, run_id="fork"))
    other = Bench("10", [done(cost="0.25"), ENOUGH])
    other.journal = bench.journal

    assert await spent_before(bench.journal, "g") == Decimal("1.5")
    await other.executor().execute(one_node(), session_state={"run_id": "fork"})
    assert await spent_before(bench.journal, "g") == Decimal("1.5") + Decimal("1.25")


async def test_a_new_runner_of_an_agent_begins_with_what_is_open() -> None:
    bench = Bench("10", [done(cost="0.5"), ENOUGH])
    await bench.run(one_node())
    policy = BudgetPolicy(caps=(Cap(scope=Scope.AGENT, limit_usd=Decimal(5)),))

    gate = await budgets_of(policy, agent="g", journal=await bench.killed("model_requested"))

    assert gate.spent(Scope.AGENT, "g") == 1


async def test_what_other_agents_spent_in_the_same_folder_is_theirs() -> None:
    bench = Bench("10", [done(cost="0.5"), ENOUGH])
    await bench.run(one_node())

    assert await spent_before(bench.journal, "g") == Decimal("1.5")
    assert await spent_before(bench.journal, "other") == 0
