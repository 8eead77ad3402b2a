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
_ASKED_FROM = Decimal("0.05")
_HUNDRED = Decimal(100)
_CHEAPER = (("gpt-4", "gpt-4o-mini"), ("claude", "claude-3-haiku"))


class UsedModel(NamedTuple):
    """A model that the team used."""

    provider: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalBudget:
    """What a team may spend in a month, and what happens then."""

    limit: Decimal
    limit_action: LimitAction
    degrade_to_model: str | None = None
    degrade_to_provider: str | None = None

    @classmethod
    def of_wish(cls, wish: GlobalBudgetWish) -> GlobalBudget:
        """Return the budget that somebody wants."""
        return cls(
            limit=Decimal(wish.limit),
            limit_action="alert" if wish.limitAction == "notify" else wish.limitAction,
            degrade_to_model=wish.degradeToModel,
            degrade_to_provider=wish.degradeToProvider,
        )


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
    """Return the policy with what a person wants otherwise."""
    name = wish.name if "name" in wish.model_fields_set and wish.name else policy.name
    budget = policy.budget
    if "budget" in wish.model_fields_set:
        budget = None if wish.budget is None else GlobalBudget.of_wish(wish.budget)
    return Policy(
        team_id=policy.team_id,
        version=version_of(name, budget, now),
        name=name,
        created_at=policy.created_at,
        updated_at=now,
        updated_by=by,
        budget=budget,
    )


def document_of(
    policy: Policy, spent: Decimal, models: Sequence[UsedModel], *, is_for_sdk: bool
) -> PolicyDocument:
    """Return the policy as it is shown.

    An SDK asks the server before a call only once 5 % of a limit are spent, so it
    is told at least that; people are told the true figure.
    """
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
            "budgets": [_budget(budget, max(spent, budget.limit * _ASKED_FROM) if is_for_sdk else spent)],
            "throttles": _throttles(budget, spent),
            "blocks": _blocks(budget),
            "degradations": _degradations(budget, models),
        }
    )


def answer_of(policy: Policy, question: BudgetQuestion, spent: Decimal, last_model: str) -> BudgetAnswer:
    """Return what an SDK is told that asks before a call.

    What is spent is the larger of the figures of both sides: neither has seen everything yet. The one budget
    is over everything, so it holds whatever id an SDK names.
    """
    budget = policy.budget
    spend = max(spent, Decimal(question.local_spend))
    estimated = Decimal(question.estimated_cost)
    if budget is None:
        return _answer(policy, spend, estimated, (Action.ALLOW, "No budget is set.", None))
    check = check_budget(spend, budget.limit, last_model, estimated)
    return _answer(policy, spend, estimated, _told(budget, check, last_model), budget)


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
    return [Block(reason="Budget limit exceeded: the limit is 0.")]


def _throttles(budget: GlobalBudget, spent: Decimal) -> list[Throttle]:
    """How long to wait does not travel in an answer, only in the policy."""
    is_slowed = budget.limit_action in {"kill", "throttle"} and spent >= budget.limit * THROTTLE_FROM
    return [Throttle(delay_ms=THROTTLE_DELAY_MS)] if is_slowed and budget.limit > 0 else []


def _degradations(budget: GlobalBudget, models: Sequence[UsedModel]) -> list[Degradation]:
    if budget.degrade_to_model is None or budget.limit_action == "alert":
        return []
    return [
        Degradation(
            provider=used.provider,
            from_model=used.model,
            to_model=budget.degrade_to_model,
            trigger="budget_threshold",
            threshold_percent=float(DEGRADE_FROM * _HUNDRED),
        )
        for used in models
        if used.model != budget.degrade_to_model
    ]


def _told(budget: GlobalBudget, check: BudgetCheck, last_model: str) -> tuple[str, str, str | None]:
    """Return action, reason and the model to take instead, as this budget wants its limit kept."""
    if budget.limit_action == "alert":
        return Action.ALLOW, f"{check.reason}; this budget only tells.", None
    cheaper = budget.degrade_to_model or _cheaper(last_model)
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


def _cheaper(model: str) -> str | None:
    """Return a cheaper model of the same provider; none where that is not known to be one."""
    return next((cheaper for part, cheaper in _CHEAPER if part in model and model != cheaper), None)


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
            "usage_percent": _percent(spend, limit),
            "projected_percent": _percent(spend + estimated, limit),
            "policy_version": policy.version,
            "updated_spend": spend,
            "degrade_to_model": cheaper,
            "degrade_to_provider": budget.degrade_to_provider if budget and cheaper else None,
            "restricting_budget_id": BUDGET_ID if restricts else None,
            "restricting_budget_name": _BUDGET_NAME if restricts else None,
            "budgets_checked": checked,
        }
    )


def _percent(spend: Decimal, limit: Decimal) -> float:
    if limit == 0:
        return 0.0 if spend == 0 else 100.0
    return float(spend / limit * _HUNDRED)
