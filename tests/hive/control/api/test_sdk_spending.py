"""What a team has spent, what SDKs are told of it, and what its budget decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hive.control.stores.scope import Scope
from tests.support.control import clock_of, make_key, register
from tests.support.sdk import Sdk
from tests.support.sdk_events import metric


async def test_a_limit_of_nothing_blocks_by_a_rule(sdk: Sdk) -> None:
    await sdk.set_budget(limit=0)
    assert (await sdk.policy())["blocks"]
    assert (await sdk.validate(estimated_cost=0.01))["allowed"] is False


async def test_an_answer_always_says_what_was_spent(sdk: Sdk) -> None:
    await sdk.send(metric(clock_of(sdk.parts).now()))
    for question in ({}, {"budget_id": "other"}, {"budget_id": None, "context": {"type": "tag", "tags": []}}):
        answer = await sdk.validate(local_spend=0.001, **question)
        assert (answer["action"], answer["updated_spend"]) == ("allow", 0.0075)
    assert (await sdk.validate(local_spend=3))["updated_spend"] == 3


@pytest.mark.parametrize(
    ("spend", "estimate", "action", "allowed"),
    [
        (0.79, 0, "allow", True),
        (0.8, 0, "degrade", True),
        (0.95, 0, "throttle", True),
        (1, 0, "throttle", True),
        (0.5, 0.6, "block", False),
        (1.01, 0, "block", False),
    ],
)
async def test_the_rule_of_budgets_decides(
    sdk: Sdk, spend: float, estimate: float, action: str, *, allowed: bool
) -> None:
    await sdk.set_budget(limit=1)
    await sdk.send(metric(clock_of(sdk.parts).now(), total_cost=spend))
    answer = await sdk.validate(estimated_cost=estimate)
    assert (answer["action"], answer["allowed"]) == (action, allowed)
    assert answer["degrade_to_model"] == ("gpt-4o-mini" if action == "degrade" else None)


async def test_a_budget_holds_however_much_was_spent(sdk: Sdk) -> None:
    await sdk.set_budget(limit=1)
    now = clock_of(sdk.parts).now()
    await sdk.send(metric(now))
    async with sdk.parts.database.transaction(Scope(team_id=sdk.team_id)) as transaction:
        await transaction._connection.execute("UPDATE metric_hours SET cost_usd = 2e9")
    assert (await sdk.policy())["budgets"][0]["spent"] == 2e9
    await sdk.set_budget(limit=2)
    for local_spend in (0, 3e9):
        answer = await sdk.validate(local_spend=local_spend)
        assert (answer["action"], answer["updated_spend"]) == ("block", max(2e9, local_spend))


def begin_month(sdk: Sdk, minutes: float) -> None:
    """Move the clock to the next month, and so far into it."""
    clock = clock_of(sdk.parts)
    now = clock.now()
    month = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
        day=1
    )
    clock.advance((month - now).total_seconds() + minutes * 60)


async def test_what_an_sdk_is_told_too_much_is_not_counted_as_spent(sdk: Sdk) -> None:
    await sdk.set_budget(limit=10)
    begin_month(sdk, 60)
    sdk.instance = {"X-SDK-Instance-ID": "i-1"}
    assert (await sdk.policy())["budgets"][0]["spent"] == 0.5
    await sdk.send(metric(clock_of(sdk.parts).now(), total_cost=0.3))
    # Each question goes on from the answer before; what the last call cost has not arrived.
    for local_spend, spent, told in ((0.8, 0.3, 0.5), (0.6, 0.4, 0.5), (0.9, 0.8, 0.8), (0.9, 0.9, 0.9)):
        answer = await sdk.validate(local_spend=local_spend)
        assert (answer["authoritative_spend"], answer["updated_spend"]) == (spent, told)


async def test_what_an_sdk_reckons_of_one_month_is_nothing_in_the_next(sdk: Sdk) -> None:
    await sdk.set_budget(limit=1)
    begin_month(sdk, 60)
    sdk.instance = {"X-SDK-Instance-ID": "i-1"}
    await sdk.send(metric(clock_of(sdk.parts).now(), total_cost=0.99))
    await sdk.policy()
    assert (await sdk.validate(local_spend=1.02))["action"] == "block"
    begin_month(sdk, 60)
    for local_spend, spent, told in ((1.02, 0, 0.05), (0.45, 0.4, 0.4)):
        answer = await sdk.validate(local_spend=local_spend)
        assert (answer["action"], answer["authoritative_spend"], answer["updated_spend"]) == (
            "allow",
            spent,
            told,
        )


async def test_what_nobody_knows_to_be_told_counts_as_it_stands(sdk: Sdk) -> None:
    await sdk.set_budget(limit=1)
    begin_month(sdk, 60)
    for name in ("", "i-unknown"):
        sdk.instance = {"X-SDK-Instance-ID": name}
        assert (await sdk.validate(local_spend=1.02))["action"] == "block"


@pytest.mark.parametrize(
    ("provider", "model", "cheaper"),
    [("gemini", "gemini-2.5-pro", "gemini-2.5-flash-lite"), ("x", "y", None)],
)
async def test_a_budget_degrades_calls_of_any_provider_whose_cheaper_model_is_known(
    sdk: Sdk, provider: str, model: str, cheaper: str | None
) -> None:
    await sdk.set_budget(limit=1)
    call = metric(clock_of(sdk.parts).now(), provider=provider, model=model, total_cost=0.85)
    await sdk.send(call)
    answer = await sdk.validate()
    assert (answer["action"], answer["degrade_to_model"]) == ("degrade" if cheaper else "allow", cheaper)
    rules = (await sdk.policy())["degradations"]
    told = [(rule["from_model"], rule["to_model"], rule["threshold_percent"]) for rule in rules]
    assert told == ([(model, cheaper, 80)] if cheaper else [])


async def test_teams_spend_apart_under_the_same_budget_id(sdk: Sdk) -> None:
    other = await register(sdk.client)
    made = await make_key(sdk.client, other)
    stranger = Sdk(sdk.client, sdk.parts, other, made["key"])
    for each in (sdk, stranger):
        await each.set_budget(limit=1)
    await sdk.send(metric(clock_of(sdk.parts).now(), total_cost=2))
    assert (await sdk.validate())["action"] == "block"
    assert (await stranger.validate())["action"] == "allow"
    assert await stranger.rows("SELECT FROM metric_events") == []
