"""What of a policy changes for the process of one agent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import pytest

from hive.control.domain.personal_policy import personal
from hive.protocol.policy import BudgetPolicy, BudgetType, PolicyDocument

if TYPE_CHECKING:
    from typing import Any

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def document(**budget: Any) -> PolicyDocument:
    facts = {
        "id": "b-1", "name": "scout", "limit": Decimal(5), "spent": Decimal(1), "limitAction": "kill",
        **budget,
    }  # fmt: skip
    return PolicyDocument(
        id="default", team_id="t", name="Policy", version="00000000", created_at=NOW, updated_at=NOW,
        budgets=[BudgetPolicy.model_validate(facts)],
    )  # fmt: skip


@pytest.mark.parametrize("agent", ["scout", "b-1"])
def test_the_budget_of_an_agent_is_one_over_everything_for_that_agent(agent: str) -> None:
    (budget,) = personal(document(type="agent"), agent).budgets
    assert (budget.type, budget.limit, budget.id) == ("global", Decimal(5), "b-1")


@pytest.mark.parametrize("agent", ["other", ""])
def test_the_budget_of_an_agent_is_nothing_else_for_others(agent: str) -> None:
    assert personal(document(type="agent"), agent) == document(type="agent")


def test_a_budget_without_a_name_is_for_no_unknown_agent() -> None:
    assert personal(document(type="agent", name=""), "").budgets[0].type == "agent"


def test_the_budget_of_a_customer_counts_by_context_too() -> None:
    (budget,) = personal(document(type="customer"), "").budgets
    assert (budget.type, budget.context_id) == ("customer", "scout")
    (kept,) = personal(document(type="customer", context_id="c-9"), "").budgets
    assert kept.context_id == "c-9"


@pytest.mark.parametrize("kind", [each for each in get_args(BudgetType) if each not in {"agent", "customer"}])
def test_all_other_budgets_stay_as_they_are(kind: str) -> None:
    assert personal(document(type=kind), "scout") == document(type=kind)
