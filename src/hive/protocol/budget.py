"""Asking before a model call whether it may be made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hive.protocol.base import Count, Text, Usd, Wire, Word


class BudgetQuestion(Wire):
    """What an SDK asks.

    Attributes:
        local_spend: what this process reckons was spent.
        context: what the call is for, where no budget is named.
    """

    budget_id: Word | None = None
    context: dict[str, Any] | None = None
    estimated_cost: Usd = 0  # pyright: ignore[reportAssignmentType]  (read as a Decimal)
    local_spend: Usd = 0  # pyright: ignore[reportAssignmentType]  (read as a Decimal)


class BudgetAnswer(Wire):
    """What an SDK is told.

    Attributes:
        updated_spend: takes the place of the SDK's own figure; never leave it out.
    """

    allowed: bool
    action: Literal["allow", "block", "degrade", "throttle"]
    reason: Text
    authoritative_spend: Usd
    budget_limit: Usd
    usage_percent: float
    projected_percent: float
    policy_version: str
    updated_spend: Usd
    degrade_to_model: Word | None = None
    degrade_to_provider: Word | None = None
    restricting_budget_id: Word | None = None
    restricting_budget_name: Word | None = None
    budgets_checked: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])


class ModelPrice(Wire):
    """US dollars for a million tokens."""

    input: float
    output: float
    cached_input: float
    aliases: list[Word] = Field(default_factory=list[Word])


class PriceList(Wire):
    """Prices by model; SDKs take the first name that fits, so the longest come first."""

    pricing: dict[str, ModelPrice]
    models: Count | None = None
