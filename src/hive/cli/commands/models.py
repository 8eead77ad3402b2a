"""``hive models``: the weights of models that run on this machine."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from framework.llm.resolve import LOCAL, default_model
from framework.llm.weights import KNOWN, InstalledWeights, installed, pull
from framework.settings import load_settings
from hive.cli.debugging import debug_option
from hive.cli.groups import SuggestingGroup
from hive.cli.printing import errors_as_json, say, say_json, say_table
from hive.cli.text import printable, size

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_NONE = "-"


@click.group(cls=SuggestingGroup, name="models")
def models() -> None:
    """List and pull the weights of models that run on this machine."""


@models.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
def list_models(*, as_json: bool) -> None:
    """List the weights on this machine and those that can be pulled."""
    with errors_as_json(is_on=as_json):
        settings = load_settings()
        here = {weights.name: weights for weights in installed(settings.models)}
        default = default_model(settings)
        names = sorted({*here, *KNOWN})
        if as_json:
            records = [_record(name, here.get(name)) for name in names]
            say_json({"folder": str(settings.models), "default_model": default, "models": records})
            return
        head = ("MODEL", "SIZE", "LICENCE", "STATUS")
        say_table([_row(name, here.get(name)) for name in names], head)
        say(f"Runs use {printable(default)} unless they name another model (hive run PATH --model NAME).")


@models.command(name="pull")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
def pull_model(name: str, *, as_json: bool) -> None:
    """Download the weights NAME, unless they are here already."""
    with errors_as_json(is_on=as_json):
        settings = load_settings()
        with _progress(is_quiet=as_json) as tell:
            path = pull(name.removeprefix(LOCAL), root=settings.models, on_progress=tell)
        amount = path.stat().st_size
        model = f"{LOCAL}{path.stem}"
        if as_json:
            say_json({"model": model, "path": str(path), "bytes": amount})
            return
        say(f"{model}: {size(amount)} in {path}", f"Use it with: hive run PATH --model {model}")


def _say_nothing(message: str) -> None:
    del message


@contextmanager
def _progress(*, is_quiet: bool) -> Generator[Callable[[str], None]]:
    """Give a function that shows what happens now: a moving bar on a terminal, lines elsewhere."""
    if is_quiet:
        yield _say_nothing
        return
    if not sys.stderr.isatty():
        yield lambda message: click.echo(message, err=True)
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda message: bar.update(task, description=message)


def _row(name: str, here: InstalledWeights | None) -> tuple[str, ...]:
    known = KNOWN.get(name)
    amount = here.size if here else known.size if known else 0
    return f"{LOCAL}{name}", size(amount), known.licence if known else _NONE, _status(name, here)


def _status(name: str, here: InstalledWeights | None) -> str:
    pull_it = f"hive models pull {name}"
    if here is None:
        return f"can be pulled: {pull_it}"
    if not here.is_damaged:
        return "ready"
    return f"damaged; replace it: {pull_it if name in KNOWN else here.path}"


def _record(name: str, here: InstalledWeights | None) -> dict[str, Any]:
    known = KNOWN.get(name)
    return {
        "model": f"{LOCAL}{name}",
        "is_here": here is not None,
        "is_damaged": here is not None and here.is_damaged,
        "path": str(here.path) if here else None,
        "bytes": here.size if here else known.size if known else None,
        "licence": known.licence if known else None,
    }
