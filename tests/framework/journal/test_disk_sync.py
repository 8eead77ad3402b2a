from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import threading
import time
import weakref

import pytest

from framework.journal.disk_sync import ON_THE_SPOT_S, DiskSync

FD = 7


class Disk:
    """Notes which threads it was called in; waits there when it is slow."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def sync(self, fd: int) -> None:
        assert fd == FD
        self.threads.append(threading.current_thread())
        assert self.may_answer.wait(20)


def fails(fd: int) -> None:
    raise OSError(5, f"no {fd}")


def fails_late(fd: int) -> None:
    time.sleep(10 * ON_THE_SPOT_S)
    fails(fd)


async def test_a_fast_disk_is_called_in_one_thread_that_is_not_the_loops() -> None:
    disk, syncing = Disk(), DiskSync()
    for _ in range(50):
        await syncing.run(disk.sync, FD)
        syncing._last_s = 0.0  # However loaded this machine is.

    assert len(disk.threads) == 50
    assert len(set(disk.threads)) == 1
    assert disk.threads[0] is not threading.current_thread()


async def test_a_disk_that_does_not_answer_holds_the_loop_up_for_a_moment_only() -> None:
    disk, syncing = Disk(), DiskSync()
    await syncing.run(disk.sync, FD)
    disk.may_answer.clear()

    waiting = asyncio.create_task(syncing.run(disk.sync, FD))
    others = [asyncio.create_task(syncing.run(disk.sync, FD)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert len(disk.threads) == 5
    assert not waiting.done()
    disk.may_answer.set()

    await asyncio.gather(waiting, *others)


async def test_a_disk_that_was_slow_is_not_waited_for_on_the_spot_until_it_is_fast_again() -> None:
    disk, syncing = Disk(), DiskSync()
    with pytest.raises(OSError, match="no 7"):
        await syncing.run(fails_late, FD)

    await syncing.run(disk.sync, FD)
    assert disk.threads[0].name != "journal-sync"
    syncing._last_s = 0.0
    await syncing.run(disk.sync, FD)
    assert disk.threads[1].name == "journal-sync"


async def test_a_failure_is_raised_and_the_next_call_goes_on() -> None:
    disk, syncing = Disk(), DiskSync()
    with pytest.raises(OSError, match="no 7"):
        await syncing.run(fails, FD)

    await syncing.run(disk.sync, FD)
    assert len(disk.threads) == 1


async def test_a_call_that_is_left_goes_on_in_its_thread() -> None:
    disk, syncing = Disk(), DiskSync()
    disk.may_answer.clear()
    waiting = asyncio.create_task(syncing.run(disk.sync, FD))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    disk.may_answer.set()

    await syncing.run(disk.sync, FD)
    assert len(disk.threads) == 2


async def test_the_thread_ends_with_what_began_it() -> None:
    disk, syncing = Disk(), DiskSync()
    await syncing.run(disk.sync, FD)
    [thread] = disk.threads
    gone = weakref.ref(syncing)
    del syncing
    gc.collect()

    assert gone() is None
    thread.join(5)
    assert not thread.is_alive()


async def test_the_thread_ends_though_a_forked_child_lives() -> None:
    disk, syncing = Disk(), DiskSync()
    await syncing.run(disk.sync, FD)
    may_end = multiprocessing.get_context("fork").Event()
    child = multiprocessing.get_context("fork").Process(target=may_end.wait, args=(20,))
    child.start()
    try:
        del syncing
        gc.collect()
        disk.threads[0].join(5)
        assert not disk.threads[0].is_alive()
    finally:
        may_end.set()
        await asyncio.to_thread(child.join, 20)


async def test_without_a_pipe_it_borrows_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(24, "Too many open files")

    disk, syncing = Disk(), DiskSync()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pipe", refuse)
        await syncing.run(disk.sync, FD)
    syncing._last_s = 0.0
    await syncing.run(disk.sync, FD)

    assert [thread.name == "journal-sync" for thread in disk.threads] == [False, True]


async def test_without_a_thread_it_borrows_one_and_closes_its_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    def pipe() -> tuple[int, int]:
        ends = open_pipe()
        opened.extend(ends)
        return ends

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    disk, syncing, open_pipe = Disk(), DiskSync(), os.pipe
    await asyncio.to_thread(int)  # There is one to borrow now.
    with monkeypatch.context() as patched:
        patched.setattr(os, "pipe", pipe)
        patched.setattr(threading.Thread, "start", refuse)
        await syncing.run(disk.sync, FD)

    assert len(disk.threads) == 1
    for end in opened:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(end)


async def test_a_forked_child_and_its_parent_have_a_thread_each() -> None:
    disk, syncing = Disk(), DiskSync()
    await syncing.run(disk.sync, FD)

    def synced() -> None:
        asyncio.run(syncing.run(disk.sync, FD))
        assert len(disk.threads) == 2

    child = multiprocessing.get_context("fork").Process(target=synced)
    child.start()
    await asyncio.to_thread(child.join, 20)
    assert child.exitcode == 0

    await syncing.run(disk.sync, FD)
    assert len(set(disk.threads)) == 1
