"""Journals of every format ever written still load, verify and mean the same."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from framework.journal.entry import decode_line
from framework.journal.files import JOURNAL_NAME, FileJournal
from framework.journal.reading import read_entries, read_state
from framework.model.events import EVENT_TYPES
from framework.tools.written_file import files_after
from tests.golden.write_journal_v1 import GOLDEN_RUNS
from tests.support.run_samples import GROWN, RUNS_OF_FORMAT_2
from tests.support.summaries import summary

FOLDERS = [Path(__file__).parents[2] / "golden" / f"journal-v{version}" for version in (1, 2)]
GOLDEN = {path.stem: path.parent for folder in FOLDERS for path in folder.glob("*.jsonl")}
GOLDEN_IDS = sorted(GOLDEN)


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    """Lay the golden runs out as they lie on a person's disk."""
    for run_id, folder in GOLDEN.items():
        (tmp_path / "runs" / run_id).mkdir(parents=True)
        shutil.copyfile(folder / f"{run_id}.jsonl", tmp_path / "runs" / run_id / JOURNAL_NAME)
    for folder in FOLDERS:
        if (folder / "blobs").is_dir():
            shutil.copytree(folder / "blobs", tmp_path / "blobs", dirs_exist_ok=True)
    return FileJournal(tmp_path)


def test_every_sample_has_a_golden_journal() -> None:
    assert sorted([*GOLDEN_RUNS, *RUNS_OF_FORMAT_2]) == GOLDEN_IDS


def test_the_golden_journals_hold_every_kind() -> None:
    paths = [folder / f"{run_id}.jsonl" for run_id, folder in GOLDEN.items()]
    lines = [line for path in paths for line in path.read_bytes().splitlines()]

    assert {decode_line(line).event_kind for line in lines} == set(EVENT_TYPES)


@pytest.mark.parametrize("run_id", GOLDEN_IDS)
async def test_a_golden_journal_folds_to_what_it_meant_when_written(
    run_id: str, journal: FileJournal
) -> None:
    expected = orjson.loads((GOLDEN[run_id] / f"{run_id}.expected.json").read_bytes())

    state = await read_state(journal, run_id)

    assert orjson.loads(orjson.dumps(summary(state))) == expected


async def test_a_golden_journal_says_what_its_calls_may_have_cost(journal: FileJournal) -> None:
    state = await read_state(journal, "tried-again")

    assert state.ledger.spend == {"first": Decimal("1.5")}  # Broken off, interrupted, and without a price.


async def test_a_golden_journal_holds_a_file_that_grew(journal: FileJournal) -> None:
    files = files_after(entry.event for entry in await read_entries(journal, "grown-file"))

    assert {name: pieces.content() for name, pieces in files.items()} == {
        "log.txt": b"".join(GROWN),
        "other.txt": b"new",
    }


@pytest.mark.parametrize("run_id", GOLDEN_IDS)
async def test_a_golden_journal_can_be_written_on(run_id: str, journal: FileJournal) -> None:
    writer = await journal.open(run_id)

    assert writer.last_seq == (await read_state(journal, run_id)).last_seq
    await writer.close()
