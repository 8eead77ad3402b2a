"""The policy file."""

from decimal import Decimal
from pathlib import Path

import pytest

from framework.errors import SettingsError
from framework.loop.budget import BudgetPolicy, Cap, LocalBudgets, ModelPrice, Scope, load_policy


def test_a_policy_is_read(tmp_path: Path) -> None:
    path = tmp_path / "budget.json"
    path.write_text(
        '{"version": 1, "caps": [{"scope": "agent", "limit_usd": "12.50", "name": "triage"}],'
        ' "ladder": ["a", "b"], "prices": {"a": {"input_per_million": 3, "output_per_million": "15"}}}'
    )

    policy = load_policy(path)

    cap = Cap(scope=Scope.AGENT, limit_usd=Decimal("12.50"), name="triage", set_by=str(path))
    assert policy.caps == (cap,)
    assert policy.prices["a"].cost(1_000_000, 100_000) == Decimal("4.5")
    assert (policy.below("a"), policy.below("b"), policy.below("z")) == (("b",), (), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the file"),
        ("[]", "the file"),
        ('{"version": 2}', "version"),
        ('{"caps": [{"scope": "team", "limit_usd": 1}]}', "caps.0.scope"),
        ('{"caps": [{"scope": "run", "limit_usd": -1}]}', "caps.0.limit_usd"),
        ('{"caps": [{"scope": "run", "limit_usd": "NaN"}]}', "caps.0.limit_usd"),
        ('{"caps": [{"scope": "run", "limit_usd": "1e99"}]}', "caps.0.limit_usd"),
        ('{"prices": {"a": {"input_per_million": "1e-99", "output_per_million": 1}}}', "input_per_million"),
        ('{"ladder": ["a", "b", "a"]}', "ladder: .*'a' stands on it twice"),
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


def ladder(**prices: tuple[str, str]) -> BudgetPolicy:
    """Return a policy whose ladder has the models in this order."""
    known = {
        model: ModelPrice(input_per_million=Decimal(one), output_per_million=Decimal(other))
        for model, (one, other) in prices.items()
    }
    return BudgetPolicy(ladder=tuple(prices), prices=known)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (
            ladder(a=("1", "4"), b=("2", "4")),
            "'b' costs more than 'a' .* $2 for a million input tokens, not $1",
        ),
        (
            ladder(a=("3", "4"), b=("2", "4.5"), c=("1", "1")),
            "'b' .* 'a' .* $4.5 for a million output tokens",
        ),
        (ladder(a=("3", "9"), b=("1", "1"), c=("2", "1")), "'c' costs more than 'b'"),
    ],
)
def test_a_ladder_whose_step_costs_more_is_refused_where_it_is_read(
    tmp_path: Path, policy: BudgetPolicy, problem: str
) -> None:
    path = tmp_path / "budget.json"
    path.write_text(policy.model_dump_json())
    pattern = problem.replace("$", "\\$")

    with pytest.raises(SettingsError, match=f"budget.json.* cannot be used: On the ladder {pattern}"):
        load_policy(path)
    with pytest.raises(SettingsError, match=pattern):
        LocalBudgets(policy)


def test_a_ladder_is_held_against_the_list_of_prices_for_models_it_does_not_price(tmp_path: Path) -> None:
    path = tmp_path / "budget.json"
    path.write_text('{"ladder": ["cheap", "unknown", "dear"]}')
    listed = {"cheap": Decimal(1), "dear": Decimal(2)}

    assert load_policy(path).ladder == ("cheap", "unknown", "dear")
    with pytest.raises(SettingsError, match="'dear' costs more than 'cheap'"):
        load_policy(path, lambda model, *tokens: listed.get(model) and listed[model] * sum(tokens))


def test_steps_of_the_same_price_are_a_ladder() -> None:
    assert LocalBudgets(ladder(a=("1", "2"), b=("1", "2")))
