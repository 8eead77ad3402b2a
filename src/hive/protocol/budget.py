"""Asking before a model call whether it may be made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from hive.protocol.base import AskedSum, Count, Sum, Text, Usd, Wire, Word


class BudgetQuestion(Wire):
    """What an SDK asks.

    Attributes:
        local_spend: what this process reckons was spent.
        context: what the call is for, where no budget is named.
    """

    model_config = ConfigDict(
        defer_build=False,
        json_schema_extra={"examples": [{"budget_id": "global", "estimated_cost": 0, "local_spend": 0.42}]},
    )

    budget_id: Word | None = None
    context: dict[str, Any] | None = None
    estimated_cost: AskedSum = 0  # pyright: ignore[reportAssignmentType]  (read as a Decimal)
    local_spend: AskedSum = 0  # pyright: ignore[reportAssignmentType]  (read as a Decimal)


class BudgetAnswer(Wire):
    """What an SDK is told.

    Attributes:
        updated_spend: takes the place of the SDK's own figure; never leave it out.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "allowed": True,
                    "action": "allow",
                    "reason": "Budget within safe limits",
                    "authoritative_spend": 0.42,
                    "budget_limit": 25,
                    "usage_percent": 1.68,
                    "projected_percent": 1.68,
                    "policy_version": "9f86d081",
                    "updated_spend": 0.42,
                }
            ]
        }
    )

    allowed: bool
    action: Literal["allow", "block", "degrade", "throttle"]
    reason: Text
    authoritative_spend: Sum
    budget_limit: Usd
    usage_percent: float
    projected_percent: float
    policy_version: str
    updated_spend: Sum
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

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"pricing": {"gpt-4o": {"input": 2.5, "output": 10.0, "cached_input": 1.25}}}]
        }
    )

    pricing: dict[str, ModelPrice]
    models: Count | None = None
