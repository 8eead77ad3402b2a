"""The list of prices that is installed; nothing is downloaded."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from hive.control.domain.bedrock import Listing
from hive.control.domain.prices import Price, PriceTable, Rates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


_BEDROCK = "aws"
_MOST_REMEMBERED = 64


def installed_prices(moment: datetime) -> PriceTable:
    """Return the prices that hold at a moment: some change with the date, and some with the time of day."""
    dates, times = _changes()
    at = moment.astimezone(UTC)
    # Nothing changes between the last change and the moment, so all moments between share one table.
    return _prices_since(bisect_right(dates, at.date()) - 1, bisect_right(times, at.time()) - 1)


@cache
def _changes() -> tuple[list[date], list[time]]:
    """Return the dates and the times of day (UTC) at which listed prices change, in order."""
    dates: set[date] = set()
    times: set[time] = set()
    for constraint in (found for _, model in _listed() for found in _constraints(model)):
        if hasattr(constraint, "start_date"):
            dates.add(constraint.start_date)
        else:
            times |= {_in_utc(constraint.start_time), _in_utc(constraint.end_time)}
    return [date.min, *sorted(dates)], [time.min, *sorted(times)]


@lru_cache(_MOST_REMEMBERED)
def _prices_since(day: int, hour: int) -> PriceTable:
    """Return the prices that hold from a change on, given by the places of its date and its time of day."""
    dates, times = _changes()
    moment = datetime.combine(dates[day], times[hour], UTC)
    vendors: dict[str, dict[str, Price]] = {name: {} for name in _VENDORS}
    bedrock: list[tuple[Listing, Price]] = []
    for vendor, model in _listed():
        price = _price(model.get_prices(moment))
        if price is not None:
            vendors[vendor].update(dict.fromkeys(_names(model.id, model.match), price))
            if vendor == _BEDROCK:
                bedrock += [(listing, price) for listing in _listings(model.id, model.match)]
    return PriceTable(vendors, bedrock)


def _listed() -> Iterator[tuple[str, Any]]:
    """Give each vendor's models."""
    from genai_prices import data_snapshot  # noqa: PLC0415  (a large list, which only who prices needs)

    for vendor in data_snapshot.get_snapshot().providers:
        if vendor.id in _VENDORS:
            for model in vendor.models:
                yield vendor.id, model


def _constraints(model: Any) -> Iterator[Any]:
    prices: Any = model.prices
    if isinstance(prices, list):
        yield from (each.constraint for each in cast("list[Any]", prices) if each.constraint is not None)


def _in_utc(local: time) -> time:
    if local.tzinfo is None:
        return local
    return datetime.combine(date(1970, 1, 1), local).astimezone(UTC).time()


def _price(prices: Any) -> Price | None:
    per_input = prices.input_mtok
    if per_input is None:
        return None
    # Where a list tells no price of what is read from a cache, it gets no discount either.
    cached = per_input if prices.cache_read_mtok is None else prices.cache_read_mtok
    kinds = (per_input, prices.output_mtok or Decimal(0), cached)
    steps = sorted({tier.start for kind in kinds for tier in getattr(kind, "tiers", ())})
    return Price(
        base=_rates(kinds, 0),
        tiers=tuple((step, _rates(kinds, step + 1)) for step in steps),
        call=(getattr(prices, "requests_kcount", None) or Decimal(0)) / 1000,
    )


def _rates(kinds: Iterable[Any], input_tokens: int) -> Rates:
    return Rates(*(_rate(kind, input_tokens) for kind in kinds))


def _rate(price: Any, input_tokens: int) -> Decimal:
    """Return the price of the tokens of a call with so much input."""
    found = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        if input_tokens > tier.start:
            found = tier.price
    return found


def _names(model_id: str, match: Any) -> Iterator[str]:
    yield model_id.lower()
    for clause in getattr(match, "or_", [match]):
        name = getattr(clause, "equals", None) or getattr(clause, "starts_with", None)
        if name:
            yield name.lower().rstrip("-")


def _listings(model_id: str, match: Any) -> Iterator[Listing]:
    yield Listing(model_id.lower(), is_beginning=True)
    for clause in getattr(match, "or_", [match]):
        beginning = getattr(clause, "equals", None) or getattr(clause, "starts_with", None)
        within = getattr(clause, "contains", None) or getattr(clause, "ends_with", None)
        if beginning or within:
            text = str(beginning or within).lower()
            yield Listing(text.rpartition("/")[2].rstrip("-"), is_beginning=beginning is not None)
