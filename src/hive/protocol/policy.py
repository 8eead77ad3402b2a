"""The policy of a team, in the shape that SDKs read."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from hive.protocol.base import (
    AskedLimit,
    Count,
    Id,
    Milliseconds,
    Moment,
    Name,
    Percent,
    Sum,
    Text,
    Usd,
    Wire,
    Wish,
    Word,
)
from hive.protocol.forms import VERSION

LimitAction = Literal["kill", "throttle", "degrade", "alert"]
"""What happens at the limit; SDKs read any other word as a block."""

BudgetType = Literal["global", "agent", "tenant", "customer", "feature", "tag"]
DegradationTrigger = Literal["budget_threshold", "rate_limit", "always", "budget_exceeded"]
AlertTrigger = Literal["budget_threshold", "model_usage", "always"]


class BudgetAlert(Wire):
    """A share of the budget at which somebody is told."""

    threshold: Percent
    enabled: bool = True


class Notifications(Wire):
    """How somebody is told."""

    inApp: bool = True  # noqa: N815  (the name on the wire)
    email: bool = False
    emailRecipients: list[Word] = Field(default_factory=list[Word])  # noqa: N815  (the name on the wire)
    webhook: bool = False
    webhookUrl: Text | None = None  # noqa: N815  (the name on the wire)


class BudgetPolicy(Wire):
    """What may be spent, by whom, and what happens then."""

    id: Id
    name: Word
    type: BudgetType
    tags: list[Word] | None = None
    limit: Usd
    spent: Sum
    limitAction: LimitAction  # noqa: N815  (the name on the wire)
    degradeToModel: Word | None = None  # noqa: N815  (the name on the wire)
    degradeToProvider: Word | None = None  # noqa: N815  (the name on the wire)
    alerts: list[BudgetAlert] = Field(default_factory=list[BudgetAlert])
    notifications: Notifications = Notifications()
    context_id: Word | None = None
    analytics: dict[str, Any] | None = None


class Throttle(Wire):
    """Calls that are slowed down."""

    context_id: Word | None = None
    provider: Word | None = None
    requests_per_minute: Count | None = None
    delay_ms: Milliseconds | None = None


class Block(Wire):
    """Calls that are refused; ``*`` in the pattern stands for anything."""

    context_id: Word | None = None
    provider: Word | None = None
    model_pattern: Word | None = None
    reason: Text


class Degradation(Wire):
    """A model that takes the place of another."""

    provider: Word
    from_model: Word
    to_model: Word
    trigger: DegradationTrigger
    threshold_percent: Percent | None = None
    context_id: Word | None = None


class AlertRule(Wire):
    """Calls of which somebody is told."""

    context_id: Word | None = None
    provider: Word | None = None
    model_pattern: Word | None = None
    trigger: AlertTrigger
    threshold_percent: Percent | None = None
    level: Literal["info", "warning", "critical"]
    message: Text


class PolicyDocument(Wire):
    """The whole policy; its version changes with everything in it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "default",
                    "team_id": "3f1c0b52-5d0c-4c1e-9d3f-0c8f6a5b7a10",
                    "name": "Policy",
                    "version": "9f86d081",
                    "created_at": "2026-01-01T00:00:00Z",
                    "updated_at": "2026-01-31T12:00:00Z",
                    "budgets": [],
                    "throttles": [],
                    "blocks": [],
                    "degradations": [],
                    "alerts": [],
                }
            ]
        }
    )

    id: Id
    team_id: Id
    name: Word
    version: Annotated[str, Field(pattern=VERSION)]
    created_at: Moment
    updated_at: Moment
    created_by: Word | None = None
    updated_by: Word | None = None
    budgets: list[BudgetPolicy] = Field(default_factory=list[BudgetPolicy])
    throttles: list[Throttle] = Field(default_factory=list[Throttle])
    blocks: list[Block] = Field(default_factory=list[Block])
    degradations: list[Degradation] = Field(default_factory=list[Degradation])
    alerts: list[AlertRule] = Field(default_factory=list[AlertRule])


class GlobalBudgetWish(Wish):
    """The one budget over everything a team spends, as a person sets it; what is left out stays as it is.

    Attributes:
        limit: US dollars a month; a team without a budget has to name it.
        limitAction: ``notify`` says the same as ``alert``; a new budget kills.
        degradeToModel: null takes it away.
        degradeToProvider: null takes it away.
    """

    limit: AskedLimit = Field(default_factory=Decimal)
    limitAction: LimitAction | Literal["notify"] = "kill"  # noqa: N815  (the name on the wire)
    degradeToModel: Name | None = None  # noqa: N815  (the name on the wire)
    degradeToProvider: Name | None = None  # noqa: N815  (the name on the wire)


class PolicyWish(Wish):
    """What a person changes of the policy; what is left out stays, and a budget of null is taken away."""

    model_config = ConfigDict(
        defer_build=False, json_schema_extra={"examples": [{"budget": {"limit": 25, "limitAction": "kill"}}]}
    )

    name: Name | None = None
    budget: GlobalBudgetWish | None = None


class PolicyMessage(Wire):
    """Sent to SDKs when the policy changes and when they connect."""

    type: Literal["policy"] = "policy"
    policy: PolicyDocument


class BudgetMessage(Wire):
    """Sent to SDKs when only the budgets change."""

    type: Literal["budget_policy"] = "budget_policy"
    budgets: list[BudgetPolicy]


class AlertMessage(Wire):
    """Sent to SDKs that only log it."""

    type: Literal["alert"] = "alert"
    alert: dict[str, Any]
