"""What commands about one stored run share: where runs are looked for, and the run's package."""

from __future__ import annotations

import shlex
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from framework.errors import InputError, SettingsError
from framework.journal.reading import read_facts
from framework.runner.agent_runner import PACKAGE_FACT
from framework.settings import home, load_settings
from hive.errors import PackageUnknownError
from hive.runs import RunStore, file_stores, storages

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from framework.journal.base import SharedJournal
    from hive.runs import StoredRun

storage_option = click.option(
    "--storage",
    type=click.Path(path_type=Path),
    help="Folder of the runs, as given to `hive run`; without it the runs of all agents are looked at, "
    "in HIVE_JOURNAL_URL if that is set.",
)

package_option = click.option(
    "--package",
    type=click.Path(path_type=Path),
    help="Folder of the agent package; by default the one the run was started from.",
)


@asynccontextmanager
async def opened_stores(storage: Path | None) -> AsyncGenerator[list[RunStore]]:
    """Give what holds the runs that may be meant: the folder that was named, the database, or all agents.

    Raises:
        InputError: if the folder that was named is not there, or the home folder is none.
        SettingsError: if the settings cannot be used, or what the database needs is not installed.
    """
    folders = _run_folders(storage)
    async with opened_journal(storage) as journal:
        yield [RunStore(journal)] if journal is not None else file_stores(folders)


@asynccontextmanager
async def opened_journal(storage: Path | None, agent: str = "") -> AsyncGenerator[SharedJournal | None]:
    """Give the database that keeps runs; None if files do: none is set, or their folder was named.

    Args:
        storage: the folder that was named.
        agent: whose runs it lists; of all agents by default.

    Raises:
        SettingsError: if the settings cannot be used, or what the database needs is not installed.
    """
    url = load_settings().journal_url if storage is None else None
    if url is None:
        yield None
        return
    try:
        from framework.journal.postgres import PostgresJournal  # noqa: PLC0415  (the driver is an optional dependency)

        journal = PostgresJournal(url, agent=agent)
    except (ModuleNotFoundError, SettingsError) as error:
        raise SettingsError(f"The runs are in PostgreSQL (HIVE_JOURNAL_URL). {error}") from error
    async with journal:
        yield journal


def _run_folders(storage: Path | None) -> list[Path]:
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
    if not await run.journal.read(run.run_id):
        raise PackageUnknownError(
            f"Run {run.run_id} has no entry: it was cut off before its first was stored, or its journal was "
            "emptied. Restore the journal from a copy, or begin it anew with --package PATH and its input."
        )
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


def storage_words(storage: Path | None) -> str:
    """Return what a command about a run says of the folder it lies in, with a space before it."""
    return f" --storage {shlex.quote(str(storage))}" if storage else ""
