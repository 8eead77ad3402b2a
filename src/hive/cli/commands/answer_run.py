"""``hive runs answer``: answer a question of a run, and let the run go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import click

from framework.errors import FrameworkError, JournalLockedError
from hive.cli.amounts import budget_option
from hive.cli.commands.run import progress_for
from hive.cli.debugging import debug_option, is_debugging
from hive.cli.faults import OK
from hive.cli.printing import errors_as_json, say, say_json
from hive.cli.reports import Report, json_option, quiet_option
from hive.cli.running import RunOrder, found, run_package
from hive.cli.stored import opened_stores, package_of, package_option, storage_option, storage_words
from hive.errors import PackageUnknownError
from hive.runs import find_run
from hive.runs.steering import Heard, answer_heard, leave_answer, open_question

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
@json_option
@quiet_option
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

    QUESTION is an id or a number, as `hive runs show RUN` lists them; both stay the question's own when
    others are answered. With a single open question it may be left out. A run that another process is
    running gets the answer there.

    Exit codes are those of `hive run`.
    """
    if len(words) > 2:  # noqa: PLR2004  (a question and a text)
        raise click.UsageError('Put the answer in quotes: hive runs answer RUN [QUESTION] "..."', ctx)
    if later and budget is not None:
        raise click.UsageError("--later does not carry the run on; give --budget to what does.", ctx)
    with errors_as_json(is_on=as_json):
        left = asyncio.run(_left(storage, run, words, package))
        if left.heard is not Heard.NOBODY or later:
            _tell(left, storage, as_json=as_json, budget=budget)
            return OK
        verbose = is_debugging(ctx)
        order = RunOrder(
            path=package,
            storage=storage,
            approve=tuple(approve),
            budget=budget,
            progress=progress_for(as_json=as_json, quiet=quiet, verbose=verbose),
            report=Report.chosen(as_json=as_json, quiet=quiet),
            is_verbose=verbose,
        )
        ready = None
        try:
            ready = asyncio.run(found(order, left.run_id))
            return run_package(ready)
        except (FrameworkError, PackageUnknownError) as error:
            if ready is None or isinstance(error, JournalLockedError):
                left = asyncio.run(_left_to_another(storage, left))
            if left.heard is Heard.NOBODY:
                way_on = f"hive run --resume {left.run_id}{storage_words(storage)}"
                click.echo(f"note: the answer is kept; carry the run on with: {way_on}", err=True)
                raise
            _tell(left, storage, as_json=as_json, budget=budget)
            return OK


class _Left(NamedTuple):
    """An answer that was left: to which question of which run, and what became of it."""

    run_id: str
    question_id: str
    heard: Heard


async def _left(storage: Path | None, prefix: str, words: Sequence[str], package: Path | None) -> _Left:
    """Leave the answer where whoever runs the run finds it."""
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        question = await open_question(run, words[0] if len(words) > 1 else None)
        if not await run.inbox.is_attended():
            await package_of(run, package)  # Said before the answer is left.
        return _Left(run.run_id, question.question_id, await leave_answer(run, question, words[-1]))


async def _left_to_another(storage: Path | None, left: _Left) -> _Left:
    """Wait until a process that carried the run on first took the answer."""
    async with opened_stores(storage) as stores:
        run = await find_run(stores, left.run_id)
        return left._replace(heard=await answer_heard(run, left.question_id))


def _tell(left: _Left, storage: Path | None, *, as_json: bool, budget: Decimal | None) -> None:
    run_id, heard = left.run_id, left.heard
    if budget is not None:
        click.echo("warning: the process that runs it keeps its budget.", err=True)
    if as_json:
        say_json({"run_id": run_id, "answer": heard.value})
        return
    told = {
        Heard.TAKEN: "answered: the process that runs it took the answer.",
        Heard.WAITS: "answered: the process that runs it takes the answer when it comes to the question.",
        Heard.NOBODY: f"answered: carry the run on with: hive run --resume {run_id}{storage_words(storage)}",
    }
    say(told[heard])
