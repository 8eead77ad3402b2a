"""``hive runs fork``: a new run that begins with a part of another."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Mapping
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
from hive.cli.debugging import debug_option, is_debugging
from hive.cli.faults import OK
from hive.cli.inputs import read_model
from hive.cli.printing import errors_as_json, say, say_json
from hive.cli.reports import Report, json_option, quiet_option
from hive.cli.running import RunOrder, found, last_budget, run_package
from hive.cli.stored import opened_stores, package_of, package_option, storage_option
from hive.cli.text import printable
from hive.runs import find_run

if TYPE_CHECKING:
    from collections.abc import Sequence


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
@json_option
@quiet_option
@debug_option
@click.pass_context
def fork_run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    ctx: click.Context,
    run: str,
    at_seq: int,
    changes: Sequence[str],
    model: str | None,
    budget: Decimal | None,
    package: Path | None,
    storage: Path | None,
    *,
    is_run: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Begin a new run with the entries of RUN up to --at; RUN stays as it is.

    `hive runs show RUN --events` numbers the entries. A value that is JSON is taken as that, any other
    as text. The new run goes on with the package as it is now, with the model and the budget of RUN
    unless others are given, and has the data folder as it was at that entry. The one line of -q is the
    new run's id, or with --run that of `hive run -q`.

    Exit codes: 0 forked, 2 it cannot be forked as asked; with --run those of `hive run`.
    """
    order = _Order(
        prefix=run, at_seq=at_seq, values=_values(changes), package=package, model=model, budget=budget
    )
    report = Report.chosen(as_json=as_json, quiet=quiet)
    with errors_as_json(is_on=as_json):
        fork = asyncio.run(_forked(storage, order))
        if not is_run:
            _tell(fork, _carry_on(fork.run_id, package, storage), report)
            return OK
        for line in fork.lacks():
            click.echo(line, err=report is not Report.FULL)
        verbose = is_debugging(ctx)
        going_on = RunOrder(
            path=package,
            storage=storage,
            progress=progress_for(as_json=as_json, quiet=quiet, verbose=verbose),
            report=report,
            is_verbose=verbose,
        )
        return run_package(asyncio.run(found(going_on, fork.run_id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fork:
    """What came of it.

    Attributes:
        run_id: the new run.
        origin: the run it shares its beginning with, up to the entry ``at_seq``.
        left_out: names of the files whose content the journal does not keep, and why.
    """

    run_id: str
    origin: str
    at_seq: int
    left_out: Mapping[str, str]

    def lacks(self) -> list[str]:
        """Return a line for each file that the new run does not have."""
        return [printable(f"not taken along: {name} ({why})") for name, why in self.left_out.items()]


def _tell(fork: _Fork, carry_on: str, report: Report) -> None:
    match report:
        case Report.JSON:
            facts = {"run_id": fork.run_id, "origin": fork.origin, "at": fork.at_seq}
            say_json({**facts, "left_out": dict(fork.left_out), "carry_on": carry_on})
        case Report.SHORT:
            say(fork.run_id)
        case Report.FULL:
            say(*fork.lacks(), f"forked: {fork.run_id}", f"carry it on with: {carry_on}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What the person asked for."""

    prefix: str
    at_seq: int
    values: dict[str, Any]
    package: Path | None
    model: str | None
    budget: Decimal | None


async def _forked(storage: Path | None, order: _Order) -> _Fork:
    """Store the fork, with the model and the budget asked for, or those the other run had last."""
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
        return _Fork(run_id=state.run_id, origin=run.run_id, at_seq=order.at_seq, left_out=state.left_out)


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
