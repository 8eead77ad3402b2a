"""The ledger: what the model calls of a run cost, and what those may have cost whose end nobody saw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from framework.model import events as ev
from framework.model.budget_rule import Action

if TYPE_CHECKING:
    from framework.model.events import Event

GOAL = "goal"
"""Purpose of the model calls that measure a goal; they stand for no node."""

NO_ANSWER = "no_answer"
"""Stop reason of a call outside the conversation that failed; its text says why."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is reserved for the call of a lane; ``is_made`` once the call may have been made."""

    amount: Decimal
    payer: str
    is_made: bool


class Ledger:
    """Counts US dollars, event by event.

    An answer costs its price. A call without a price costs what ``budget_settled`` says, and one that
    was interrupted all that was reserved for it.

    Attributes:
        spend: US dollars spent, by node; ``goal`` stands for measuring the goal.
    """

    __slots__ = ("_held", "spend")

    def __init__(self) -> None:
        """Start with nothing spent."""
        self.spend: dict[str, Decimal] = {}
        self._held: dict[str, _Held] = {}

    @property
    def most(self) -> Decimal:
        """US dollars spent at most: with all that calls under way, or interrupted, may cost."""
        open_calls = [held.amount for held in self._held.values() if held.is_made]
        return sum([*self.spend.values(), *open_calls], Decimal(0))

    def note(self, lane_id: str, event: Event, node_id: str = "") -> None:
        """Count an event of a lane that stands at a node; events that cost nothing change nothing."""
        match event:
            case ev.BudgetRuled():
                self._hold(lane_id, event, node_id, is_made=False)
            case ev.BudgetRuledAgain():
                known = self._held.get(lane_id)
                self._hold(lane_id, event, known.payer if known else node_id, is_made=True)
            case ev.ModelRequested():
                self._requested(lane_id, _payer(event, node_id))
            case ev.BudgetSettled():
                known = self._held.pop(lane_id, None)
                self._pay(known.payer if known else node_id, Decimal(event.cost_usd))
            case ev.ModelAnswered():
                self._answered(lane_id, event, _payer(event, node_id))
            case ev.RunResumed():
                self._resumed()
            case _:
                pass

    def _hold(
        self, lane_id: str, event: ev.BudgetRuled | ev.BudgetRuledAgain, payer: str, *, is_made: bool
    ) -> None:
        self._held.pop(lane_id, None)
        if event.action != Action.BLOCK and event.estimate_usd:
            self._held[lane_id] = _Held(Decimal(event.estimate_usd), payer, is_made)

    def _requested(self, lane_id: str, payer: str) -> None:
        held = self._held.get(lane_id)
        if held is not None:
            self._held[lane_id] = replace(held, payer=payer, is_made=True)

    def _answered(self, lane_id: str, event: ev.ModelAnswered, payer: str) -> None:
        held = self._held.pop(lane_id, None)
        if event.stop_reason == NO_ANSWER:
            return
        if event.cost_usd:
            self._pay(payer, Decimal(event.cost_usd))
        elif held is not None:
            self._pay(payer, held.amount)

    def _resumed(self) -> None:
        """Count all calls that were under way: nobody knows what became of them."""
        interrupted = [held for held in self._held.values() if held.is_made]
        self._held.clear()
        for held in interrupted:
            self._pay(held.payer, held.amount)

    def _pay(self, payer: str, amount: Decimal) -> None:
        if amount:
            self.spend[payer] = self.spend.get(payer, Decimal(0)) + amount


def _payer(event: ev.ModelRequested | ev.ModelAnswered, node_id: str) -> str:
    return GOAL if event.purpose == GOAL else node_id
