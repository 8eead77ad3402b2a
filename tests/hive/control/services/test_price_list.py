"""What calls cost is what the installed list itself reckons, tiers and cached tokens included."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from genai_prices import Usage, data_snapshot
from genai_prices.types import TieredPrices

from hive.control.services.price_list import _VENDORS, installed_prices

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

DAY = datetime(2026, 11, 1, tzinfo=UTC)
KINDS = {"input_mtok", "output_mtok", "cache_read_mtok"}


def listed() -> list[tuple[Provider, ModelInfo]]:
    return [
        (vendor, model)
        for vendor in data_snapshot.get_snapshot().providers
        if vendor.id in _VENDORS
        for model in vendor.models
        if isinstance(model.get_prices(DAY).input_mtok, Decimal | TieredPrices)
    ]


def starts(model: ModelInfo) -> set[int]:
    prices = [getattr(model.get_prices(DAY), kind, None) for kind in KINDS]
    return {tier.start for price in prices if isinstance(price, TieredPrices) for tier in price.tiers}


def test_every_listed_model_costs_what_the_list_reckons() -> None:
    table = installed_prices(DAY)
    tiered = 0
    for vendor, model in listed():
        price = table.find(vendor.id, model.id)
        assert price is not None
        for tokens in {1000, *(start + more for start in starts(model) for more in (0, 1))}:
            usage = Usage(input_tokens=tokens, cache_read_tokens=400, output_tokens=300)
            reckoned = model.calc_price(usage, vendor, genai_request_timestamp=DAY)
            ours = price.cost(tokens, 300, 400)
            assert ours == pytest.approx(reckoned.total_price, abs=Decimal("1e-9")), (vendor.id, model.id)
        tiered += bool(starts(model))
    assert tiered >= 5


def test_where_no_price_of_cached_tokens_is_listed_they_cost_as_much_as_others() -> None:
    price = installed_prices(DAY).find("openai", "gpt-4")
    assert price is not None
    assert price.cost(1000, 0, 1000) == price.cost(1000, 0, 0) == Decimal("0.03")


@pytest.mark.parametrize(
    ("model", "rates"),
    [
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", (3, 15)),
        ("us.anthropic.claude-opus-4-5-20251101-v1:0", (5.5, 27.5)),
        ("global.anthropic.claude-opus-4-5-20251101-v1:0", (5, 25)),
        ("anthropic.claude-3-haiku-20240307-v1:0", (0.25, 1.25)),
        ("bedrock/eu.anthropic.claude-3-5-sonnet-20241022-v2:0", (3, 15)),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0",
            (15, 75),
        ),
        ("US.Amazon.Nova-Pro-v1:0", (0.8, 3.2)),
        ("amazon.nova-pro-v1:0:300k", (0.8, 3.2)),
        ("us.meta.llama3-3-70b-instruct-v1:0", (0.72, 0.72)),
        ("openai.gpt-oss-120b-1:0", (0.15, 0.6)),
        # Models that nobody lists, whose names begin as others do.
        ("us.anthropic.claude-opus-4-50-v1:0", None),
        ("in.anthropic.claude-opus-5-5-v1:0", None),
        ("us.anthropic.claude-3-haiku-20240307-turbo-v1:0", None),
        ("us.anthropic.claude-opus-9-v1:0", None),
        ("anthropic.claude-opus", None),
    ],
)
@pytest.mark.parametrize("provider", ["bedrock", "aws", "anthropic"])
def test_a_name_of_bedrock_has_the_price_of_its_region_or_none(
    provider: str, model: str, rates: tuple[float, float] | None
) -> None:
    price = installed_prices(DAY).find(provider, model)
    assert (price and (float(price.base.input), float(price.base.output))) == rates


def test_no_name_of_bedrock_has_another_price_than_the_list_says() -> None:
    table = installed_prices(DAY)
    [bedrock] = [each for each in data_snapshot.get_snapshot().providers if each.id == "aws"]
    regions = ("", "us.", "eu.", "apac.", "jp.", "in.", "us-gov.", "global.")
    plain = {re.sub(r"^(regional|global)\.|-v\d(:\d)?$", "", model.id) for model in bedrock.models}
    priced = 0
    for name in (
        f"{region}{each}{rest}" for region in regions for each in plain for rest in ("", "-v1:0", "-5-v1:0")
    ):
        ours, listed_one = table.find("bedrock", name), bedrock.find_model(name)
        if ours is not None and listed_one is not None:
            theirs = listed_one.get_prices(DAY).input_mtok
            assert ours.base.input == getattr(theirs, "base", theirs), name
            priced += 1
    assert priced > 500


def price_of(model: str, moment: str) -> Decimal:
    price = installed_prices(datetime.fromisoformat(moment)).find("deepseek", model)
    assert price is not None
    return price.base.input


def test_prices_change_with_the_time_of_day_and_the_date_as_listed() -> None:
    [vendor] = [each for each in data_snapshot.get_snapshot().providers if each.id == "deepseek"]
    seen: dict[str, set[object]] = {}
    start = datetime(2026, 7, 1, tzinfo=UTC)
    for model in vendor.models:
        for minutes in range(0, 180 * 24 * 60, 455):
            moment = start + timedelta(minutes=minutes)
            listed_one = model.get_prices(moment).input_mtok
            assert price_of(model.id, moment.isoformat()) == listed_one
            seen.setdefault(model.id, set()).add(listed_one)
    assert len(seen["deepseek-reasoner"]) > 1


def test_a_price_changes_at_its_minute_wherever_the_clock_is_read() -> None:
    night, day = (
        price_of("deepseek-reasoner", "2026-11-21T00:29:59Z"),
        price_of("deepseek-reasoner", "2026-11-21T00:30Z"),
    )
    assert night < day
    assert price_of("deepseek-reasoner", "2026-11-21T13:30+13:00") == day
    assert price_of("deepseek-reasoner", "2026-11-21T16:30Z") == night
