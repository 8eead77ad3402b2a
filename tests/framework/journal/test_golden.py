"""Journals of every format ever written still load, verify and mean the same."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from framework.journal.entry import decode_line
from framework.journal.files import JOURNAL_NAME, FileJournal
from framework.journal.reading import read_state
from framework.model.events import EVENT_TYPES
from tests.golden.write_journal_v1 import GOLDEN_RUNS
from tests.support.summaries import summary

GOLDEN = Path(__file__).parents[2] / "golden" / "journal-v1"
GOLDEN_IDS = sorted(path.stem for path in GOLDEN.glob("*.jsonl"))


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    """Lay the golden runs out as they lie on a person's disk."""
    for run_id in GOLDEN_IDS:
        (tmp_path / "runs" / run_id).mkdir(parents=True)
        shutil.copyfile(GOLDEN / f"{run_id}.jsonl", tmp_path / "runs" / run_id / JOURNAL_NAME)
    shutil.copytree(GOLDEN / "blobs", tmp_path / "blobs")
    return FileJournal(tmp_path)


def test_every_sample_has_a_golden_journal() -> None:
    assert sorted(GOLDEN_RUNS) == GOLDEN_IDS


def test_the_golden_journals_hold_every_kind() -> None:
    lines = [line for path in GOLDEN.glob("*.jsonl") for line in path.read_bytes().splitlines()]

    assert {decode_line(line).event_kind for line in lines} == set(EVENT_TYPES)


@pytest.mark.parametrize("run_id", GOLDEN_IDS)
async def test_a_golden_journal_folds_to_what_it_meant_when_written(
    run_id: str, journal: FileJournal
) -> None:
    expected = orjson.loads((GOLDEN / f"{run_id}.expected.json").read_bytes())

    state = await read_state(journal, run_id)

    assert orjson.loads(orjson.dumps(summary(state))) == expected


async def test_a_golden_journal_says_what_its_calls_may_have_cost(journal: FileJournal) -> None:
    state = await read_state(journal, "tried-again")

    assert state.ledger.spend == {"first": Decimal("1.5")}  # Broken off, interrupted, and without a price.


@pytest.mark.parametrize("run_id", GOLDEN_IDS)
async def test_a_golden_journal_can_be_written_on(run_id: str, journal: FileJournal) -> None:
    writer = await journal.open(run_id)

    assert writer.last_seq == (await read_state(journal, run_id)).last_seq
    await writer.close()
