"""The policy of a team and what its budget says of a call, in the shapes that SDKs read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from framework.model.budget_rule import (
    DEGRADE_FROM,
    THROTTLE_DELAY_MS,
    THROTTLE_FROM,
    Action,
    BudgetCheck,
    check_budget,
)
from hive.control.domain.ids import TeamId
from hive.errors import RefusedInputError
from hive.protocol.budget import BudgetAnswer, BudgetQuestion
from hive.protocol.policy import (
    Block,
    BudgetPolicy,
    Degradation,
    GlobalBudgetWish,
    LimitAction,
    PolicyDocument,
    PolicyWish,
    Throttle,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "default"
"""The id of the policy that counts where none is named."""

BUDGET_ID = "global"
"""The id of the one budget over everything a team spends."""

_BUDGET_NAME = "Everything the team spends"
_NOTHING_MAY_BE_SPENT = "Budget limit exceeded: the limit is 0."
_ASKED_FROM = Decimal("0.05")
_HUNDRED = Decimal(100)


class UsedModel(NamedTuple):
    """A model that the team used.

    Attributes:
        cheaper: one of the same provider that costs less; None where nobody knows one.
    """

    provider: str
    model: str
    cheaper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalBudget:
    """What a team may spend in a month, and what happens then."""

    limit: Decimal
    limit_action: LimitAction
    degrade_to_model: str | None = None
    degrade_to_provider: str | None = None

    def merged(self, wish: GlobalBudgetWish) -> GlobalBudget:
        """Return the budget with what somebody wants otherwise; what they left out stays."""
        said = wish.model_fields_set
        return GlobalBudget(
            limit=Decimal(wish.limit) if "limit" in said else self.limit,
            limit_action=_action(wish) if "limitAction" in said else self.limit_action,
            degrade_to_model=wish.degradeToModel if "degradeToModel" in said else self.degrade_to_model,
            degrade_to_provider=(
                wish.degradeToProvider if "degradeToProvider" in said else self.degrade_to_provider
            ),
        )


_NEW_BUDGET = GlobalBudget(limit=Decimal(0), limit_action="kill")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a team wants, without what it spent."""

    team_id: TeamId
    version: str
    name: str
    created_at: datetime
    updated_at: datetime
    updated_by: str | None = None
    budget: GlobalBudget | None = None


def version_of(name: str, budget: GlobalBudget | None, updated_at: datetime) -> str:
    """Return the eight hexadecimal digits that change with everything in a policy."""
    return sha256(f"{name}\0{budget!r}\0{updated_at.isoformat()}".encode()).hexdigest()[:8]


def changed(policy: Policy, wish: PolicyWish, now: datetime, by: str) -> Policy:
    """Return the policy with what a person wants otherwise; the same one where nothing would be.

    Raises:
        RefusedInputError: if the team has no budget yet, and the one that is wanted has no limit.
    """
    name = wish.name or policy.name
    budget = policy.budget
    if "budget" in wish.model_fields_set:
        budget = None if wish.budget is None else _wanted(policy.budget, wish.budget)
    if (name, budget) == (policy.name, policy.budget):
        return policy
    return Policy(
        team_id=policy.team_id,
        version=version_of(name, budget, now),
        name=name,
        created_at=policy.created_at,
        updated_at=now,
        updated_by=by,
        budget=budget,
    )


def _wanted(budget: GlobalBudget | None, wish: GlobalBudgetWish) -> GlobalBudget:
    if budget is None and "limit" not in wish.model_fields_set:
        raise RefusedInputError("The team has no budget yet; a new one needs its limit (budget.limit).")
    return (budget or _NEW_BUDGET).merged(wish)


def _action(wish: GlobalBudgetWish) -> LimitAction:
    return "alert" if wish.limitAction == "notify" else wish.limitAction


def document_of(
    policy: Policy, spent: Decimal, models: Sequence[UsedModel], *, is_for_sdk: bool
) -> PolicyDocument:
    """Return the policy as it is shown: people are told the true figure, and SDKs that of ``told_of``."""
    budget = policy.budget
    shown = PolicyDocument(
        id=DEFAULT,
        team_id=str(policy.team_id),
        name=policy.name,
        version=policy.version,
        created_at=policy.created_at,
        updated_at=policy.updated_at,
        updated_by=policy.updated_by,
    )
    if budget is None:
        return shown
    return shown.model_copy(
        update={
            "budgets": [_budget(budget, told_of(budget, spent) if is_for_sdk else spent)],
            "throttles": _throttles(budget, spent),
            "blocks": _blocks(budget),
            "degradations": _degradations(budget, models),
        }
    )


def answer_of(policy: Policy, question: BudgetQuestion, spent: Decimal, cheaper: str | None) -> BudgetAnswer:
    """Return what an SDK is told that asks before a call.

    The one budget is over everything, so it holds whatever id an SDK names.

    Args:
        policy: of the team.
        question: of the SDK.
        spent: the larger of what is stored and what the SDK reckons: neither has seen everything yet.
        cheaper: a model that costs less than the one it used last; None where nobody knows one.
    """
    budget = policy.budget
    estimated = Decimal(question.estimated_cost)
    if budget is None:
        return _answer(policy, spent, estimated, (Action.ALLOW, "No budget is set.", None))
    check = check_budget(spent, budget.limit, "", estimated)
    return _answer(policy, spent, estimated, _told(budget, check, cheaper), budget)


