"""Amounts on the command line: of money, of time."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import isnan
from typing import TYPE_CHECKING, Any

import click

from framework.loop.budget.policy import MOST_PLACES, MOST_USD

if TYPE_CHECKING:
    from click import Context, Parameter


_LEAST_USD = Decimal(1).scaleb(-MOST_PLACES)


class Dollars(click.ParamType[Decimal]):
    """An amount in US dollars: a number that is not negative, exact."""

    name = "usd"

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Decimal:
        """Return the amount."""
        try:
            amount = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            self.fail(f"{value!r} is no amount of money; write it as 0.50.", param, ctx)
        if not _is_sound(amount):
            self.fail(f"{value!r} cannot be spent; write an amount such as 0.50.", param, ctx)
        return amount


class Number(click.FloatRange):
    """A number within a range, which NaN is not."""

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> float:
        """Return the number."""
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


def _is_sound(amount: Decimal) -> bool:
    """Whether a policy can have it as a limit."""
    return amount.is_finite() and 0 <= amount <= MOST_USD and amount == amount.quantize(_LEAST_USD)


budget_option = click.option(
    "--budget",
    type=Dollars(),
    metavar="USD",
    help="The most the run may spend on models, with what it has spent before.",
)
