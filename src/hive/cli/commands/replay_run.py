"""``hive runs replay``: a stored run is walked again, and held against its journal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from framework.packages import load_package
from framework.runner.offline import offline
from framework.runner.replaying import replay_package
from framework.runtime.replay.replay import read_recording
from framework.settings import load_settings
from hive.cli.debugging import debug_option
from hive.cli.faults import FAILED, OK
from hive.cli.interrupts import drive
from hive.cli.printing import errors_as_json, say, say_json, stdout_for_result
from hive.cli.reports import json_option, quiet_option
from hive.cli.stored import opened_stores, package_of, package_option, storage_option
from hive.cli.text import count, printable
from hive.runs import find_run

if TYPE_CHECKING:
    from pathlib import Path

    from framework.runtime.replay import Difference, Recording, ReplayReport


@click.command(name="replay")
@click.argument("run")
@package_option
@storage_option
@json_option
@quiet_option
@debug_option
def replay_run(run: str, package: Path | None, storage: Path | None, *, as_json: bool, quiet: bool) -> int:
    """Walk RUN again with its recorded answers and report the first difference.

    Models, tools and people answer from the journal, no MCP server is started, and connections are
    refused. Routing, judges and functions are the package's own, as it is now.

    Exit codes: 0 the same hashes, 1 a difference, 2 it cannot be replayed as asked.
    """
    with errors_as_json(is_on=as_json):
        folder, recording = asyncio.run(_recorded(storage, run, package))
        with stdout_for_result(is_on=True), offline(everywhere=True):
            report = drive(replay_package(load_package(folder, settings=load_settings()), recording))
        if as_json:
            say_json(report_record(report))
        else:
            lines = report_lines(report)
            say(*([" ".join(line.strip() for line in lines)] if quiet else lines))
    return OK if report.matches else FAILED


async def _recorded(storage: Path | None, prefix: str, package: Path | None) -> tuple[Path, Recording]:
    """Return the folder of the run's package, and all that the replay takes from the run's journal."""
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        return await package_of(run, package), await read_recording(run.journal, run.run_id)


def report_lines(report: ReplayReport) -> list[str]:
    """Return how a replay went, for a person."""
    extent = f"{count(report.events, 'event')} in {count(report.lanes, 'lane')}"
    if report.difference is None:
        why = report.cut_off_by or "has not ended"
        whole = "" if report.is_whole else f" (the run {why}; this is as far as it came)"
        how = (
            f"the same but for the folder of the run's files, or a failure's secrets, "
            f"in {count(report.moved, 'event')}"
            if report.moved
            else "same hashes"
        )
        return [f"replays: {extent}, {how}{whole}"]
    return [f"differs (of {extent}):", *difference_lines(report.difference)]


def difference_lines(difference: Difference) -> list[str]:
    """Return the first difference, for a person."""
    return [printable(f"  {difference}")]


def report_record(report: ReplayReport) -> dict[str, Any]:
    """Return how a replay went, for a machine."""
    return {
        "run_id": report.run_id,
        "matches": report.matches,
        "events": report.events,
        "lanes": report.lanes,
        "is_whole": report.is_whole,
        "cut_off_by": report.cut_off_by or None,
        "moved": report.moved,
        "digest": report.digest or None,
        "difference": None if report.difference is None else difference_record(report.difference),
    }


def difference_record(difference: Difference) -> dict[str, Any]:
    """Return the first difference, for a machine."""
    return {
        "lane": difference.lane,
        "seq": difference.seq or None,
        "expected": difference.expected.kind if difference.expected else None,
        "got": difference.got.kind if difference.got else None,
        "facts": {name: {"expected": a, "got": b} for name, (a, b) in difference.facts.items()},
        "text": str(difference),
    }
