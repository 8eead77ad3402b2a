"""Statements that fail: lost before or after they were executed, refused, cut off by the server."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest

from framework.errors import JournalConflictError, JournalError, JournalWriteError
from framework.journal.postgres import PostgresJournal
from tests.support.faulty_connections import Fault, Faults
from tests.support.journals import lines

if TYPE_CHECKING:
    from framework.journal.postgres.writer import PostgresWriter


async def write_two_runs(journal: PostgresJournal) -> None:
    """Write, give up, take again and go on."""
    for run_id in ("one", "two"):
        writer = await journal.create(run_id)
        for seq in range(1, 7):
            content = f"{run_id} {seq}".encode()
            blobs = {sha256(content).hexdigest(): content}
            await writer.append(lines(seq, seq, run_id), expected=seq - 1, blobs=blobs, durable=seq % 2 == 0)
        await writer.close()
        writer = await journal.open(run_id)
        await writer.append(lines(7, 9, run_id), expected=6, blobs={})
        await writer.close()


@pytest.mark.parametrize("kind", [Fault.BEFORE, Fault.AFTER])
@pytest.mark.parametrize("every", [2, 3, 4, 5])
async def test_a_lost_statement_counts_once(postgres: str, kind: Fault, every: int) -> None:
    faults = Faults(kind=kind)
    async with faults.pool(postgres) as pool, PostgresJournal(pool) as journal:
        await journal.run_ids()
        faults.every = every
        await write_two_runs(journal)
        faults.every = 0

        assert await journal.run_ids() == ["one", "two"]
        for run_id in ("one", "two"):
            assert await journal.read(run_id) == lines(1, 9, run_id)
            content = f"{run_id} 6".encode()
            assert await journal.read_blob(sha256(content).hexdigest()) == content


@pytest.mark.parametrize("position", range(1, 5))
async def test_a_refused_append_is_reported_and_stores_nothing(postgres: str, position: int) -> None:
    faults = Faults(kind=Fault.REFUSED)
    async with faults.pool(postgres) as pool, PostgresJournal(pool) as journal:
        writer = await journal.create("run")
        for seq in range(1, position):
            await writer.append(lines(seq, seq), expected=seq - 1, blobs={})
        faults.every = 1
        with pytest.raises(JournalWriteError, match="no space left"):
            await writer.append(lines(position, position), expected=position - 1, blobs={})
        faults.every = 0
        with pytest.raises(JournalWriteError, match="no space left"):
            await writer.append(lines(position, position), expected=position - 1, blobs={})

        assert writer.last_seq == position - 1
        assert await journal.read("run") == lines(1, position - 1)


async def test_an_outcome_that_cannot_be_learnt_is_reported_as_unknown(postgres: str) -> None:
    faults = Faults(kind=Fault.AFTER)
    async with faults.pool(postgres) as pool, PostgresJournal(pool, patience_s=0.3) as journal:
        writer = await journal.create("run")
        faults.every = 1
        with pytest.raises(JournalWriteError, match="is not known"):
            await writer.append(lines(1, 1), expected=0, blobs={})
        with pytest.raises(JournalError, match="cannot be read from the database"):
            await journal.read("run")
        await writer.close()
        faults.every = 0

        assert await journal.read("run") == lines(1, 1)


async def test_a_server_that_does_not_answer_is_given_up(postgres: str) -> None:
    async with PostgresJournal(postgres, patience_s=0.3) as journal:
        writer = await journal.create("run")
        async with await psycopg.AsyncConnection.connect(postgres) as other:
            await other.execute("LOCK TABLE journal_entries")
            with pytest.raises(JournalWriteError, match=r"is not known \(no answer within 0.3 s\)"):
                await writer.append(lines(1, 1), expected=0, blobs={})


async def append_all(writer: PostgresWriter, last: int) -> None:
    for seq in range(1, last + 1):
        await writer.append(lines(seq, seq), expected=seq - 1, blobs={})


async def test_connections_cut_off_by_the_server_lose_nothing(postgres: str) -> None:
    dsn = f"{postgres}&application_name=cut"
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cut'"
    async with PostgresJournal(dsn) as journal:
        writers = [await journal.create(f"run-{number}") for number in range(5)]
        cuts = 0
        async with (
            await psycopg.AsyncConnection.connect(postgres, autocommit=True) as other,
            asyncio.TaskGroup() as group,
        ):
            tasks = [group.create_task(append_all(writer, 40)) for writer in writers]
            while not all(task.done() for task in tasks) and cuts < 10:
                await other.execute(cut)
                cuts += 1
                await asyncio.sleep(0.02)

        assert cuts > 1
        for number in range(5):
            assert await journal.read(f"run-{number}") == lines(1, 40)


async def test_entries_the_server_lost_in_a_crash_are_missed(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        writer = await journal.create("run")
        await writer.append(lines(1, 3), expected=0, blobs={})
        async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as other:
            await other.execute("UPDATE journal_runs SET last_seq = 1")
            await other.execute("DELETE FROM journal_entries WHERE seq > 1")

        with pytest.raises(JournalWriteError, match=r"has 1 entries in the database.*had stored 3"):
            await writer.append(lines(4, 4), expected=3, blobs={})
        await writer.close()
        writer = await journal.open("run")
        await writer.append(lines(2, 2), expected=1, blobs={})


async def test_one_of_many_openers_gets_the_run(postgres: str) -> None:
    async with PostgresJournal(postgres, owner="maker") as maker:
        await (await maker.create("run")).close()
        async with (
            PostgresJournal(postgres, owner="one") as one,
            PostgresJournal(postgres, owner="two") as two,
        ):
            tried = [journal.open("run") for _ in range(5) for journal in (one, two)]
            results = await asyncio.gather(*tried, return_exceptions=True)

    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert not any(isinstance(result, JournalConflictError) for result in results)
