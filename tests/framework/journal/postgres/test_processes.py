"""Processes that are stopped past their lease, or killed, while they write.

``HIVE_LEASE_TRIALS`` sets how often; a release is tried with 1000.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framework.errors import JournalLockedError
from framework.journal.entry import decode_line
from framework.journal.postgres import PostgresJournal
from framework.model.events import OwnerChanged
from tests.support.journals import lines
from tests.support.postgres_worker import worker_line

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from framework.journal.postgres.writer import PostgresWriter

REPOSITORY = Path(__file__).resolve().parents[4]
TRIALS = int(os.environ.get("HIVE_LEASE_TRIALS", "20"))
LONGEST_S = 60 + 2 * TRIALS


@asynccontextmanager
async def workers(dsn: str) -> AsyncIterator[Process]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.postgres_worker", dsn),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
        env=environment,
    )
    try:
        yield process
    finally:
        process.stdin.close()
        await process.communicate()


async def said(process: Process) -> str:
    async with asyncio.timeout(20):
        return (await process.stdout.readline()).decode().strip()


async def started(process: Process, run_id: str, *, entries: int) -> tuple[int, int]:
    """Let a worker write so many entries; return its process id and the last number it told."""
    process.stdin.write(f"{run_id}\n".encode())
    pid = int(await said(process))
    told = 0
    for _ in range(entries):
        told = int(await said(process))
    await asyncio.sleep(random.random() / 200)
    return pid, told


async def opened(journal: PostgresJournal, run_id: str) -> PostgresWriter:
    async with asyncio.timeout(20):
        while True:
            try:
                return await journal.open(run_id)
            except JournalLockedError:
                await asyncio.sleep(0.02)


async def make_run(journal: PostgresJournal, run_id: str) -> None:
    writer = await journal.create(run_id)
    await writer.append(lines(1, 2), expected=0, blobs={})
    await writer.close()


def check_worker_part(stored: list[bytes], told: int) -> None:
    """Check that all a worker told of is there, once and in order, after the entries of ``make_run``."""
    assert stored[:2] == lines(1, 2)
    assert decode_line(stored[2]).event.owner == "worker"
    assert len(stored) >= told
    assert stored[3:] == [worker_line(seq) for seq in range(4, len(stored) + 1)]


@pytest.mark.timeout(LONGEST_S)
async def test_a_process_stopped_past_its_lease_writes_nothing_stale(postgres: str) -> None:
    async with PostgresJournal(postgres, owner="test") as journal, workers(postgres) as process:
        for trial in range(TRIALS):
            run_id = f"run-{trial}"
            await make_run(journal, run_id)
            pid, told = await started(process, run_id, entries=1 + trial % 9)
            os.kill(pid, signal.SIGSTOP)
            fresh = await opened(journal, run_id)
            count = fresh.last_seq
            await fresh.append(lines(count + 1, count + 3, "fresh"), expected=count, blobs={})
            os.kill(pid, signal.SIGCONT)
            while await said(process) != "fenced":
                pass
            await fresh.close()

            stored = await journal.read(run_id)
            assert isinstance(decode_line(stored[count - 1]).event, OwnerChanged)
            check_worker_part(stored[: count - 1], told)
            assert stored[count:] == lines(count + 1, count + 3, "fresh")


@pytest.mark.timeout(LONGEST_S)
async def test_a_killed_process_loses_nothing_it_told_of(postgres: str) -> None:
    async with PostgresJournal(postgres, owner="test") as journal, workers(postgres) as process:
        for trial in range(TRIALS // 2):
            run_id = f"run-{trial}"
            await make_run(journal, run_id)
            pid, told = await started(process, run_id, entries=1 + trial % 9)
            os.kill(pid, signal.SIGKILL)
            writer = await opened(journal, run_id)
            await writer.close()

            check_worker_part((await journal.read(run_id))[:-1], told)
            await drain(process)


async def drain(process: Process) -> None:
    """Read what the killed worker had still said."""
    try:
        async with asyncio.timeout(0.01):
            while True:
                await process.stdout.readline()
    except TimeoutError:
        pass
