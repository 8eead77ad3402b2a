"""A journal in files keeps one writer, whatever becomes of its lock file or of the journal itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from framework.errors import JournalConflictError, JournalLockedError, JournalWriteError
from framework.journal.fence import hold_file
from framework.journal.files import FileJournal
from tests.support.journals import line, lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOLDER = """
import asyncio, sys
from pathlib import Path
from framework.journal.files import FileJournal

async def main():
    writer = await FileJournal(Path(sys.argv[1])).create("run")
    number = 0
    for _ in sys.stdin:
        print("ready", flush=True)
        number += 1
        entry = b'{"v":1,"seq":%d}' % number
        await writer.append([entry], expected=number - 1, blobs={}, durable=True)

print("started", flush=True)
asyncio.run(main())
"""


def start_holder(root: Path) -> subprocess.Popen[str]:
    """Start a process that writes one entry a line it gets, and wait until it has begun a second one."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    for _ in range(2):
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
    return process


async def test_a_deleted_lock_file_lets_no_second_process_in(tmp_path: Path) -> None:
    process = start_holder(tmp_path)
    lock = tmp_path / "runs" / "run" / "lock"
    lock.unlink()

    try:
        for _ in range(2):  # The second time the lock file is back, and nobody's.
            with pytest.raises(JournalLockedError, match="'run' is being written by another process"):
                await FileJournal(tmp_path).open("run")
    finally:
        _, said = process.communicate("and on\n", timeout=20)

    assert (process.returncode, said) == (0, "")
    reopened = await FileJournal(tmp_path).open("run")
    assert reopened.last_seq == 3
    await reopened.close()


async def test_a_run_that_began_with_several_entries_is_held_as_well(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")
    await writer.append(lines(1, 3), expected=0, blobs={})
    (tmp_path / "runs" / "run" / "lock").unlink()

    with pytest.raises(JournalLockedError):
        await FileJournal(tmp_path).open("run")


async def test_a_file_that_takes_the_place_of_one_being_opened_is_not_mistaken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "run" / "journal.jsonl"
    path.parent.mkdir()
    opened = os.open(path, os.O_WRONLY | os.O_CREAT)
    other = tmp_path / "draft"
    other.write_bytes(b"")
    other.replace(path)
    try:
        with pytest.raises(JournalLockedError):
            hold_file(opened, path)
    finally:
        os.close(opened)


async def test_a_forked_child_does_not_keep_the_journal(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")
    inherited = os.dup(writer._fd)
    try:
        await writer.close()
        reopened = await FileJournal(tmp_path).open("run")
        assert reopened.last_seq == 0
        await reopened.close()
    finally:
        os.close(inherited)


def deleted(path: Path) -> None:
    path.unlink()


def deleted_with_its_folder(path: Path) -> None:
    for each in path.parent.iterdir():
        each.unlink()
    path.parent.rmdir()


def written_to(path: Path) -> None:
    with path.open("ab") as file:
        file.write(line(3, "foreign") + b"\n")


def cut(path: Path) -> None:
    os.truncate(path, 10)


def moved(path: Path) -> None:
    path.rename(path.with_suffix(".away"))


def replaced(path: Path) -> None:
    moved(path)
    path.write_bytes(path.with_suffix(".away").read_bytes())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (deleted, "was deleted"),
        (deleted_with_its_folder, "was deleted"),
        (written_to, r"has \d+ bytes where its writer left \d+"),
        (cut, "has 10 bytes where its writer left"),
        (moved, "was moved away"),
        (replaced, "was moved away, or another file took its place"),
    ],
)
async def test_a_changed_journal_stops_its_writer(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / "runs" / "run" / "journal.jsonl"
    writer = await FileJournal(tmp_path).create("run")
    await writer.append(lines(1, 1), expected=0, blobs={})
    await writer.append(lines(2, 2), expected=1, blobs={})
    change(path)
    left = path.read_bytes() if path.exists() else None

    with pytest.raises(JournalConflictError, match=told):
        await writer.append(lines(3, 3), expected=2, blobs={}, durable=True)
    with pytest.raises(JournalWriteError, match=told):
        await writer.append(lines(3, 3), expected=2, blobs={})
    await writer.close()

    assert (path.read_bytes() if path.exists() else None) == left
