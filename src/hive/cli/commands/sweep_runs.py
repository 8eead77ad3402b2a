"""``hive runs sweep``: old runs that ended go."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from framework.settings import home
from hive.cli.amounts import Number
from hive.cli.debugging import debug_option
from hive.cli.faults import FAILED, OK
from hive.cli.printing import errors_as_json, say, say_json, say_table
from hive.cli.reports import Report, json_option, quiet_option
from hive.cli.stored import opened_stores, storage_option
from hive.cli.text import count, moment, one_line, printable, size
from hive.runs import storages
from hive.runs.sweeping import sweep_runs

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.sweep import Swept, SweptRun

_MOST_DAYS = 36_500


def _days(context: click.Context, option: click.Parameter, days: float) -> timedelta:
    del context, option
    return timedelta(days=days)


@click.command(name="sweep")
@click.option(
    "--older-than",
    callback=_days,
    type=Number(min=0, max=_MOST_DAYS),
    required=True,
    metavar="DAYS",
    help="Days since a run was last written.",
)
@click.option("--dry-run", "is_trial", is_flag=True, help="Remove nothing; show what would go.")
@storage_option
@json_option
@quiet_option
@debug_option
def sweep(older_than: timedelta, storage: Path | None, *, is_trial: bool, as_json: bool, quiet: bool) -> int:
    """Remove runs that ended, with their data folders and the content that no other run reads.

    A run that is under way, waits, is paused or was cut off stays, and so does one that a process
    holds. A fork keeps all it shares with the run it was forked from. Content that was stored within
    the last hour stays for the next sweep; memory and files of sessions stay.

    Exit codes: 0 swept, 1 a run or a file could not be read or removed (the others went), 2 it cannot
    sweep as asked.
    """
    with errors_as_json(is_on=as_json):
        swept = asyncio.run(_swept(storage, older_than, is_trial=is_trial))
    match Report.chosen(as_json=as_json, quiet=quiet):
        case Report.JSON:
            say_json(_record(swept, is_trial=is_trial))
        case Report.SHORT:
            say(_summary(swept, is_trial=is_trial))
        case Report.FULL:
            _tell(swept, is_trial=is_trial)
    is_damaged = any(not run.is_held for run in swept.left)
    return FAILED if is_damaged or swept.problems else OK


async def _swept(storage: Path | None, older_than: timedelta, *, is_trial: bool) -> Swept:
    async with opened_stores(storage) as stores:
        return await sweep_runs(stores, older_than, folders=storages(home()), is_trial=is_trial)


def _tell(swept: Swept, *, is_trial: bool) -> None:
    if swept.runs:
        say_table([_row(run) for run in swept.runs], ("RUN", "AGENT", "ENDED (UTC)", "SIZE"))
    say(
        *(printable(f"left: {run.run_id}: {run.reason}") for run in swept.left),
        *(printable(f"problem: {problem}") for problem in swept.problems),
        _summary(swept, is_trial=is_trial),
    )


def _row(run: SweptRun) -> tuple[str, ...]:
    return one_line(run.run_id, 60), one_line(run.agent, 24), moment(run.ended_at_us), size(run.size)


def _summary(swept: Swept, *, is_trial: bool) -> str:
    word = "would be removed" if is_trial else "removed"
    runs, blobs = count(len(swept.runs), "run"), count(swept.blobs, "piece")
    left = f"; {count(len(swept.left), 'run')} left" if swept.left else ""
    return (
        f"{runs} {word} ({size(_runs_size(swept))}), {blobs} of content ({size(swept.blob_size)}): "
        f"{size(_runs_size(swept) + swept.blob_size)} in all{left}"
    )


def _runs_size(swept: Swept) -> int:
    return sum(run.size for run in swept.runs)


def _record(swept: Swept, *, is_trial: bool) -> dict[str, Any]:
    return {
        "dry_run": is_trial,
        "runs": [
            {
                "run_id": run.run_id,
                "agent": run.agent,
                "ended_at": f"{moment(run.ended_at_us)}Z".replace(" ", "T"),
                "bytes": run.size,
            }
            for run in swept.runs
        ],
        "left": [{"run_id": run.run_id, "reason": run.reason, "is_held": run.is_held} for run in swept.left],
        "content": {"pieces": swept.blobs, "bytes": swept.blob_size},
        "bytes": _runs_size(swept) + swept.blob_size,
        "problems": list(swept.problems),
    }
