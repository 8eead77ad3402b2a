"""What a budget says of a call, in the words of SDKs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.domain.policy import GlobalBudget, Policy, UsedModel, answer_of, document_of
from hive.protocol import BudgetQuestion

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ASKED = BudgetQuestion(budget_id="global", estimated_cost=Decimal(0), local_spend=Decimal(0))


def policy(action: Any, limit: str = "1", cheaper: str | None = None) -> Policy:
    budget = GlobalBudget(limit=Decimal(limit), limit_action=action, degrade_to_model=cheaper)
    return Policy(
        team_id=TeamId(UUID(int=1)), version="0" * 8, name="P", created_at=NOW, updated_at=NOW, budget=budget
    )


@pytest.mark.parametrize(
    ("action", "cheaper", "spent", "said"),
    [
        ("kill", None, "1.5", "block"),
        ("kill", None, "1", "throttle"),
        ("kill", None, "0.85", "allow"),
        ("kill", "small", "0.85", "degrade"),
        ("throttle", None, "1.5", "throttle"),
        ("degrade", "small", "1.5", "degrade"),
        ("degrade", "small", "0.97", "degrade"),
        ("degrade", None, "1.5", "block"),
        ("alert", None, "99", "allow"),
    ],
)
def test_the_limit_is_kept_as_the_budget_wants(
    action: str, cheaper: str | None, spent: str, said: str
) -> None:
    answer = answer_of(policy(action, cheaper=cheaper), ASKED, Decimal(spent), "a-model")
    assert (answer.action, answer.allowed) == (said, said != "block")
    assert answer.degrade_to_model == (cheaper if said == "degrade" else None)
    assert answer.updated_spend == Decimal(spent)


@pytest.mark.parametrize("budget_id", [None, "", "unknown"])
def test_no_id_is_a_way_past_a_spent_budget(budget_id: str | None) -> None:
    question = ASKED.model_copy(update={"budget_id": budget_id})
    answer = answer_of(policy("kill"), question, Decimal("1.5"), "a-model")
    assert (answer.action, answer.updated_spend, answer.restricting_budget_id) == (
        "block",
        Decimal("1.5"),
        "global",
    )


def test_an_unknown_id_is_allowed_while_the_budget_is_not_spent() -> None:
    question = ASKED.model_copy(update={"budget_id": "unknown", "local_spend": Decimal("0.3")})
    answer = answer_of(policy("kill"), question, Decimal("0.1"), "a-model")
    assert (answer.action, answer.updated_spend) == ("allow", Decimal("0.3"))


def test_a_delay_travels_in_the_policy_once_95_percent_are_spent() -> None:
    for spent, delays in (("0.94", []), ("0.95", [2000])):
        document = document_of(policy("kill"), Decimal(spent), [], is_for_sdk=True)
        assert [throttle.delay_ms for throttle in document.throttles] == delays


def test_each_model_in_use_gets_a_rule_to_take_the_cheaper_one() -> None:
    used = [UsedModel("openai", "big"), UsedModel("openai", "small")]
    document = document_of(policy("degrade", cheaper="small"), Decimal(0), used, is_for_sdk=True)
    assert [(rule.from_model, rule.threshold_percent) for rule in document.degradations] == [("big", 80)]
