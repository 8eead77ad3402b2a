"""``hive runs cancel``, ``pause`` and ``reject``: what a person decides about one run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from framework.graph.stored import reject_stored
from hive.cli.debugging import debug_option
from hive.cli.faults import OK
from hive.cli.printing import errors_as_json, say, say_json
from hive.cli.reports import json_option, quiet_anyway_option
from hive.cli.stored import opened_stores, storage_option
from hive.runs import find_run
from hive.runs.steering import Heard, cancel_run, pause_run

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.inbox import Holder
    from framework.journal.state import RunState


@click.command(name="cancel")
@click.argument("run")
@storage_option
@json_option
@quiet_anyway_option
@debug_option
def cancel(run: str, storage: Path | None, *, as_json: bool) -> int:
    """End RUN for good, also one that another process is running.

    What its tools have done outside stays done; programs that they wait for are ended. A thread that
    blocks otherwise cannot be ended; it goes with its process.
    """
    with errors_as_json(is_on=as_json):
        state, holder = asyncio.run(_cancelled(storage, run))
    if as_json:
        waits = {} if state.status.is_final else {"cancel": Heard.WAITS.value}
        say_json({"run_id": state.run_id, "status": state.status.value, **waits})
    elif state.status.is_final:
        say(f"run {state.run_id} {state.status.value}")
    else:
        say(
            f"run {state.run_id} is cancelled when its writer hears it, or when the run goes on; "
            f"{_silent(holder)}"
        )
    return OK


@click.command(name="pause")
@click.argument("run")
@storage_option
@json_option
@quiet_anyway_option
@debug_option
def pause(run: str, storage: Path | None, *, as_json: bool) -> int:
    """Have the process that is running RUN pause it before its next node.

    A run that waits for a person pauses at once. Carry it on with: hive run --resume RUN

    Of a run that no process is running there is nothing to pause: it goes on only when it is carried on,
    which also ends a wish to pause that nobody heard.
    """
    with errors_as_json(is_on=as_json):
        run_id, heard, holder = asyncio.run(_paused(storage, run))
    if as_json:
        say_json({"run_id": run_id, "pause": heard.value})
    elif heard is Heard.WAITS:
        say(
            f"run {run_id} pauses before its next node, if its writer lives to hear it; {_silent(holder)}. "
            f"If that process died, the run has stopped already, and goes on with: hive run --resume {run_id}"
        )
    else:
        say(f"run {run_id} has stopped; see: hive runs show {run_id}")
    return OK


@click.command(name="reject")
@click.argument("run")
@click.argument("reason")
@storage_option
@json_option
@quiet_anyway_option
@debug_option
def reject(run: str, reason: str, storage: Path | None, *, as_json: bool) -> int:
    """Record that a person rejects what RUN came to, and why; only a run that succeeded can be rejected."""
    with errors_as_json(is_on=as_json):
        state = asyncio.run(_rejected(storage, run, reason))
    if as_json:
        say_json({"run_id": state.run_id, "status": state.status.value, "rejected": state.rejection})
    else:
        say(f"run {state.run_id} rejected")
    return OK


def _silent(holder: Holder | None) -> str:
    """Say who has not heard a wish so far."""
    return f"not heard yet by {holder}" if holder is not None else "its writer has let it go meanwhile"


async def _cancelled(storage: Path | None, prefix: str) -> tuple[RunState, Holder | None]:
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        return await cancel_run(run), await run.inbox.holder()


async def _paused(storage: Path | None, prefix: str) -> tuple[str, Heard, Holder | None]:
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        return run.run_id, await pause_run(run), await run.inbox.holder()


async def _rejected(storage: Path | None, prefix: str, reason: str) -> RunState:
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        return await reject_stored(run.journal, run.run_id, reason)
