"""``hive shell``: talk with an agent."""

from __future__ import annotations

from pathlib import Path

import click

from framework.events.bus import EventBus
from framework.runner import AgentRunner
from framework.runner.shell import Shell
from hive.cli.debugging import debug_option
from hive.cli.inputs import read_model
from hive.cli.interrupts import drive


@click.command(name="shell")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--model", "-m", callback=read_model, help="The model, for example local/smollm2 or openai/gpt-4o-mini."
)
@click.option("--storage", type=click.Path(path_type=Path), help="Folder that keeps the runs.")
@debug_option
def shell(path: Path, model: str | None, storage: Path | None) -> int:
    """Talk with the agent in the folder PATH.

    Plain text goes to the agent; /help lists the commands. Ctrl-C ends the run, Ctrl-D leaves.

    Exit codes, by the last run: 0 done, 1 it failed, 3 it waits for a person; 130 terminated.
    """
    bus = EventBus()
    runner = AgentRunner.load(path, model=model, storage_path=storage, event_bus=bus)
    return drive(Shell(runner, bus).run())
