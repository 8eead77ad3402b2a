"""``hive runs answer``: answer a question of a run, and let the run go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from hive.cli.amounts import budget_option
from hive.cli.commands.run import progress_for
from hive.cli.debugging import debug_option, is_debugging
from hive.cli.faults import OK
from hive.cli.printing import errors_as_json, say, say_json
from hive.cli.running import Report, RunOrder, found, run_package
from hive.cli.stored import opened_stores, package_of, package_option, storage_option
from hive.runs import find_run
from hive.runs.steering import Heard, leave_answer, open_question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path


@click.command(name="answer")
@click.argument("run")
@click.argument("words", nargs=-1, required=True, metavar="[QUESTION] TEXT")
@click.option("--later", is_flag=True, help="Leave the answer, and do not carry the run on.")
@click.option(
    "--approve", multiple=True, metavar="TOOL", help="Let this tool of high risk be called unasked."
)
@budget_option
@package_option
@storage_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress, and one line at the end.")
@debug_option
@click.pass_context
def answer_run(  # noqa: PLR0913, PLR0917  (one parameter an option)
    ctx: click.Context,
    run: str,
    words: Sequence[str],
    later: bool,  # noqa: FBT001  (click calls it so)
    approve: Sequence[str],
    budget: Decimal | None,
    package: Path | None,
    storage: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Answer the open QUESTION of RUN with TEXT, and carry the run on.

    QUESTION is an id, or a place in the list of open ones; with a single open question it may be left
    out. `hive runs show RUN` lists them. A run that another process is running gets the answer there.

    Exit codes are those of `hive run`.
    """
    if len(words) > 2:  # noqa: PLR2004  (a question and a text)
        raise click.UsageError('Put the answer in quotes: hive runs answer RUN [QUESTION] "..."', ctx)
    if later and budget is not None:
        raise click.UsageError("--later does not carry the run on; give --budget to what does.", ctx)
    with errors_as_json(is_on=as_json):
        run_id, heard = asyncio.run(_left(storage, run, words, package))
        if heard is not Heard.NOBODY or later:
            _tell(run_id, heard, as_json=as_json)
            if budget is not None:
                click.echo("warning: the process that runs it keeps its budget.", err=True)
            return OK
        verbose = is_debugging(ctx)
        order = RunOrder(
            path=package,
            storage=storage,
            approve=tuple(approve),
            budget=budget,
            progress=progress_for(as_json=as_json, quiet=quiet, verbose=verbose),
            report=Report.JSON if as_json else Report.SHORT if quiet else Report.FULL,
            is_verbose=verbose,
        )
        return run_package(asyncio.run(found(order, run_id)))


async def _left(
    storage: Path | None, prefix: str, words: Sequence[str], package: Path | None
) -> tuple[str, Heard]:
    """Leave the answer where whoever runs the run finds it; return the run's id, and what became of it."""
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        question = await open_question(run, words[0] if len(words) > 1 else None)
        if not await run.inbox.is_attended():
            await package_of(run, package)  # Said before the answer is left.
        return run.run_id, await leave_answer(run, question, words[-1])


def _tell(run_id: str, heard: Heard, *, as_json: bool) -> None:
    if as_json:
        say_json({"run_id": run_id, "answer": heard.value})
        return
    told = {
        Heard.TAKEN: "answered: the process that runs it goes on.",
        Heard.WAITS: "answered: the process that runs it takes the answer when it comes to the question.",
        Heard.NOBODY: f"answered: carry the run on with: hive run --resume {run_id}",
    }
    say(told[heard])