def told_of(budget: GlobalBudget, spent: Decimal) -> Decimal:
    """Return the figure that an SDK is told: it asks before a call only once 5 % of a limit are spent."""
    return max(spent, budget.limit * _ASKED_FROM)


def _budget(budget: GlobalBudget, spent: Decimal) -> BudgetPolicy:
    return BudgetPolicy(
        id=BUDGET_ID,
        name=_BUDGET_NAME,
        type="global",
        limit=budget.limit,
        spent=spent,
        limitAction=budget.limit_action,
        degradeToModel=budget.degrade_to_model,
        degradeToProvider=budget.degrade_to_provider,
    )


def _blocks(budget: GlobalBudget) -> list[Block]:
    """SDKs read a limit of 0 as no limit; only a rule of its own makes it one."""
    if budget.limit > 0 or budget.limit_action == "alert":
        return []
    return [Block(reason=_NOTHING_MAY_BE_SPENT)]


def _throttles(budget: GlobalBudget, spent: Decimal) -> list[Throttle]:
    """How long to wait does not travel in an answer, only in the policy."""
    is_slowed = budget.limit_action in {"kill", "throttle"} and spent >= budget.limit * THROTTLE_FROM
    return [Throttle(delay_ms=THROTTLE_DELAY_MS)] if is_slowed and budget.limit > 0 else []


def _degradations(budget: GlobalBudget, models: Sequence[UsedModel]) -> list[Degradation]:
    if budget.limit_action == "alert":
        return []
    return [
        Degradation(
            provider=used.provider,
            from_model=used.model,
            to_model=cheaper,
            trigger="budget_threshold",
            threshold_percent=float(DEGRADE_FROM * _HUNDRED),
        )
        for used in models
        if (cheaper := budget.degrade_to_model or used.cheaper) and cheaper != used.model
    ]


def _told(budget: GlobalBudget, check: BudgetCheck, cheaper: str | None) -> tuple[str, str, str | None]:
    """Return action, reason and the model to take instead, as this budget wants its limit kept."""
    if budget.limit_action == "alert":
        return Action.ALLOW, f"{check.reason}; this budget only tells.", None
    cheaper = budget.degrade_to_model or cheaper
    if budget.limit == 0:
        return Action.BLOCK, _NOTHING_MAY_BE_SPENT, None
    match check.action:
        case Action.BLOCK:
            return _at_limit(budget, check.reason, cheaper)
        case Action.THROTTLE if budget.limit_action != "degrade" or cheaper is None:
            return Action.THROTTLE, check.reason, None
        case Action.THROTTLE | Action.DEGRADE if cheaper is not None:
            return Action.DEGRADE, check.reason, cheaper
        case _:
            return Action.ALLOW, check.reason, None


def _at_limit(budget: GlobalBudget, reason: str, cheaper: str | None) -> tuple[str, str, str | None]:
    match budget.limit_action:
        case "throttle":
            return Action.THROTTLE, reason, None
        case "degrade" if cheaper is not None:
            return Action.DEGRADE, reason, cheaper
        case _:
            return Action.BLOCK, reason, None


def _answer(
    policy: Policy,
    spend: Decimal,
    estimated: Decimal,
    told: tuple[str, str, str | None],
    budget: GlobalBudget | None = None,
) -> BudgetAnswer:
    action, reason, cheaper = told
    limit = Decimal(0) if budget is None else budget.limit
    checked = [] if budget is None else [{"id": BUDGET_ID, "name": _BUDGET_NAME, "action": action}]
    restricts = budget is not None and action != Action.ALLOW
    return BudgetAnswer.model_validate(
        {
            "allowed": action != Action.BLOCK,
            "action": action,
            "reason": reason,
            "authoritative_spend": spend,
            "budget_limit": limit,
            "usage_percent": _percent(spend, budget),
            "projected_percent": _percent(spend + estimated, budget),
            "policy_version": policy.version,
            "updated_spend": spend if budget is None else told_of(budget, spend),
            "degrade_to_model": cheaper,
            "degrade_to_provider": _provider_of(cheaper, budget),
            "restricting_budget_id": BUDGET_ID if restricts else None,
            "restricting_budget_name": _BUDGET_NAME if restricts else None,
            "budgets_checked": checked,
        }
    )


def _provider_of(cheaper: str | None, budget: GlobalBudget | None) -> str | None:
    """Return whose model takes the place; a model that the budget does not name is of the same provider."""
    if budget is None or cheaper is None or cheaper != budget.degrade_to_model:
        return None
    return budget.degrade_to_provider


def _percent(spend: Decimal, budget: GlobalBudget | None) -> float:
    """Return how much of a budget is used: of none nothing, and of nothing all."""
    if budget is None:
        return 0.0
    return float(spend / budget.limit * _HUNDRED) if budget.limit else 100.0
