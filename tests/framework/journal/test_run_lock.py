"""Who looks at a run in files learns whether it is held from its locks alone, and is in nobody's way."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from framework.errors import JournalLockedError
from framework.journal import file_lock
from framework.journal.files import FileJournal
from framework.journal.run_lock import is_held

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def looked_at(path: Path) -> Generator[int]:
    """Hold a file as one does that looks whether somebody writes it."""
    fd = os.open(path, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_SH)
    try:
        yield fd
    finally:
        os.close(fd)


async def stored(root: Path) -> Path:
    """Store a run that nobody writes; return its folder."""
    await (await FileJournal(root).create("run")).close()
    return root / "runs" / "run"


async def test_a_free_lock_that_names_a_living_process_holds_nothing(tmp_path: Path) -> None:
    folder = await stored(tmp_path)
    with (folder / "lock").open("ab") as lock:
        lock.write(b"%d\n" % os.getpid())  # As a kill leaves it whose id another process has got.
    inbox = FileJournal(tmp_path).inbox("run")

    assert not await inbox.is_attended()
    assert await inbox.holder() is None


@pytest.mark.parametrize("left", [b"", b"\n", b"00000000000000000001\n", b"1\nnobody\n", b"1\n" + b"9" * 99])
async def test_a_run_is_held_whatever_its_lock_file_says(tmp_path: Path, left: bytes) -> None:
    writer = await FileJournal(tmp_path).create("run")
    (tmp_path / "runs" / "run" / "lock").write_bytes(left)
    inbox = FileJournal(tmp_path).inbox("run")

    assert await inbox.is_attended()
    assert str(await inbox.holder()) == "a process of unknown id"
    await writer.close()
    assert await inbox.holder() is None


async def test_a_run_whose_lock_file_was_deleted_is_held_by_its_journal(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")
    (tmp_path / "runs" / "run" / "lock").unlink()

    assert is_held(tmp_path / "runs" / "run")
    await writer.close()
    assert not is_held(tmp_path / "runs" / "run")


async def test_a_look_leaves_the_run_to_its_writer(tmp_path: Path) -> None:
    writer = await FileJournal(tmp_path).create("run")

    assert is_held(tmp_path / "runs" / "run")

    with pytest.raises(JournalLockedError):
        await FileJournal(tmp_path).open("run")
    await writer.close()


async def test_a_look_is_not_kept_by_a_forked_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = await stored(tmp_path)
    inherited: list[int] = []
    close = os.close

    def forked(fd: int) -> None:
        inherited.append(os.dup(fd))
        close(fd)

    monkeypatch.setattr(os, "close", forked)
    assert not is_held(folder)
    monkeypatch.undo()

    await (await FileJournal(tmp_path).open("run")).close()
    for fd in inherited:
        close(fd)


@pytest.mark.parametrize("name", ["lock", "journal.jsonl"])
async def test_a_writer_waits_for_one_that_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = await stored(tmp_path)
    with looked_at(folder / name) as look:
        # In place of the pause: the look ends during it.
        monkeypatch.setattr(file_lock.time, "sleep", lambda _: fcntl.flock(look, fcntl.LOCK_UN))
        writer = await FileJournal(tmp_path).open("run")
        monkeypatch.undo()

        assert is_held(folder)
        await writer.close()


async def test_a_look_that_does_not_end_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await stored(tmp_path)
    monkeypatch.setattr(file_lock, "_PATIENCE_S", 0.01)
    with looked_at(folder / "lock"), pytest.raises(JournalLockedError):
        await FileJournal(tmp_path).open("run")

    await (await FileJournal(tmp_path).open("run")).close()


def test_a_writer_gets_in_beside_many_looks(tmp_path: Path) -> None:
    folder = asyncio.run(stored(tmp_path))
    is_over = threading.Event()
    seen: set[bool] = set()

    def look() -> None:
        while not is_over.is_set():
            seen.add(is_held(folder))

    async def write() -> None:
        for _ in range(300):
            await (await FileJournal(tmp_path, fsync="never").open("run")).close()

    looks = [threading.Thread(target=look) for _ in range(2)]
    for each in looks:
        each.start()
    try:
        asyncio.run(write())
    finally:
        is_over.set()
        for each in looks:
            each.join()
    assert seen == {True, False}
