"""Runs of one runner share what they may spend."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from framework.credentials import MemoryCredentials
from framework.llm.stream import FinishEvent, ToolCallEvent
from framework.loop.budget import BudgetPolicy
from framework.runner import AgentRunner
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
