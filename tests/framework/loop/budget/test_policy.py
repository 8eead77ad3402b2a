"""The policy file."""

from decimal import Decimal
from pathlib import Path

import pytest

from framework.errors import SettingsError
from framework.loop.budget import BudgetPolicy, Cap, Scope, load_policy


def test_a_policy_is_read(tmp_path: Path) -> None:
    path = tmp_path / "budget.json"
    path.write_text(
        '{"version": 1, "caps": [{"scope": "agent", "limit_usd": "12.50", "name": "triage"}],'
        ' "ladder": ["a", "b"], "prices": {"a": {"input_per_million": 3, "output_per_million": "15"}}}'
    )

    policy = load_policy(path)

    assert policy.caps == (Cap(scope=Scope.AGENT, limit_usd=Decimal("12.50"), name="triage"),)
    assert policy.prices["a"].cost(1_000_000, 100_000) == Decimal("4.5")
    assert (policy.cheaper_than("a"), policy.cheaper_than("b"), policy.cheaper_than("z")) == ("b", None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the file"),
        ("[]", "the file"),
        ('{"version": 2}', "version"),
        ('{"caps": [{"scope": "team", "limit_usd": 1}]}', "caps.0.scope"),
        ('{"caps": [{"scope": "run", "limit_usd": -1}]}', "caps.0.limit_usd"),
        ('{"caps": [{"scope": "run", "limit_usd": "NaN"}]}', "caps.0.limit_usd"),
        ('{"budget": 1}', "budget"),
    ],
)
def test_what_a_policy_cannot_say_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "budget.json"
    path.write_text(text)

    with pytest.raises(SettingsError, match=problem):
        load_policy(path)


def test_a_policy_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        load_policy(tmp_path / "nothing.json")


def test_a_limit_for_each_run_is_added() -> None:
    policy = BudgetPolicy().with_run_limit(Decimal("0.25"))

    assert policy.caps == (Cap(scope=Scope.RUN, limit_usd=Decimal("0.25")),)
