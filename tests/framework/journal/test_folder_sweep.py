"""Sweeping files: data folders go, damage stays in place and stops nothing, a kill leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from framework.clock import SystemClock
from framework.errors import JournalError, JournalLockedError
from framework.journal.files import FileJournal
from framework.journal.filesystem import FileSystem
from framework.journal.reading import read_entries
from tests.framework.journal.test_sweep import CONTENT, DAY, DIGEST, ENDED, gone
from tests.support.event_samples import LARGE_TEXT, node_started, run_started
from tests.support.journals import write_run

if TYPE_CHECKING:
    from pathlib import Path

    from framework.model.events import Event

OTHER = [run_started("first"), node_started("first", opening=LARGE_TEXT + "."), *ENDED[2:]]


async def written(root: Path, *run_ids: str, events: list[Event] = ENDED) -> FileJournal:
    journal = FileJournal(root)
    for run_id in run_ids:
        await write_run(journal, run_id, [("m", event) for event in events])
    make_old(root)
    return journal


def make_old(root: Path) -> None:
    for each in root.glob("blobs/*/*"):
        os.utime(each, (1, 1))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def blob(root: Path) -> Path:
    return root / "blobs" / DIGEST[:2] / DIGEST


async def test_the_data_folder_and_the_inbox_go_and_nothing_stays_behind(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    outside = tmp_path / "outside.txt"
    outside.write_text("kept")
    for name in ("data", "inbox"):
        (tmp_path / "runs/run" / name / "deep").mkdir(parents=True)
        (tmp_path / "runs/run" / name / "deep" / "file.bin").write_bytes(b"x" * 1000)
    (tmp_path / "runs/run/data/link").symlink_to(outside)

    [run] = (await journal.sweep(DAY)).runs

    assert run.size > 2000
    assert names(tmp_path) == ["blobs", "outside.txt", "runs"]
    assert (names(tmp_path / "runs"), names(blob(tmp_path).parent)) == ([], [])
    assert outside.read_text() == "kept"


@pytest.mark.parametrize("damage", ["bytes", "missing", "newer"])
async def test_a_damaged_run_is_left_and_said_so_and_the_others_go(tmp_path: Path, damage: str) -> None:
    journal = await written(tmp_path, "a", "bad", "c", events=OTHER)
    await written(tmp_path, "d")
    stored = tmp_path / "runs/bad/journal.jsonl"
    lines = stored.read_bytes().splitlines(keepends=True)
    changed = {"bytes": [lines[0], b"\xff" * 40 + b"\n", lines[2]], "missing": lines[1:]}
    changed["newer"] = [line.replace(b'{"v":2', b'{"v":9') for line in lines]
    stored.write_bytes(b"".join(changed[damage]))

    swept = await journal.sweep(DAY)

    assert gone(swept) == ["a", "c", "d"]
    [left] = swept.left
    assert (left.run_id, left.is_held, bool(left.reason)) == ("bad", False, True)
    assert await journal.run_ids() == ["bad"]
    assert not blob(tmp_path).exists()


async def test_beside_a_damaged_run_only_content_of_the_removed_runs_goes(tmp_path: Path) -> None:
    journal = await written(tmp_path, "bad")
    await written(tmp_path, "good", events=OTHER)
    (tmp_path / "runs/bad/journal.jsonl").write_bytes(b"\xff" * 80 + b"\n" + b"\xff" * 80 + b"\n")

    swept = await journal.sweep(DAY)

    assert (gone(swept), swept.blobs) == (["good"], 1)
    assert await journal.read_blob(DIGEST) == CONTENT


async def test_content_that_a_kill_left_without_a_run_goes(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    shutil.rmtree(tmp_path / "runs" / "run")
    part = blob(tmp_path).with_name(f".{DIGEST}.0123456789ab")
    part.write_bytes(b"torn")
    os.utime(part, (1, 1))

    assert (await journal.sweep(DAY)).blobs == 2
    assert not part.exists()


KILLED = """\
import asyncio, os, shutil, signal, sys
from datetime import timedelta
from pathlib import Path
from framework.journal.files import FileJournal

