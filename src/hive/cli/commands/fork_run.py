"""``hive runs fork``: a new run that begins with a part of another."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import click

from framework.runner import AgentRunner
from framework.terminal import TerminalPerson, exit_code
from hive.cli.debugging import debug_option
from hive.cli.faults import OK
from hive.cli.interrupts import drive
from hive.cli.outcome import Outcome, outcome_lines
from hive.cli.printing import say, symbols
from hive.cli.stored import package_of, package_option, run_folders, storage_option
from hive.runs import find_run, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from framework.graph.result import ExecutionResult


@click.command(name="fork")
@click.argument("run")
@click.option("--at", "at_seq", type=int, required=True, help="Last entry that both runs share.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Overwrite a value of the memory.")
@click.option("--run", "is_run", is_flag=True, help="Carry the new run on at once.")
@package_option
@storage_option
@debug_option
def fork_run(
    run: str,
    at_seq: int,
    changes: Sequence[str],
    package: Path | None,
    storage: Path | None,
    *,
    is_run: bool,
) -> int:
    """Begin a new run with the entries of RUN up to --at; RUN stays as it is.

    `hive runs show RUN --events` numbers the entries. A value that is JSON is taken as that, any other
    as text. The new run goes on with the package as it is now, and has the files RUN had there.
    """
    values = _values(changes)
    runner, new_id = drive(_forked(run_folders(storage), run, (at_seq, values, package)))
    if not is_run:
        say(f"forked: {new_id}", f"carry it on with: {_carry_on(runner, new_id, storage)}")
        return OK
    outcome = drive(_carried_on(runner, new_id))
    say(*outcome_lines(outcome, symbols()))
    return exit_code(outcome.result)


async def _forked(
    folders: Sequence[Path], prefix: str, order: tuple[int, dict[str, Any], Path | None]
) -> tuple[AgentRunner, str]:
    at_seq, values, package = order
    run = await find_run(folders, prefix)
    path = await package_of(run, package)
    runner = AgentRunner.load(path, storage_path=run.storage, person=TerminalPerson())
    state = await runner.fork(run.run_id, at_seq, values)
    return runner, state.run_id


async def _carried_on(runner: AgentRunner, run_id: str) -> Outcome:
    try:
        result: ExecutionResult = await runner.run(session_state={"run_id": run_id})
    finally:
        runner.close()
    return Outcome(result=result, summary=await summarise(runner.journal, run_id))


def _carry_on(runner: AgentRunner, run_id: str, storage: Path | None) -> str:
    """Return the command that carries the run on."""
    place = ["--storage", str(storage)] if storage is not None else []
    return shlex.join(["hive", "run", str(runner.package.path), "--resume", run_id, *place])


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
