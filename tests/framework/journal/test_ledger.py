"""The ledger: every call is counted once, with its price or with the most it may have cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.journal.ledger import GOAL, NO_ANSWER, Ledger
from framework.model import events as ev
from tests.support.event_samples import answer, asked, node_finished, value

if TYPE_CHECKING:
    from framework.model.events import Event

RULED = ev.BudgetRuled(action="allow", reason="", estimate_usd="2", model="m")
BLOCKED = ev.BudgetRuled(action="block", reason="", estimate_usd="2", model="m")
AGAIN = ev.BudgetRuledAgain(action="throttle", reason="", estimate_usd="3", model="m")
BLOCKED_AGAIN = ev.BudgetRuledAgain(action="block", reason="", estimate_usd="3", model="m")
RESUMED = ev.RunResumed(reason="")
SETTLED = ev.BudgetSettled(cost_usd="1.5")
PAID = answer("a", cost_usd="0.5")
UNPAID = answer("a", cost_usd=None)


def ledger_of(*events: Event) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.note("m", event, "n")
    return ledger


@pytest.mark.parametrize(
    ("events", "spent", "most"),
    [
        ((), "0", "0"),
        ((RULED,), "0", "0"),
        ((RULED, asked()), "0", "2"),
        ((RULED, asked(), PAID), "0.5", "0.5"),
        ((RULED, asked(), UNPAID), "2", "2"),
        ((asked(), PAID), "0.5", "0.5"),
        ((asked(), UNPAID), "0", "0"),
        ((RULED, asked(), SETTLED, UNPAID), "1.5", "1.5"),
        ((RULED, asked(), SETTLED, AGAIN), "1.5", "4.5"),
        ((RULED, asked(), SETTLED, AGAIN, PAID), "2", "2"),
        ((RULED, asked(), SETTLED, BLOCKED_AGAIN, node_finished("n")), "1.5", "1.5"),
        ((RULED, asked(), RESUMED), "2", "2"),
        ((RULED, asked(), RESUMED, RESUMED), "2", "2"),
        ((RULED, asked(), RESUMED, AGAIN, RESUMED, AGAIN, PAID), "5.5", "5.5"),
        ((RULED, RESUMED, asked(), AGAIN, PAID), "0.5", "0.5"),
        ((asked(), RESUMED, AGAIN), "0", "3"),
        ((BLOCKED, RESUMED), "0", "0"),
    ],
)
def test_every_call_is_counted_once(events: tuple[Event, ...], spent: str, most: str) -> None:
    ledger = ledger_of(*events)

    assert sum(ledger.spend.values()) == Decimal(spent)
    assert ledger.most == Decimal(most)


def test_a_failed_call_outside_the_conversation_costs_what_was_settled() -> None:
    unanswered = ev.ModelAnswered(purpose="judge", model="m", text=value("down"), stop_reason=NO_ANSWER)

    assert ledger_of(RULED, asked(), SETTLED, unanswered).spend == {"n": Decimal("1.5")}


def test_measuring_the_goal_stands_for_no_node() -> None:
    request = ev.ModelRequested(
        purpose=GOAL, model="m", head="", system=value(""), tools=value([]), prompt=value("?")
    )

    assert ledger_of(RULED, request, RESUMED).spend == {GOAL: Decimal(2)}
    assert ledger_of(RULED, request, SETTLED).spend == {GOAL: Decimal("1.5")}
    assert ledger_of(RULED, request, AGAIN, RESUMED).spend == {GOAL: Decimal(3)}


def test_lanes_are_counted_apart() -> None:
    ledger = Ledger()
    for lane, event in [("a", RULED), ("b", RULED), ("a", asked()), ("b", asked()), ("a", PAID)]:
        ledger.note(lane, event, lane)

    assert (ledger.spend, ledger.most) == ({"a": Decimal("0.5")}, Decimal("2.5"))
