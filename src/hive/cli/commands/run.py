"""``hive run``: run an agent package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hive.cli.amounts import DOLLARS
from hive.cli.debugging import debug_option, is_debugging
from hive.cli.inputs import read_input
from hive.cli.printing import errors_as_json
from hive.cli.running import Progress, Report, RunOrder, can_show_live, run_package

if TYPE_CHECKING:
    from decimal import Decimal


@click.command(name="run")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--input", "-i", "text", metavar="JSON", help="The input: a JSON object, @FILE, or - for stdin."
)
@click.option("--input-file", metavar="FILE", help="A file that holds the input.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write the run's output there, as JSON."
)
@click.option("--model", "-m", help="The model, for example local/smollm2 or openai/gpt-4o-mini.")
@click.option("--budget", type=DOLLARS, metavar="USD", help="The most this run may spend on models.")
@click.option("--storage", type=click.Path(path_type=Path), help="Folder that keeps the run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress, and one line at the end.")
@click.option("--verbose", "-v", is_flag=True, help="Show progress line by line, also with --json.")
@debug_option
@click.pass_context
def run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    ctx: click.Context,
    path: Path,
    text: str | None,
    input_file: str | None,
    output: Path | None,
    model: str | None,
    budget: Decimal | None,
    storage: Path | None,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Run the agent package in the folder PATH.

    Exit codes: 0 done, 1 the run failed, 2 something to mend before it can run,
    3 it waits for a person, 130 interrupted.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other; give one of them.", ctx)
    verbose = verbose or is_debugging(ctx)
    with errors_as_json(is_on=as_json):
        order = RunOrder(
            path=path,
            input_data=read_input(text, input_file),
            model=model,
            budget=budget,
            storage=storage,
            output=output,
            progress=_progress(as_json=as_json, quiet=quiet, verbose=verbose),
            report=Report.JSON if as_json else Report.SHORT if quiet else Report.FULL,
            is_verbose=verbose,
        )
        return run_package(order)


def _progress(*, as_json: bool, quiet: bool, verbose: bool) -> Progress:
    if verbose:
        return Progress.PLAIN
    if quiet or as_json:
        return Progress.NOTHING
    return Progress.LIVE if can_show_live() else Progress.PLAIN