shutil.rmtree = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(FileJournal(Path(sys.argv[1])).sweep(timedelta(days=1)))
"""


async def test_what_a_killed_sweep_left_goes_with_the_next(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(tmp_path))
    assert await killed.wait() == -signal.SIGKILL

    assert await journal.run_ids() == []
    assert (await journal.sweep(DAY, is_trial=True)).runs == ()
    assert (tmp_path / "swept").exists()
    assert (await journal.sweep(DAY)).blobs == 1
    assert not (tmp_path / "swept").exists()


async def test_a_draft_of_a_fork_keeps_its_content(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    draft = tmp_path / "runs/fork/journal.draft"
    draft.parent.mkdir()
    shutil.copyfile(tmp_path / "runs/run/journal.jsonl", draft)
    assert (await journal.sweep(DAY)).blobs == 0


async def test_a_writer_whose_lock_file_somebody_deleted_is_seen(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    writer = await journal.open("run")
    (tmp_path / "runs/run/lock").unlink()
    swept = await journal.sweep(DAY)
    assert ([run.is_held for run in swept.left], gone(swept)) == ([True], [])
    await writer.close()


async def test_a_link_among_the_runs_is_left(tmp_path: Path) -> None:
    await written(tmp_path / "elsewhere", "run")
    journal = await written(tmp_path, "other")
    (tmp_path / "runs/run").symlink_to(tmp_path / "elsewhere/runs/run")
    swept = await journal.sweep(DAY)
    assert (gone(swept), [run.run_id for run in swept.left]) == (["other"], ["run"])
    assert len(await read_entries(FileJournal(tmp_path / "elsewhere"), "run")) == 3


async def test_a_run_that_cannot_be_moved_is_left_and_the_others_go(tmp_path: Path) -> None:
    class Stuck(FileSystem):
        def replace(self, source: Path, target: Path) -> None:
            if source.name == "b":
                raise PermissionError(13, "Permission denied", str(source))
            super().replace(source, target)

    await written(tmp_path, "a", "b", "c")
    swept = await FileJournal(tmp_path, files=Stuck()).sweep(DAY)
    assert gone(swept) == ["a", "c"]
    assert "Permission denied" in swept.left[0].reason
    assert await (await FileJournal(tmp_path).open("b")).close() is None


async def test_a_folder_that_cannot_be_removed_whole_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = await written(tmp_path, "a")

    def stuck(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr("framework.journal.folder_sweep.shutil.rmtree", stuck)  # A root test user may all.
        swept = await journal.sweep(DAY)
    assert gone(swept) == ["a"]
    [problem] = swept.problems
    assert "is not removed whole: Permission denied" in problem
    await journal.sweep(DAY)
    assert not (tmp_path / "swept").exists()


async def test_content_that_a_writer_stores_again_meanwhile_stays(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    writer = await journal.create("new")
    blobs = journal._place.blobs
    [spare] = [each for each in blobs.spare(()) if each.digest == DIGEST]
    await writer.append([], expected=0, blobs={DIGEST: CONTENT})
    assert not blobs.remove(spare)
    assert await journal.read_blob(DIGEST) == CONTENT
    await writer.close()


async def test_content_that_is_gone_when_it_is_stored_again_is_written(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    blob(tmp_path).unlink()
    writer = await journal.create("new")
    await writer.append([], expected=0, blobs={DIGEST: CONTENT})
    assert await journal.read_blob(DIGEST) == CONTENT
    await writer.close()


async def test_of_two_sweeps_at_once_one_is_refused(tmp_path: Path) -> None:
    class Slow(FileSystem):
        def replace(self, source: Path, target: Path) -> None:
            super().replace(source, target)
            with pytest.raises(JournalLockedError, match="swept by another process"):
                asyncio.run(FileJournal(tmp_path).sweep(DAY))

    await written(tmp_path, "a", "b")
    assert gone(await FileJournal(tmp_path, files=Slow()).sweep(DAY)) == ["a", "b"]


async def test_a_folder_without_runs_has_nothing_to_sweep(tmp_path: Path) -> None:
    assert (await FileJournal(tmp_path / "none").sweep(DAY)).runs == ()
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(JournalError, match="cannot be read"):
        await FileJournal(tmp_path).sweep(DAY)


async def test_the_age_is_that_of_the_last_entry(tmp_path: Path) -> None:
    journal = await written(tmp_path, "run")
    age_us = SystemClock().epoch_us() - (await read_entries(journal, "run"))[-1].at_us
    assert gone(await journal.sweep(timedelta(microseconds=age_us) + DAY)) == []
    assert gone(await journal.sweep(timedelta(microseconds=age_us))) == ["run"]
