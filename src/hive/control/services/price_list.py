"""The list of prices that is installed; nothing is downloaded."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from hive.control.domain.prices import Price, PriceTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_VENDORS = (
    "openai",
    "anthropic",
    "google",
    "mistral",
    "deepseek",
    "x-ai",
    "cohere",
    "perplexity",
    "moonshotai",
    "zai",
    "minimax",
    "groq",
    "cerebras",
    "together",
    "fireworks",
    "azure",
    "aws",
)
"""Whose models are listed; where two list one name, the first says its price."""

_CACHED_SHARE = Decimal("0.25")


@cache
def installed_prices(day: datetime) -> PriceTable:
    """Return the prices that held at a time; call it with the start of a day, which is remembered."""
    from genai_prices import data_snapshot  # noqa: PLC0415  (a large list, which only who prices needs)

    vendors: dict[str, dict[str, Price]] = {name: {} for name in _VENDORS}
    for vendor in data_snapshot.get_snapshot().providers:
        if vendor.id in vendors:
            for model in vendor.models:
                price = _price(model.get_prices(day))
                if price is not None:
                    vendors[vendor.id].update(dict.fromkeys(_names(model.id, model.match), price))
    return PriceTable(vendors)


def _price(prices: Any) -> Price | None:
    per_input, per_output = _base(prices.input_mtok), _base(prices.output_mtok)
    if per_input is None:
        return None
    cached = _base(prices.cache_read_mtok)
    return Price(per_input, per_output or Decimal(0), per_input * _CACHED_SHARE if cached is None else cached)


def _base(price: Any) -> Decimal | None:
    """Return the price of the first tokens, where later ones cost another."""
    return getattr(price, "base", price)


def _names(model_id: str, match: Any) -> Iterator[str]:
    yield model_id.lower()
    for clause in getattr(match, "or_", [match]):
        name = getattr(clause, "equals", None) or getattr(clause, "starts_with", None)
        if name:
            yield name.lower().rstrip("-")
