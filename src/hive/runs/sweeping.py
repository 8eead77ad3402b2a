"""Sweeping stored runs: old ones that ended go from where they lie, with what this machine keeps of them."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from framework.errors import JournalError
from framework.journal.folder_sweep import size_below
from framework.journal.journal_file import JOURNAL_NAME, RUN_ID
from framework.journal.sweep import Swept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from framework.journal.sweep import SweptRun
    from hive.runs.stored import RunStore


async def sweep_runs(
    stores: Sequence[RunStore], older_than: timedelta, *, folders: Sequence[Path] = (), is_trial: bool = False
) -> Swept:
    """Remove runs that ended and were last written longer ago, with their files and their content.

    What is wrong in one store stops no other, and is told.

    Args:
        stores: where the runs lie.
        older_than: how long ago.
        folders: the agents' folders on this machine, which keep the data folders of runs in a database.
        is_trial: whether to remove nothing and tell what would be.

    Raises:
        JournalError: if a database refuses, or is out of reach.
    """
    total = Swept()
    for store in stores:
        try:
            swept = await store.journal.sweep(older_than, is_trial=is_trial)
        except JournalError as error:
            if store.storage is None:
                raise
            swept = Swept(problems=(str(error),))
        if store.storage is None:
            swept = await asyncio.to_thread(_with_files, swept, folders, is_trial=is_trial)
        total = _sum(total, swept)
    return total


def _sum(one: Swept, other: Swept) -> Swept:
    return Swept(
        runs=one.runs + other.runs,
        left=one.left + other.left,
        blobs=one.blobs + other.blobs,
        blob_size=one.blob_size + other.blob_size,
        problems=one.problems + other.problems,
    )


def _with_files(swept: Swept, folders: Sequence[Path], *, is_trial: bool) -> Swept:
    """Remove what the agents' folders keep of runs that went from a database; count it, too."""
    runs: list[SweptRun] = []
    problems: list[str] = []
    for run in swept.runs:
        size = run.size
        for folder in _kept(folders, run.run_id):
            try:
                size += size_below(folder)
                if not is_trial:
                    shutil.rmtree(folder)
            except OSError as error:
                problems.append(f"{str(folder)!r} is not removed whole: {error.strerror or error}")
        runs.append(replace(run, size=size))
    return replace(swept, runs=tuple(runs), problems=(*swept.problems, *problems))


def _kept(folders: Sequence[Path], run_id: str) -> list[Path]:
    """Return the folders that keep files of a run and not its journal, which would be another run's."""
    places = [folder / "runs" / run_id for folder in folders if RUN_ID.fullmatch(run_id)]
    return [place for place in places if place.is_dir() and not (place / JOURNAL_NAME).exists()]
