"""Whose price a call has: the longest listed name that fits, and nobody's where none does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.control.domain.prices import Price, PriceTable, Rates

BIG, SMALL, OTHER = (Price(Rates(Decimal(n), Decimal(n), Decimal(n))) for n in (30, 2, 7))
TABLE = PriceTable({"openai": {"gpt-4": BIG, "gpt-4o-mini": SMALL}, "groq": {"gpt-4": OTHER, "llama": OTHER}})


@pytest.mark.parametrize(
    ("provider", "model", "price"),
    [
        ("openai", "gpt-4o-mini-2099", SMALL),
        ("openai", "GPT-4-0613", BIG),
        ("openai", "gpt-4o", None),
        ("openai", "gpt-4.9", None),
        ("openai", "openai/gpt-4", BIG),
        ("groq", "gpt-4", OTHER),
        ("somebody", "gpt-4", BIG),
        ("openai", "llama:free", OTHER),
        ("", "", None),
    ],
)
def test_the_longest_name_that_fits_decides(provider: str, model: str, price: Price | None) -> None:
    assert TABLE.find(provider, model) == price


def test_names_are_listed_with_the_longest_first() -> None:
    assert [name for name, _ in TABLE.listed()] == ["gpt-4o-mini", "gpt-4", "llama"]
    assert dict(TABLE.listed())["gpt-4"] == BIG


def test_what_came_from_a_cache_costs_its_own_price() -> None:
    price = Price(Rates(Decimal("2.5"), Decimal(10), Decimal("1.25")))
    assert price.cost(1000, 500, 0) == Decimal("0.0075")
    assert price.cost(1000, 500, 400) == Decimal("0.0070")


def test_a_call_with_much_input_costs_the_rates_of_its_tier_as_a_whole() -> None:
    tiers = tuple((above, Rates(*map(Decimal, rates))) for above, rates in ((10, (3, 3, 3)), (20, (5, 5, 5))))
    price = Price(Rates(Decimal(1), Decimal(1), Decimal(1)), tiers)
    dollars = [price.cost(tokens, 10, 5) * 1_000_000 for tokens in (10, 11, 20, 21)]
    assert dollars == [20, 63, 90, 155]


def test_a_call_may_have_a_price_of_its_own() -> None:
    price = Price(Rates(Decimal(1), Decimal(1), Decimal(1)), call=Decimal("0.012"))
    assert price.cost(1000, 0, 0) == Decimal("0.013")


def test_cached_tokens_are_part_of_the_input_unless_they_are_more() -> None:
    price = Price(Rates(Decimal(10), Decimal(0), Decimal(1)))
    dollars = [price.cost(100, 0, cached) * 1_000_000 for cached in (0, 40, 100, 5000)]
    assert dollars == [1000, 640, 100, 5000]


@given(st.integers(0, 2**53), st.integers(0, 2**53), st.integers(0, 2**53))
def test_no_call_costs_less_than_nothing(given_tokens: int, made: int, cached: int) -> None:
    assert BIG.cost(given_tokens, made, cached) >= 0
