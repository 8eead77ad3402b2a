"""The option ``--debug`` that every command takes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import click


@dataclass(slots=True)
class Debugging:
    """Whether the command was called with ``--debug``; the boundary of errors reads it."""

    is_on: bool = False


def _turn_on(ctx: click.Context, param: click.Parameter, value: bool) -> bool:  # noqa: FBT001  (click calls it so)
    del param
    state = ctx.find_object(Debugging)
    if value and state is not None:
        state.is_on = True
        _log_everything()
    return value


def _log_everything() -> None:
    from framework.tools.log_formatter import RedactingFormatter  # noqa: PLC0415  (dear, and seldom needed)

    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])


debug_option = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_turn_on,
    help="Log everything, and show the traceback of an error.",
)
"""Adds ``--debug`` to a command."""


def is_debugging(ctx: click.Context) -> bool:
    """Whether the command was called with ``--debug``."""
    state = ctx.find_object(Debugging)
    return state is not None and state.is_on
