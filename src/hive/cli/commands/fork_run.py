"""``hive runs fork``: a new run that begins with a part of another."""

from __future__ import annotations

import asyncio
import json
import shlex
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from framework.journal.reading import read_fact
from framework.runner import AgentRunner
from framework.runner.agent_runner import MODEL_FACT
from framework.runner.budgets import run_budget
from framework.settings import load_settings
from hive.cli.amounts import budget_option
from hive.cli.commands.run import progress_for
from hive.cli.debugging import debug_option
from hive.cli.faults import OK
from hive.cli.inputs import read_model
from hive.cli.printing import say
from hive.cli.running import RunOrder, found, last_budget, run_package
from hive.cli.stored import opened_stores, package_of, package_option, storage_option
from hive.cli.text import printable
from hive.runs import find_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@click.command(name="fork")
@click.argument("run")
@click.option("--at", "at_seq", type=int, required=True, help="Last entry that both runs share.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Overwrite a value of the memory.")
@click.option("--run", "is_run", is_flag=True, help="Carry the new run on at once.")
@click.option(
    "--model",
    "-m",
    callback=read_model,
    help="The model that goes on; by default the one RUN was started with.",
)
@budget_option
@package_option
@storage_option
@debug_option
def fork_run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    run: str,
    at_seq: int,
    changes: Sequence[str],
    model: str | None,
    budget: Decimal | None,
    package: Path | None,
    storage: Path | None,
    *,
    is_run: bool,
) -> int:
    """Begin a new run with the entries of RUN up to --at; RUN stays as it is.

    `hive runs show RUN --events` numbers the entries. A value that is JSON is taken as that, any other
    as text. The new run goes on with the package as it is now, with the model and the budget of RUN
    unless others are given, and has the data folder as it was at that entry.
    """
    order = _Order(
        prefix=run, at_seq=at_seq, values=_values(changes), package=package, model=model, budget=budget
    )
    forked, left_out = asyncio.run(_forked(storage, order))
    for name, why in left_out.items():
        say(printable(f"not taken along: {name} ({why})"))
    if not is_run:
        say(f"forked: {forked}", f"carry it on with: {_carry_on(forked, package, storage)}")
        return OK
    progress = progress_for(as_json=False, quiet=False, verbose=False)
    going_on = RunOrder(storage=storage, progress=progress, path=package)
    return run_package(asyncio.run(found(going_on, forked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What the person asked for."""

    prefix: str
    at_seq: int
    values: dict[str, Any]
    package: Path | None
    model: str | None
    budget: Decimal | None


async def _forked(storage: Path | None, order: _Order) -> tuple[str, Mapping[str, str]]:
    """Store the fork, with the model and the budget asked for, or those the other run had last.

    Return its id, with the files whose content the journal does not keep and why.
    """
    settings = load_settings()
    async with opened_stores(storage) as stores:
        run = await find_run(stores, order.prefix)
        runner = AgentRunner.load(
            await package_of(run, order.package),
            storage_path=run.storage,
            model=order.model or await read_fact(run.journal, run.run_id, MODEL_FACT) or None,
            settings=settings,
            budget=run_budget(settings.home, await last_budget(run, order.budget)),
            journal=run.journal,
        )
        state = await runner.fork(run.run_id, order.at_seq, order.values)
        return state.run_id, state.left_out


def _carry_on(forked: str, package: Path | None, storage: Path | None) -> str:
    """Return the command that carries the run on."""
    options = [("--package", package), ("--storage", storage)]
    given = [word for name, path in options if path is not None for word in (name, str(path))]
    return shlex.join(["hive", "run", "--resume", forked, *given])


def _values(changes: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for change in changes:
        key, sign, text = change.partition("=")
        if not key or not sign:
            raise click.BadParameter(f"{change!r} is not KEY=VALUE.", param_hint="--set")
        values[key] = _value(text)
    return values


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
