"""What an answer costs, by the list of prices that is installed; nothing is downloaded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from genai_prices import Usage, calc_price

from framework.llm.remote.vendors import split_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from genai_prices.types import PriceCalculation
    from pydantic_ai.usage import RequestUsage

    from framework.llm.remote.vendors import Vendor


def cost_usd(usage: RequestUsage, *, model: str, vendor: Vendor, address: str) -> Decimal | None:
    """Return the price of an answer in US dollars; None when the list does not know it.

    The address decides whose prices count. An address nobody lists is taken
    for the vendor's own service behind a proxy, if the vendor knows the model.
    """
    price = _listed(partial(calc_price, usage, model, provider_api_url=address))
    if price is None and vendor.prices:
        return _listed(partial(calc_price, usage, model, provider_id=vendor.prices))
    return price


def most_usd(name: str, input_tokens: int, output_tokens: int) -> Decimal | None:
    """Return what a call costs at most, without any cache; None when the list does not know the model.

    Args:
        name: the model's full name, for example ``anthropic/claude-haiku-4-5``.
        input_tokens: tokens of the request.
        output_tokens: tokens of the answer.
    """
    vendor, model = split_name(name)
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    return _listed(partial(calc_price, usage, model, provider_id=vendor.prices or None if vendor else None))


def _listed(calculated: Callable[[], PriceCalculation]) -> Decimal | None:
    try:
        return calculated().total_price
    except LookupError:
        return None
