"""What only a journal in files must withstand: torn writes, failing disks, other processes."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import subprocess
import sys
import threading
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from framework.errors import (
    JournalConflictError,
    JournalCorruptError,
    JournalLockedError,
    JournalWriteError,
    RunExistsError,
    RunIdError,
)
from framework.journal import files
from framework.journal.files import FileJournal
from framework.journal.filesystem import FileSystem
from framework.journal.run_lock import created_us
from tests.support.faulty_disk import FaultyDisk, SlowDisk
from tests.support.journals import line, lines

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.files import FsyncPolicy

CONTENT = b"content" * 100
DIGEST = sha256(CONTENT).hexdigest()
BLOBS = {DIGEST: CONTENT}


async def written(root: Path, last: int) -> Path:
    """Write a run of ``last`` entries and return its file."""
    writer = await FileJournal(root, fsync="never").create("run")
    await writer.append(lines(1, last), expected=0, blobs={})
    await writer.close()
    return root / "runs" / "run" / "journal.jsonl"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


# The layout.


async def test_the_layout_is_one_line_an_entry_and_blobs_by_digest(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")
    await writer.append(lines(1, 2), expected=0, blobs=BLOBS)
    await writer.close()

    content = (tmp_path / "runs" / "run" / "journal.jsonl").read_bytes()
    assert content == line(1) + b"\n" + line(2) + b"\n"
    assert (tmp_path / "blobs" / DIGEST[:2] / DIGEST).read_bytes() == CONTENT


async def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")
    await writer.append([], expected=0, blobs=BLOBS)

    folders = {path.parent for path in files_in(tmp_path)} - {tmp_path}
    assert {path.stat().st_mode & 0o077 for path in {*files_in(tmp_path), *folders}} == {0}


async def test_a_stored_blob_is_not_written_again(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")
    await writer.append([], expected=0, blobs=BLOBS)
    before = (tmp_path / "blobs" / DIGEST[:2] / DIGEST).stat().st_ino

    await writer.append([], expected=0, blobs=BLOBS)

    assert (tmp_path / "blobs" / DIGEST[:2] / DIGEST).stat().st_ino == before


async def test_a_blob_that_a_power_cut_left_short_is_written_again(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    writer = await journal.create("run")
    await writer.append([], expected=0, blobs=BLOBS)
    (tmp_path / "blobs" / DIGEST[:2] / DIGEST).write_bytes(b"")

    await writer.append([], expected=0, blobs=BLOBS)

    assert await journal.read_blob(DIGEST) == CONTENT


async def test_a_changed_blob_is_reported(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    writer = await journal.create("run")
    await writer.append([], expected=0, blobs=BLOBS)
    (tmp_path / "blobs" / DIGEST[:2] / DIGEST).write_bytes(CONTENT[:-1] + b"!")

    with pytest.raises(JournalCorruptError, match=DIGEST):
        await journal.read_blob(DIGEST)


@pytest.mark.parametrize(
    "run_id",
    ["", ".", "..", ".hidden", "a/b", "../up", "/etc", "a\\b", "a\0b", "a\n", "caf\u00e9", "x" * 129, "-x"],
)
async def test_an_id_that_is_no_plain_file_name_is_refused(tmp_path: Path, run_id: str) -> None:
    journal = FileJournal(tmp_path)
    for use in (journal.create, journal.open, journal.read):
        with pytest.raises(RunIdError, match="cannot be a run's id"):
            await use(run_id)
    assert files_in(tmp_path) == []


async def test_other_things_among_the_runs_are_not_listed(tmp_path: Path) -> None:
    await written(tmp_path, 1)
    (tmp_path / "runs" / ".cache").mkdir()
    (tmp_path / "runs" / "notes.txt").write_text("mine")

    assert await FileJournal(tmp_path).run_ids() == ["run"]


async def test_the_order_of_runs_survives_a_copy(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    for run_id in ("c", "a", "b"):
        await (await journal.create(run_id)).close()
    for number, run_id in enumerate(("a", "b", "c")):
        os.utime(tmp_path / "runs" / run_id, (number, number))

    assert await journal.run_ids() == ["c", "a", "b"]


async def test_a_run_whose_lock_file_is_gone_is_listed_by_its_folder(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    for run_id in ("b", "a"):
        await (await journal.create(run_id)).close()
    (tmp_path / "runs" / "a" / "lock").unlink()
    os.utime(tmp_path / "runs" / "a", (1, 1))

    assert await journal.run_ids() == ["a", "b"]


async def test_a_run_that_is_swept_while_it_is_listed_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = FileJournal(tmp_path)
    for run_id in ("a", "b"):
        await (await journal.create(run_id)).close()

    def swept_first(folder: Path) -> int | None:
        if folder.name == "a":
            folder.rename(tmp_path / "swept")
        return created_us(folder)

    monkeypatch.setattr(files, "created_us", swept_first)  # The moment between finding a folder and its time.

    assert await journal.run_ids() == ["b"]


# Torn and damaged lines.


async def test_a_line_torn_at_any_byte_is_ignored_and_cut_off(tmp_path: Path) -> None:
    path = await written(tmp_path, 3)
    whole = path.read_bytes()
    journal = FileJournal(tmp_path, fsync="never")
    start = len(whole) - len(line(3)) - 1

    for size in range(start, len(whole)):
        path.write_bytes(whole[:size])
        assert await journal.read("run") == lines(1, 2), size
        writer = await journal.open("run")
        assert writer.last_seq == 2
        await writer.append([line(3, "again")], expected=2, blobs={})
        await writer.close()
        assert path.read_bytes() == whole[:start] + line(3, "again") + b"\n", size


@pytest.mark.parametrize("tail", [b"\n", b"\0" * 70, b"{\n", b"\0\0\n", b'{"v":1,"seq":3\n', b"\xff\xfe\n"])
async def test_a_last_line_that_does_not_parse_counts_as_torn(tmp_path: Path, tail: bytes) -> None:
    path = await written(tmp_path, 2)
    path.write_bytes(path.read_bytes() + tail)
    journal = FileJournal(tmp_path)

    assert await journal.read("run") == lines(1, 2)
    writer = await journal.open("run")
    await writer.append([line(3)], expected=2, blobs={})
    assert await journal.read("run") == lines(1, 3)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'"text"', b"\0", b'{"seq":77}'])
async def test_damage_before_the_last_line_names_the_line(tmp_path: Path, at: int, damage: bytes) -> None:
    path = await written(tmp_path, 4)
    content = path.read_bytes().split(b"\n")
    content[at - 1] = damage
    path.write_bytes(b"\n".join(content))
    journal = FileJournal(tmp_path)

    for use in (journal.read, journal.open):
        with pytest.raises(JournalCorruptError, match=f"Line {at} of"):
            await use("run")


@pytest.mark.parametrize("damage", [(b'"kind":', b'"kind"8'), (b"{}", b"{]"), (b'"meta"', b'"meta')])
async def test_a_last_line_that_was_written_whole_is_damaged_and_not_torn(
    tmp_path: Path, damage: tuple[bytes, bytes]
) -> None:
    path = await written(tmp_path, 2)
    content = path.read_bytes() + line(3).replace(*damage) + b"\n"
    path.write_bytes(content)
    journal = FileJournal(tmp_path)

    for use in (journal.read, journal.open):
        with pytest.raises(JournalCorruptError, match="Line 3 of"):
            await use("run")
    assert path.read_bytes() == content


async def test_damage_before_a_torn_line_is_not_taken_for_torn(tmp_path: Path) -> None:
    path = await written(tmp_path, 3)
    path.write_bytes(line(1) + b"\n" + b"{{{\n" + line(3)[:20])

    with pytest.raises(JournalCorruptError, match="Line 2 of"):
        await FileJournal(tmp_path).read("run")


@pytest.mark.parametrize("kept", [(2, 3), (1, 3), (2, 1, 3), (1, 1, 2)])
async def test_a_deleted_or_moved_line_is_reported(tmp_path: Path, kept: tuple[int, ...]) -> None:
    path = await written(tmp_path, 3)
    path.write_bytes(b"".join(line(seq) + b"\n" for seq in kept))

    with pytest.raises(JournalCorruptError, match="Line"):
        await FileJournal(tmp_path).read("run")


async def test_a_damaged_run_is_free_after_a_failed_open(tmp_path: Path) -> None:
    path = await written(tmp_path, 3)
    good = path.read_bytes()
    path.write_bytes(b"{}\n" + good)
    journal = FileJournal(tmp_path)
    with pytest.raises(JournalCorruptError):
        await journal.open("run")

    path.write_bytes(good)

    assert (await journal.open("run")).last_seq == 3


async def test_a_run_killed_before_its_file_was_made_is_empty(tmp_path: Path) -> None:
    (tmp_path / "runs" / "run").mkdir(parents=True)
    journal = FileJournal(tmp_path)

    assert await journal.read("run") == []
    with pytest.raises(RunExistsError):
        await journal.create("run")
    writer = await journal.open("run")
    await writer.append(lines(1, 1), expected=0, blobs={})
    assert await journal.run_ids() == ["run"]


async def test_a_folder_in_the_place_of_a_journal_is_damage(tmp_path: Path) -> None:
    (tmp_path / "runs" / "run" / "journal.jsonl").mkdir(parents=True)

    with pytest.raises(JournalCorruptError, match=r"cannot be read: .*journal.jsonl' is a folder"):
        await FileJournal(tmp_path).read("run")
    with pytest.raises(JournalWriteError, match="Is a directory"):
        await FileJournal(tmp_path).open("run")


# Failing disks.


async def write_until_it_fails(journal: FileJournal) -> int:
    """Write three batches and return how many entries were acknowledged."""
    stored = 0
    try:
        writer = await journal.create("run")
    except JournalWriteError:
        return 0
    try:
        for batch in (lines(1, 2), lines(3, 5), lines(6, 6)):
            await writer.append(batch, expected=stored, blobs=BLOBS, durable=True)
            stored += len(batch)
    except JournalWriteError as error:
        with pytest.raises(JournalWriteError, match=re.escape(str(error))):
            await writer.append(lines(stored + 1, stored + 1), expected=stored, blobs={})
    await writer.close()
    return stored


async def count_operations(root: Path, fsync: FsyncPolicy) -> int:
    disk = FaultyDisk()
    assert await write_until_it_fails(FileJournal(root, fsync=fsync, files=disk)) == 6
    return disk.count


@pytest.mark.parametrize("fsync", ["always", "turn", "never"])
@pytest.mark.parametrize("keeps_failing", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize(
    ("code", "torn"),
    [(errno.EIO, False), (errno.EIO, True), (errno.ENOSPC, True)],
    ids=["io", "torn", "full"],
)
async def test_whatever_operation_fails_a_valid_prefix_reads_back(
    tmp_path: Path, fsync: FsyncPolicy, code: int, torn: bool, keeps_failing: bool
) -> None:
    for fails_at in range(1, await count_operations(tmp_path / "whole", fsync) + 1):
        root = tmp_path / f"at-{fails_at}"
        disk = FaultyDisk(fails_at, code, torn=torn, keeps_failing=keeps_failing)
        stored = await write_until_it_fails(FileJournal(root, fsync=fsync, files=disk))

        journal = FileJournal(root, fsync="never")
        if not await journal.run_ids():
            assert stored == 0
            continue
        read = await journal.read("run")
        assert read == lines(1, len(read))
        assert len(read) >= stored
        assert not read or await journal.read_blob(DIGEST) == CONTENT
        writer = await journal.open("run")
        await writer.append([line(len(read) + 1)], expected=len(read), blobs={})
        await writer.close()


@pytest.mark.parametrize("torn", [False, True])
async def test_a_failed_write_leaves_no_trace(tmp_path: Path, torn: bool) -> None:
    disk = FaultyDisk(fails_at=-1, torn=torn)
    writer = await FileJournal(tmp_path, fsync="never", files=disk).create("run")
    await writer.append(lines(1, 1), expected=0, blobs={})
    disk._fails_at = disk.count + 1

    with pytest.raises(JournalWriteError):
        await writer.append(lines(2, 3), expected=1, blobs={})

    assert writer.last_seq == 1
    assert (tmp_path / "runs" / "run" / "journal.jsonl").read_bytes() == line(1) + b"\n"


async def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path) -> None:
    disk = FaultyDisk(fails_at=-1, code=errno.ENOSPC)
    writer = await FileJournal(tmp_path, files=disk).create("run")
    disk._fails_at = disk.count + 1

    with pytest.raises(JournalWriteError) as caught:
        await writer.append(lines(1, 1), expected=0, blobs={})

    assert str(caught.value) == (
        f"Run 'run' could not be written to '{tmp_path / 'runs' / 'run'}' (No space left on device); "
        "free some space, then resume it."
    )


async def test_a_partial_blob_never_gets_its_name(tmp_path: Path) -> None:
    disk = FaultyDisk(fails_at=-1, torn=True)
    writer = await FileJournal(tmp_path, fsync="never", files=disk).create("run")
    disk._fails_at = disk.count + disk_operations_before_the_blob_is_written()

    with pytest.raises(JournalWriteError):
        await writer.append(lines(1, 1), expected=0, blobs=BLOBS)

    assert disk.names[-1] == "write"
    assert files_in(tmp_path / "blobs") == []
    assert await FileJournal(tmp_path).read("run") == []


def disk_operations_before_the_blob_is_written() -> int:
    return len(["make blobs", "make blobs/ab", "open", "write"])


async def test_a_write_the_system_takes_in_portions_is_completed(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, fsync="never", files=SlowDisk(7))
    writer = await journal.create("run")
    await writer.append(lines(1, 3), expected=0, blobs=BLOBS)
    await writer.append(lines(4, 4), expected=3, blobs={})

    assert await journal.read("run") == lines(1, 4)
    assert await journal.read_blob(DIGEST) == CONTENT


async def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(JournalWriteError, match="Not a directory"):
        await FileJournal(tmp_path / "file").create("run")


# Durability.


@pytest.mark.parametrize(
    ("fsync", "durable", "synced"),
    [
        ("always", False, True),
        ("always", True, True),
        ("turn", False, False),
        ("turn", True, True),
        ("never", True, False),
    ],
)
async def test_the_policy_says_when_entries_reach_the_disk(
    tmp_path: Path, fsync: FsyncPolicy, durable: bool, synced: bool
) -> None:
    disk = FaultyDisk()
    writer = await FileJournal(tmp_path, fsync=fsync, files=disk).create("run")
    disk.names.clear()

    await writer.append(lines(1, 1), expected=0, blobs={}, durable=durable)

    assert disk.names == (["write", "sync"] if synced else ["write"])


async def test_entries_written_before_are_forced_to_disk_with_an_empty_batch(tmp_path: Path) -> None:
    disk = FaultyDisk()
    writer = await FileJournal(tmp_path, files=disk).create("run")
    await writer.append(lines(1, 1), expected=0, blobs={})
    disk.names.clear()

    await writer.append([], expected=1, blobs={}, durable=True)
    await writer.append([], expected=1, blobs={}, durable=True)

    assert disk.names == ["sync"]


async def test_blobs_reach_the_disk_before_the_entries_that_name_them(tmp_path: Path) -> None:
    disk = FaultyDisk()
    writer = await FileJournal(tmp_path, files=disk).create("run")
    disk.names.clear()

    await writer.append(lines(1, 1), expected=0, blobs=BLOBS)

    changes = [name for name in disk.names if name not in {"make_folder", "open"}]
    assert changes == ["write", "sync", "replace", "sync", "sync", "sync", "write"]


class BlockedDisk(FileSystem):
    """Waits in ``sync`` until it may go on."""

    __slots__ = ("began", "may_go_on")

    def __init__(self) -> None:
        self.began = threading.Event()
        self.may_go_on = threading.Event()

    def sync(self, fd: int) -> None:
        self.began.set()
        assert self.may_go_on.wait(20)
        super().sync(fd)


async def test_a_slow_disk_does_not_block_the_loop_and_may_be_left(tmp_path: Path) -> None:
    disk = BlockedDisk()
    disk.may_go_on.set()
    journal = FileJournal(tmp_path, files=disk)
    writer = await journal.create("run")
    disk.began.clear()
    disk.may_go_on.clear()

    append = asyncio.create_task(writer.append(lines(1, 1), expected=0, blobs={}, durable=True))
    assert await asyncio.to_thread(disk.began.wait, 20)
    append.cancel()
    with pytest.raises(asyncio.CancelledError):
        await append
    await writer.close()
    disk.may_go_on.set()

    assert writer.last_seq == 1
    assert await journal.read("run") == lines(1, 1)


# Other writers.


async def test_the_error_names_this_process_and_does_not_mistake_another_for_it(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    await journal.create("run")

    with pytest.raises(
        JournalLockedError, match="by this process, or by one of the same id in another container;"
    ):
        await FileJournal(tmp_path).open("run")


async def test_a_lock_without_a_process_id_still_locks(tmp_path: Path) -> None:
    await FileJournal(tmp_path).create("run")
    (tmp_path / "runs" / "run" / "lock").write_bytes(b"")

    with pytest.raises(JournalLockedError, match="by another process"):
        await FileJournal(tmp_path).open("run")


WRITER = """
import asyncio, sys
from pathlib import Path
from framework.journal.files import FileJournal
from framework.journal.log import RunLog
from framework.clock import SystemClock
from framework.model import events as ev

async def main():
    log = RunLog(await FileJournal(Path(sys.argv[1])).create("run"), SystemClock())
    for number in range(10**9):
        log.record("m", ev.RunResumed(reason="x" * (number % 300)))
        await log.commit(durable=number % 50 == 0)
        if number == 60:
            print("ready", flush=True)

asyncio.run(main())
"""


def start_writer(root: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)


async def test_a_second_process_cannot_write_and_a_killed_one_leaves_all_in_order(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    process = start_writer(tmp_path)
    try:
        with pytest.raises(JournalLockedError, match=f"by process {process.pid};"):
            await journal.open("run")
        assert len(await journal.read("run")) > 60
    finally:
        kill(process)

    read = await journal.read("run")
    writer = await journal.open("run")
    assert writer.last_seq == len(read)
    await writer.append([line(len(read) + 1)], expected=len(read), blobs={}, durable=True)
    assert len(await journal.read("run")) == len(read) + 1


async def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    writer = await journal.create("run")
    inherited = os.dup(writer._lock._fd)
    try:
        await writer.close()
        reopened = await journal.open("run")
        with pytest.raises(JournalConflictError):
            await writer.append(lines(1, 1), expected=0, blobs={})
        await reopened.close()
    finally:
        os.close(inherited)
