"""What a budget says of a call, in the words of SDKs."""

from __future__ import annotations

from dataclasses import replace
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
    answer = answer_of(policy(action, cheaper=cheaper), ASKED, Decimal(spent), None)
    assert (answer.action, answer.allowed) == (said, said != "block")
    assert answer.degrade_to_model == (cheaper if said == "degrade" else None)
    assert answer.updated_spend == Decimal(spent)


@pytest.mark.parametrize("action", ["kill", "throttle", "degrade"])
def test_a_limit_of_nothing_blocks_before_anything_is_spent_as_the_rule_does(action: str) -> None:
    wanted = policy(action, limit="0", cheaper="small")
    answer = answer_of(wanted, ASKED, Decimal(0), None)
    (rule,) = document_of(wanted, Decimal(0), [], is_for_sdk=True).blocks
    assert (answer.action, answer.allowed, answer.reason) == ("block", False, rule.reason)


@pytest.mark.parametrize("budget_id", [None, "", "unknown"])
def test_no_id_is_a_way_past_a_spent_budget(budget_id: str | None) -> None:
    question = ASKED.model_copy(update={"budget_id": budget_id})
    answer = answer_of(policy("kill"), question, Decimal("1.5"), None)
    assert (answer.action, answer.updated_spend, answer.restricting_budget_id) == (
        "block",
        Decimal("1.5"),
        "global",
    )


def test_an_unknown_id_is_allowed_while_the_budget_is_not_spent() -> None:
    question = ASKED.model_copy(update={"budget_id": "unknown"})
    answer = answer_of(policy("kill"), question, Decimal("0.3"), None)
    assert (answer.action, answer.updated_spend) == ("allow", Decimal("0.3"))


def test_an_sdk_goes_on_from_a_figure_that_lets_it_ask_and_is_judged_by_the_true_one() -> None:
    answer = answer_of(policy("kill"), ASKED, Decimal("0.01"), None)
    assert (answer.updated_spend, answer.authoritative_spend) == (Decimal("0.05"), Decimal("0.01"))
    assert answer.usage_percent == 1


@pytest.mark.parametrize("budget_id", ["global", "unknown"])
def test_without_a_budget_nothing_is_used_up_whatever_was_spent(budget_id: str) -> None:
    free = replace(policy("kill"), budget=None)
    question = ASKED.model_copy(update={"budget_id": budget_id, "estimated_cost": Decimal(2)})
    answer = answer_of(free, question, Decimal("1.5"), None)
    assert (answer.action, answer.budget_limit, answer.usage_percent, answer.projected_percent) == (
        "allow",
        0,
        0.0,
        0.0,
    )
    assert (answer.updated_spend, answer.budgets_checked) == (Decimal("1.5"), [])


@pytest.mark.parametrize(
    ("limit", "spent", "percent"), [("0", "0", 100.0), ("0", "1", 100.0), ("4", "1", 25.0)]
)
def test_a_budget_says_how_much_of_it_is_used(limit: str, spent: str, percent: float) -> None:
    question = ASKED.model_copy(update={"budget_id": "unknown"})
    answer = answer_of(policy("alert", limit), question, Decimal(spent), None)
    assert answer.usage_percent == percent


def test_a_budget_that_only_tells_stops_nothing_at_a_limit_of_0() -> None:
    used = [UsedModel("openai", "big", "small")]
    document = document_of(policy("alert", "0"), Decimal(1), used, is_for_sdk=True)
    assert (document.blocks, document.throttles, document.degradations) == ([], [], [])
    answer = answer_of(policy("alert", "0"), ASKED, Decimal(1), "small")
    assert (answer.action, answer.allowed, answer.degrade_to_model) == ("allow", True, None)


def test_a_delay_travels_in_the_policy_once_95_percent_are_spent() -> None:
    for spent, delays in (("0.94", []), ("0.95", [2000])):
        document = document_of(policy("kill"), Decimal(spent), [], is_for_sdk=True)
        assert [throttle.delay_ms for throttle in document.throttles] == delays


@pytest.mark.parametrize(("named", "told"), [("small", "elsewhere"), (None, None)])
def test_only_a_model_that_is_named_has_a_provider_of_its_own(named: str | None, told: str | None) -> None:
    budget = GlobalBudget(
        limit=Decimal(1), limit_action="kill", degrade_to_model=named, degrade_to_provider="elsewhere"
    )
    answer = answer_of(replace(policy("kill"), budget=budget), ASKED, Decimal("0.85"), "cheap")
    assert (answer.degrade_to_model, answer.degrade_to_provider) == (named or "cheap", told)


def test_where_no_model_is_named_each_gets_the_cheaper_one_that_is_known() -> None:
    used = [UsedModel("openai", "big", "small"), UsedModel("openai", "odd"), UsedModel("x", "s", "s")]
    for action, rules in (("kill", [("big", "small", 80)]), ("alert", [])):
        document = document_of(policy(action), Decimal(0), used, is_for_sdk=True)
        told = [(rule.from_model, rule.to_model, rule.threshold_percent) for rule in document.degradations]
        assert told == rules


def test_each_model_in_use_gets_a_rule_to_take_the_cheaper_one() -> None:
    used = [UsedModel("openai", "big"), UsedModel("openai", "small")]
    document = document_of(policy("degrade", cheaper="small"), Decimal(0), used, is_for_sdk=True)
    assert [(rule.from_model, rule.threshold_percent) for rule in document.degradations] == [("big", 80)]
