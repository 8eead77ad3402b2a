"""What a call costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.control import clock_of
from tests.support.sdk import Sdk
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from tests.support.sdk import Sdk


async def test_the_first_call_ever_has_its_price(sdk: Sdk) -> None:
    now = clock_of(sdk.parts).now()
    await sdk.send(metric(now), metric(now, model="gpt-4o-mini-2099-01-01"), metric(now, model="no-such"))
    rows = await sdk.rows("SELECT model_id, cost_usd, cost_source FROM metric_events ORDER BY model_id")
    assert [(row["cost_usd"], row["cost_source"]) for row in rows] == [
        (Decimal("0.0075"), "priced"),
        (Decimal("0.00045"), "priced"),
        (Decimal(0), "unknown"),
    ]


@pytest.mark.parametrize(
    "field", ["input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"]
)
async def test_tokens_that_no_call_has_are_refused(sdk: Sdk, field: str) -> None:
    now = clock_of(sdk.parts).now()
    answer = await sdk.send(metric(now, **{field: 10**9}), metric(now, **{field: 10**9 + 1}), metric(now))
    assert answer["processed"] == 2
    (rejected,) = answer["rejected"]
    assert rejected == {"index": 1, "reason": f"data.{field}: is more than 1000000000 tokens for one call."}


@pytest.mark.parametrize("field", ["total_cost", "cost_usd", "input_cost", "output_cost"])
async def test_a_cost_that_no_call_has_is_refused(sdk: Sdk, field: str) -> None:
    now = clock_of(sdk.parts).now()
    fine = metric(now, total_cost=100_000)
    yen = metric(now, total_cost=200_000, currency="JPY")
    answer = await sdk.send(fine, metric(now, **{field: 1e9}), yen)
    assert answer["processed"] == 2
    (rejected,) = answer["rejected"]
    assert rejected == {"index": 1, "reason": f"data.{field}: is more than 100000 US dollars for one call."}


@pytest.mark.parametrize(
    ("said", "cost"),
    [
        ({"input_cost": 1, "output_cost": 2}, 3),
        ({"input_cost": 1, "output_cost": 2, "total_cost": 5}, 5),
        ({"input_cost": 1, "output_tokens": 0}, 1),
        ({"input_cost": 1}, 0.0075),
        ({"input_cost": 1, "output_cost": 2, "currency": "EUR"}, 0.0075),
    ],
)
async def test_costs_of_both_halves_make_the_cost_of_a_call(
    sdk: Sdk, said: dict[str, Any], cost: float
) -> None:
    await sdk.send(metric(clock_of(sdk.parts).now(), **said))
    (row,) = await sdk.rows("SELECT cost_usd FROM metric_events")
    assert float(row["cost_usd"]) == cost


async def test_a_call_costs_what_it_did_at_its_own_time(sdk: Sdk) -> None:
    clock = clock_of(sdk.parts)
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)
    clock.advance((tomorrow - clock.now()).total_seconds())
    called = [tomorrow.replace(hour=0, minute=minutes) for minutes in (29, 30)]
    model = {"provider": "deepseek", "model": "deepseek-reasoner"}
    assert (await sdk.send(*(metric(each, **model) for each in called)))["processed"] == 2
    night, day = await sdk.rows("SELECT cost_usd FROM metric_events ORDER BY timestamp")
    assert (float(night["cost_usd"]), float(day["cost_usd"])) == (0.00041, 0.001645)


async def test_prices_come_with_the_longest_name_first(sdk: Sdk) -> None:
    answer = await sdk.client.get("/tsdb/pricing", headers=sdk.headers)
    names = list(answer.json()["pricing"])
    assert names == sorted(names, key=len, reverse=True)
    assert answer.json()["pricing"]["gpt-4o"] == {
        "input": 2.5,
        "output": 10.0,
        "cached_input": 1.25,
        "aliases": [],
    }
