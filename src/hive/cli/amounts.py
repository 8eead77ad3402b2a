"""Amounts of money on the command line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click import Context, Parameter


class Dollars(click.ParamType[Decimal]):
    """An amount in US dollars: a number that is not negative, exact."""

    name = "usd"

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Decimal:
        """Return the amount."""
        try:
            amount = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount of money; write it as 0.50.", param, ctx)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} cannot be spent; write an amount such as 0.50.", param, ctx)
        return amount


DOLLARS = Dollars()
