"""``hive run``: run an agent package."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hive.cli.amounts import budget_option
from hive.cli.debugging import debug_option, is_debugging
from hive.cli.inputs import read_input, read_model
from hive.cli.printing import errors_as_json
from hive.cli.reports import Report, json_option, quiet_option
from hive.cli.running import Progress, RunOrder, can_show_live, found, run_package
from hive.cli.stored import package_option

if TYPE_CHECKING:
    from collections.abc import Sequence

if TYPE_CHECKING:
    from decimal import Decimal


@click.command(name="run")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--resume", metavar="RUN", help="Carry a stored run on, with the package it was started from.")
@package_option
@click.option(
    "--input", "-i", "text", metavar="JSON", help="The input: a JSON object, @FILE, or - for stdin."
)
@click.option("--input-file", metavar="FILE", help="A file that holds the input.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write the run's output there, as JSON."
)
@click.option(
    "--model", "-m", callback=read_model, help="The model, for example local/smollm2 or openai/gpt-4o-mini."
)
@budget_option
@click.option("--storage", type=click.Path(path_type=Path), help="Folder that keeps the run.")
@click.option(
    "--approve", multiple=True, metavar="TOOL", help="Let this tool of high risk be called without asking."
)
@json_option
@quiet_option
@click.option("--verbose", "-v", is_flag=True, help="Show progress line by line, also with --json.")
@debug_option
@click.pass_context
def run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    ctx: click.Context,
    path: Path | None,
    resume: str | None,
    package: Path | None,
    text: str | None,
    input_file: str | None,
    output: Path | None,
    model: str | None,
    budget: Decimal | None,
    storage: Path | None,
    approve: Sequence[str],
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Run the agent package in the folder PATH, or carry a stored run on with --resume RUN.

    A run is carried on with the version, the model and the budget it was started with; an input then
    overwrites values of its memory, for an agent that pauses after a node, and --budget its budget.

    Exit codes: 0 done, 1 the run failed, 2 something to mend before it can run,
    3 it waits for a person, 130 interrupted.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other; give one of them.", ctx)
    if path is None and resume is None:
        raise click.UsageError("Missing argument 'PATH'; or give --resume RUN.", ctx)
    if path is not None and package is not None:
        raise click.UsageError("PATH and --package say the same; give one of them.", ctx)
    verbose = verbose or is_debugging(ctx)
    with errors_as_json(is_on=as_json):
        order = RunOrder(
            path=path or package,
            approve=tuple(approve),
            input_data=read_input(text, input_file),
            model=model,
            budget=budget,
            storage=storage,
            output=output,
            progress=progress_for(as_json=as_json, quiet=quiet, verbose=verbose),
            report=Report.chosen(as_json=as_json, quiet=quiet),
            is_verbose=verbose,
        )
        if resume is not None:
            order = asyncio.run(found(order, resume))
        return run_package(order)


def progress_for(*, as_json: bool, quiet: bool, verbose: bool) -> Progress:
    """Return what these options want to be shown while the run lasts."""
    if verbose:
        return Progress.PLAIN
    if quiet or as_json:
        return Progress.NOTHING
    return Progress.LIVE if can_show_live() else Progress.PLAIN
