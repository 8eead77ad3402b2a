"""What a model call costs: the longest name that fits decides, and a model nobody lists has no price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from hive.control.domain.bedrock import is_bedrock_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hive.control.domain.bedrock import Listing

_MILLION = Decimal(1_000_000)
_SMALLEST = Decimal("1e-10")
_BOUNDARIES = "-@:_/"
_MOST_REMEMBERED = 4096
_VENDORS = {"gemini": "google", "google-genai": "google", "vertex": "google", "xai": "x-ai"}


class Rates(NamedTuple):
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cached_input: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What the tokens of a model cost.

    Attributes:
        base: the rates of most calls.
        tiers: rates of calls with more input tokens than a number, for all of their tokens; the lowest first.
        call: US dollars for the call itself.
    """

    base: Rates
    tiers: tuple[tuple[int, Rates], ...] = ()
    call: Decimal = Decimal(0)

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int) -> Decimal:
        """Return what a call costs whose input holds ``cached_tokens`` that were read from a cache.

        Where those are more than the input, as of providers that count them apart, each costs its price,
        and nothing else of the input does: so do SDKs reckon, and their figure and ours stay the same.
        """
        rates = self.base
        for above, higher in self.tiers:
            if input_tokens > above:
                rates = higher
        plain = max(0, input_tokens - cached_tokens)
        dollars = plain * rates.input + cached_tokens * rates.cached_input + output_tokens * rates.output
        return (dollars / _MILLION + self.call).quantize(_SMALLEST)


class PriceTable:
    """Prices by vendor and model."""

    def __init__(
        self,
        vendors: Mapping[str, Mapping[str, Price]],
        bedrock: Sequence[tuple[Listing, Price]] = (),
    ) -> None:
        """Take prices by vendor, the most important first, and those of Bedrock; all names in lower case."""
        self._vendors = vendors
        self._bedrock = sorted(bedrock, key=lambda pair: -len(pair[0].text))
        ordered = reversed(list(vendors.values()))
        self._all = {name: price for prices in ordered for name, price in prices.items()}
        self._found: dict[tuple[str, str], Price | None] = {}

    def find(self, provider: str, model: str) -> Price | None:
        """Return the price of the longest listed name that ``model`` is or begins with.

        A listed name counts as a beginning only where a part of the name ends:
        ``gpt-4o-mini`` of ``gpt-4o-mini-2099``, but not ``gpt-4`` of ``gpt-4x``.
        A name of Bedrock has the price of its own listing, or none.
        """
        key = (provider.lower(), model.lower())
        if key not in self._found:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            self._found[key] = self._look(*key)
        return self._found[key]

    def listed(self) -> list[tuple[str, Price]]:
        """Return every name with its price, the longest name first: SDKs take the first one that fits."""
        return sorted(self._all.items(), key=lambda pair: (-len(pair[0]), pair[0]))

    def _look(self, provider: str, model: str) -> Price | None:
        own: Mapping[str, Price] = self._vendors.get(_VENDORS.get(provider, provider), {})
        bare = model.rpartition("/")[2]
        if is_bedrock_name(bare):
            return next((price for listing, price in self._bedrock if listing.fits(bare)), None)
        for name in dict.fromkeys((model, bare)):
            for prices in (own, self._all):
                for beginning in _beginnings(name):
                    if beginning in prices:
                        return prices[beginning]
        return None


PricesAt = Callable[[datetime], PriceTable]
"""Gives the prices that hold at a moment."""


def _beginnings(name: str) -> Iterator[str]:
    """Give ``name`` and what it begins with, up to where a part of it ends; the longest first."""
    yield name
    for end in range(len(name) - 1, 0, -1):
        if name[end] in _BOUNDARIES:
            yield name[:end]
