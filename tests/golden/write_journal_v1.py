"""Writes the golden journals of format 1: ``.venv/bin/python -m tests.golden.write_journal_v1``.

Run it only to add a run or an event kind. Journals of a released format are never written anew:
they stand for the journals people have.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from framework.journal.entry import FORMAT_VERSION
from framework.journal.files import JOURNAL_NAME, FileJournal
from framework.journal.reading import read_state
from tests.support.journals import write_run
from tests.support.run_samples import RUNS, every_kind_run
from tests.support.summaries import summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.run_samples import Run

GOLDEN = Path(__file__).parent / "journal-v1"
GOLDEN_RUNS = {**RUNS, "every-kind": every_kind_run}


async def write_golden(folder: Path, runs: Mapping[str, Callable[[], Run]] = GOLDEN_RUNS) -> None:
    """Write every run, what it folds to, and the blobs they share into an empty ``folder``."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        journal = FileJournal(root)
        for run_id, events in runs.items():
            await write_run(journal, run_id, events())
            shutil.copyfile(root / "runs" / run_id / JOURNAL_NAME, folder / f"{run_id}.jsonl")
            expected = summary(await read_state(journal, run_id))
            text = orjson.dumps(expected, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            (folder / f"{run_id}.expected.json").write_bytes(text)
        if (root / "blobs").is_dir():
            shutil.copytree(root / "blobs", folder / "blobs", copy_function=shutil.copyfile)


def main() -> None:
    """Replace the golden journals."""
    if FORMAT_VERSION != 1:
        raise SystemExit("This program writes a newer format; the journals of format 1 stay as they are.")
    shutil.rmtree(GOLDEN, ignore_errors=True)
    GOLDEN.mkdir()
    asyncio.run(write_golden(GOLDEN))


if __name__ == "__main__":
    main()
