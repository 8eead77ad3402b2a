"""Stored runs: finding them, and what their journals come to."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from framework.clock import ManualClock
from framework.journal.files import FileJournal
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.model import events as ev
from hive.errors import NoSuchRunError
from hive.runs import (
    STOPPED,
    UNREADABLE,
    StoredRun,
    file_stores,
    find_run,
    foreign_folders,
    storages,
    stored_runs,
    summarise,
    summarise_each,
    summarise_stored,
)
from tests.support import event_samples as sample

if TYPE_CHECKING:
    from pathlib import Path

    from framework.model.events import Event


async def write(folder: Path, run_id: str, *events: Event) -> StoredRun:
    log = RunLog(await FileJournal(folder, fsync="never").create(run_id), ManualClock())
    for event in events:
        log.record("m", event)
    await log.close()
    return StoredRun(run_id=run_id, journal=FileJournal(folder), storage=folder)


def visit(*inside: Event) -> list[Event]:
    return [sample.node_started("first", opening=sample.LARGE_TEXT), *inside, sample.node_finished("first")]


def answered() -> list[Event]:
    return visit(
        sample.asked(),
        sample.answer(sample.LARGE_TEXT, input_tokens=7, output_tokens=3, cost_usd="0.25"),
        sample.ruled("RETRY", "More."),
        sample.asked(),
        sample.answer("short", input_tokens=1, output_tokens=1),
    )


async def test_a_summary_agrees_with_the_fold(tmp_path: Path) -> None:
    run = await write(tmp_path, "r1", sample.run_started(), *answered(), ev.RunFinished(status="succeeded"))
    summary, state = await summarise(run.journal, "r1"), await read_state(run.journal, "r1")
    assert summary.status == state.status.value == "succeeded"
    assert summary.steps == state.steps
    assert summary.answers == state.usage.answers == 2
    assert summary.unpriced == state.usage.unpriced == 1
    assert summary.input_tokens + summary.output_tokens == state.usage.total_tokens
    assert summary.cost_usd == state.usage.cost_usd
    assert (summary.started_at_us, summary.ended_at_us) == (state.started_at_us, state.ended_at_us)


async def test_a_fork_counts_its_own_time(tmp_path: Path) -> None:
    clock = ManualClock()
    log = RunLog(await FileJournal(tmp_path, fsync="never").create("r2"), clock)
    log.record("m", sample.run_started())
    await clock.sleep(50)
    log.record("m", ev.RunForked(origin="r1", at_seq=1, changes={}))
    await clock.sleep(2)
    log.record("m", ev.RunFinished(status="succeeded"))
    await log.close()

    summary = await summarise(FileJournal(tmp_path), "r2")

    assert summary.duration_us == 2_000_000


async def test_a_run_whose_process_died_is_stopped_and_one_that_lives_is_running(tmp_path: Path) -> None:
    run = await write(tmp_path, "r1", sample.run_started(), *visit())
    lock = run.folder / "lock"
    lock.write_bytes(lock.read_bytes()[:21] + b"%d\n" % os.getpid())  # Another process has its id since.
    assert (await summarise_stored(run)).status == STOPPED
    writer = await run.journal.open("r1")
    assert (await summarise_stored(run)).status == "running"
    await writer.close()


async def test_a_run_that_went_since_it_was_found_is_left_out(tmp_path: Path) -> None:
    going = await write(tmp_path, "going", sample.run_started())
    await write(tmp_path, "staying", sample.run_started())
    found = await stored_runs(file_stores([tmp_path]))
    shutil.rmtree(going.folder)
    assert [summary.run_id for summary in await summarise_each(found)] == ["staying"]


@pytest.mark.parametrize(
    "content", [b"not a journal\nat all\n", b'{"seq":1}\n{"seq":2}\n', b"", b"\xff\n\xff\n"]
)
async def test_a_damaged_run_says_so_and_harms_no_other(tmp_path: Path, content: bytes) -> None:
    good = await write(tmp_path, "good", sample.run_started())
    (tmp_path / "runs" / "bad").mkdir()
    (tmp_path / "runs" / "bad" / "journal.jsonl").write_bytes(content)
    summaries = [await summarise_stored(run) for run in await stored_runs(file_stores([tmp_path]))]
    by_id = {summary.run_id: summary for summary in summaries}
    assert by_id["bad"].status == UNREADABLE
    assert by_id["bad"].problem
    assert by_id[good.run_id].agent == "sample"


async def test_a_folder_that_is_no_run_is_reported(tmp_path: Path) -> None:
    (tmp_path / "runs" / "my notes").mkdir(parents=True)
    (tmp_path / "runs" / "empty").mkdir()
    (foreign,) = foreign_folders(file_stores([tmp_path]))
    assert (await summarise_stored(foreign)).status == UNREADABLE
    (empty,) = await stored_runs(file_stores([tmp_path]))
    assert "no entry" in (await summarise_stored(empty)).problem


async def test_a_prefix_names_a_run_when_it_is_the_only_one(tmp_path: Path) -> None:
    for run_id in ("abc-1", "abc-2", "abc", "xyz"):
        await write(tmp_path, run_id, sample.run_started())
    assert (await find_run(file_stores([tmp_path]), "x")).run_id == "xyz"
    assert (await find_run(file_stores([tmp_path]), "abc")).run_id == "abc"
    with pytest.raises(NoSuchRunError, match="3 stored runs have an id that begins with 'ab'"):
        await find_run(file_stores([tmp_path]), "ab")
    with pytest.raises(NoSuchRunError, match="No stored run"):
        await find_run(file_stores([tmp_path]), "")


def test_a_home_without_runs_has_no_storages(tmp_path: Path) -> None:
    assert storages(tmp_path / "missing") == []
