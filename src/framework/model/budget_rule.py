"""The rule of a budget: what becomes of a call, given what is spent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

THROTTLE_FROM = Decimal("0.95")
"""Share of the limit from which calls are slowed down."""

DEGRADE_FROM = Decimal("0.80")
"""Share of the limit from which calls go to a cheaper model."""

THROTTLE_DELAY_MS = 2000


class Action(StrEnum):
    """What a budget says of one call, the mildest first."""

    ALLOW = "allow"
    DEGRADE = "degrade"
    THROTTLE = "throttle"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """What the rule says; ``delay_ms`` comes with a throttle, ``degraded_model`` with a degradation."""

    action: Action
    reason: str
    delay_ms: int | None = None
    degraded_model: str | None = None


def check_budget(
    current_spend: Decimal, budget_limit: Decimal, requested_model: str, estimated_cost: Decimal
) -> BudgetCheck:
    """Return what becomes of a call that would cost ``estimated_cost``.

    A call that would pass the limit is blocked; one that comes to it exactly is
    not. Otherwise calls are slowed down once 95 % of the limit is spent, and go
    to a cheaper model once 80 % is.

    Args:
        current_spend: US dollars spent and reserved so far.
        budget_limit: US dollars that may be spent in all.
        requested_model: the model that was asked for.
        estimated_cost: US dollars the call may cost at most.
    """
    if current_spend + estimated_cost > budget_limit:
        return BudgetCheck(Action.BLOCK, "Budget limit exceeded")
    if _has_used(current_spend, budget_limit, THROTTLE_FROM):
        return BudgetCheck(Action.THROTTLE, "Budget usage critical (>=95%)", delay_ms=THROTTLE_DELAY_MS)
    if _has_used(current_spend, budget_limit, DEGRADE_FROM):
        cheaper = "gpt-4o-mini" if "gpt-4" in requested_model else "claude-3-haiku"
        return BudgetCheck(Action.DEGRADE, "Budget usage high (>=80%)", degraded_model=cheaper)
    return BudgetCheck(Action.ALLOW, "Budget within safe limits")


def amount_text(amount: Decimal) -> str:
    """Return an amount as the journal keeps it and messages show it: exact, without an exponent."""
    return f"{amount.normalize():f}"


def _has_used(spend: Decimal, limit: Decimal, share: Decimal) -> bool:
    """Whether ``spend`` is this share of ``limit``; a limit of 0 is used once anything is spent."""
    return spend > 0 if limit == 0 else spend / limit >= share
