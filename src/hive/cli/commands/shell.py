"""``hive shell``: talk with an agent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from framework.events.bus import EventBus
from framework.packages import load_package
from framework.runner import AgentRunner
from framework.runner.shell import Shell
from framework.settings import load_settings
from hive.cli.debugging import debug_option
from hive.cli.inputs import read_model
from hive.cli.interrupts import drive
from hive.cli.stored import opened_journal

if TYPE_CHECKING:
    from framework.packages import AgentPackage


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
    return drive(_talk(load_package(path, settings=load_settings()), model, storage))


async def _talk(package: AgentPackage, model: str | None, storage: Path | None) -> int:
    bus = EventBus()
    async with opened_journal(storage, package.name) as journal:
        runner = AgentRunner(
            package,
            settings=load_settings(),
            model=model,
            storage_path=storage,
            event_bus=bus,
            journal=journal,
        )
        return await Shell(runner, bus).run()
