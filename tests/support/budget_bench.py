"""Runs of small graphs under a budget, with a model called ``dear`` that has a cheap one below it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries
from framework.llm.base import LLMResponse
from framework.llm.scripted import ScriptedProvider, call
from framework.loop.budget import BudgetPolicy, Cap, LocalBudgets, ModelPrice, Scope
from framework.model import events as ev
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import graph, loop_node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.llm.scripted import Answer
    from framework.model.events import Event
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport
    from framework.runtime.replay.difference import Difference

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

    async def again(self) -> list[str]:
        """Return what was ruled on other tries."""
        return [event.action for event in await self.events(ev.BudgetRuledAgain)]

    async def settled(self) -> list[str]:
        """Return what was counted for calls without a price."""
        return [event.cost_usd for event in await self.events(ev.BudgetSettled)]

    def spent(self) -> Decimal:
        """Return what the budget counts for the run."""
        return self.budgets.spent(Scope.RUN, RUN)

    async def killed(self, kind: str, nth: int = 1) -> MemoryJournal:
        """Return the journal as it stands if the process is killed after the n-th event of a kind."""
        lines = await self.journal.read(RUN)
        places = [n for n, line in enumerate(lines, 1) if f'"kind":"{kind}"'.encode() in line]
        return await self.cut(places[nth - 1])

    async def cut(self, entries: int) -> MemoryJournal:
        """Return the journal as it stands if the process is killed after so many entries."""
        lines = await self.journal.read(RUN)
        journal = MemoryJournal()
        writer = await journal.create(RUN)
        await writer.append(lines[:entries], expected=0, blobs=dict(self.journal._blobs))
        await writer.close()
        return journal

    async def resume(self, journal: MemoryJournal, spec: GraphSpec) -> Any:
        """Carry the run on that another process left in ``journal``."""
        self.journal = journal
        return await self.executor().execute(spec, session_state={"run_id": RUN})

    async def difference(self, spec: GraphSpec, run_id: str = RUN) -> Difference | None:
        """Replay a run and return where it differs first, None where it does nowhere."""
        return (await self.replayed(spec, run_id)).difference

    async def replayed(self, spec: GraphSpec, run_id: str = RUN) -> ReplayReport:
        """Replay a run."""

        def executor(parts: ReplayParts) -> GraphExecutor:
            return GraphExecutor(parts.runtime, llm=parts.llm, clock=parts.clock, budget=parts.budget)

        return await replay(await read_recording(self.journal, run_id), spec, partial(executor))
