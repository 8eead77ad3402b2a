"""What commands about one stored run share: where runs are looked for, and the run's package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from framework.errors import InputError
from framework.journal.reading import read_facts
from framework.runner.agent_runner import PACKAGE_FACT
from framework.settings import home
from hive.errors import PackageUnknownError
from hive.runs import storages

if TYPE_CHECKING:
    from hive.runs import StoredRun

storage_option = click.option(
    "--storage",
    type=click.Path(path_type=Path),
    help="Folder of the runs, as given to `hive run`; without it the runs of all agents are looked at.",
)

package_option = click.option(
    "--package",
    type=click.Path(path_type=Path),
    help="Folder of the agent package; by default the one the run was started from.",
)


def run_folders(storage: Path | None) -> list[Path]:
    """Return the folders in which runs are looked for.

    Raises:
        InputError: if the folder that was named is not there, or the home folder is none.
    """
    if storage is not None:
        if not storage.is_dir():
            raise InputError(f"{str(storage)!r} is no folder; give --storage as it was given to `hive run`.")
        return [storage]
    if home().exists() and not home().is_dir():
        raise InputError(f"The home folder {str(home())!r} is no folder; set HIVE_HOME to one.")
    return storages(home())


async def package_of(run: StoredRun, given: Path | None) -> Path:
    """Return the folder of the package of ``run``: ``given``, or the one it was started from.

    Raises:
        PackageUnknownError: if neither says it, or that folder is gone.
        JournalError: if the run cannot be read.
    """
    if given is not None:
        return given
    return _noted(run.run_id, (await read_facts(run.journal, run.run_id)).get(PACKAGE_FACT))


def _noted(run_id: str, folder: object) -> Path:
    if not isinstance(folder, str) or not folder:
        raise PackageUnknownError(
            f"Run {run_id} does not say of which package it is; name it with --package PATH."
        )
    if not Path(folder).is_dir():
        raise PackageUnknownError(
            f"Run {run_id} was started from {folder!r}, which is gone; name the package with --package PATH."
        )
    return Path(folder)
