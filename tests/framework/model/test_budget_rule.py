"""The rule of a budget, at its edges and against a second telling of it."""

import os
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.model.budget_rule import check_budget

LIMIT = Decimal(100)
EXAMPLES = int(os.environ.get("HIVE_BUDGET_EXAMPLES", "500"))


@pytest.mark.parametrize(
    ("spend", "estimate", "action"),
    [
        ("0", "0", "allow"),
        ("0", "100", "allow"),
        ("0", "100.01", "block"),
        ("79.99", "1", "allow"),
        ("80", "1", "degrade"),
        ("80", "20", "degrade"),
        ("80", "20.01", "block"),
        ("94.99", "1", "degrade"),
        ("95", "5", "throttle"),
        ("95", "5.01", "block"),
        ("100", "0", "throttle"),
        ("100", "0.01", "block"),
        ("101", "0", "block"),
    ],
)
def test_the_rule_at_its_edges(spend: str, estimate: str, action: str) -> None:
    assert check_budget(Decimal(spend), LIMIT, "gpt-4o", Decimal(estimate)).action == action


def test_what_goes_with_each_action() -> None:
    throttled = check_budget(Decimal(96), LIMIT, "gpt-4o", Decimal(1))
    degraded = check_budget(Decimal(85), LIMIT, "gpt-4o", Decimal(1))
    other = check_budget(Decimal(85), LIMIT, "claude-3-opus", Decimal(1))

    assert (throttled.delay_ms, throttled.reason) == (2000, "Budget usage critical (>=95%)")
    assert (degraded.degraded_model, degraded.reason) == ("gpt-4o-mini", "Budget usage high (>=80%)")
    assert other.degraded_model == "claude-3-haiku"
    assert check_budget(Decimal(0), LIMIT, "m", Decimal(101)).reason == "Budget limit exceeded"
    assert check_budget(Decimal(0), LIMIT, "m", Decimal(1)).reason == "Budget within safe limits"


def test_a_limit_of_nothing_allows_what_costs_nothing() -> None:
    nothing = Decimal(0)

    assert check_budget(nothing, nothing, "local/smollm2", nothing).action == "allow"
    assert check_budget(nothing, nothing, "gpt-4o", Decimal("0.01")).action == "block"


money = st.decimals(min_value=0, max_value=1000, places=4, allow_nan=False, allow_infinity=False)


@settings(max_examples=EXAMPLES, deadline=None)
@given(spend=money, limit=money.filter(lambda value: value > 0), estimate=money)
def test_it_rules_as_the_shares_in_whole_numbers_say(
    spend: Decimal, limit: Decimal, estimate: Decimal
) -> None:
    used, most, more = (int(value * 10_000) for value in (spend, limit, estimate))
    told = (
        "block" if used + more > most
        else "throttle" if used * 100 >= most * 95
        else "degrade" if used * 100 >= most * 80
        else "allow"
    )  # fmt: skip

    assert check_budget(spend, limit, "gpt-4", estimate).action == told
