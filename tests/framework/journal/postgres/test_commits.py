from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
import pytest

from framework.errors import JournalWriteError
from framework.journal.postgres import PostgresJournal
from tests.support.faulty_connections import Faults
from tests.support.journals import lines

if TYPE_CHECKING:
    from framework.journal.postgres.writer import PostgresWriter

NOTE_SETTING = """
CREATE TABLE noted (kind text, setting text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO noted VALUES (NEW.run_id || NEW.seq, current_setting('synchronous_commit'));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note AFTER INSERT ON journal_entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION note();
"""


async def write(writer: PostgresWriter, last: int) -> None:
    blobs = {sha256(b"shared").hexdigest(): b"shared"}
    for seq in range(1, last + 1):
        await writer.append(lines(seq, seq, writer.run_id), expected=seq - 1, blobs=blobs, durable=True)


async def test_two_hundred_runs_share_their_transactions(postgres: str) -> None:
    faults = Faults()
    async with faults.pool(postgres) as pool, PostgresJournal(pool) as journal:
        writers = await asyncio.gather(*(journal.create(f"run-{number}") for number in range(200)))
        faults.statements.clear()
        async with asyncio.timeout(20):
            await asyncio.gather(*(write(writer, 5) for writer in writers))
        used = len(faults.statements)
        stored = await asyncio.gather(*(journal.read(writer.run_id) for writer in writers))

    assert used <= 50
    assert stored == [lines(1, 5, writer.run_id) for writer in writers]


async def test_a_run_the_database_refuses_fails_alone(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        writers = [await journal.create(f"run-{number}") for number in range(10)]
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("ALTER TABLE journal_entries ADD CHECK (run_id <> 'run-4')")
        done = await asyncio.gather(*(write(writer, 3) for writer in writers), return_exceptions=True)

        assert [number for number, result in enumerate(done) if result is not None] == [4]
        assert isinstance(done[4], JournalWriteError)
        assert await journal.read("run-4") == []
        assert await journal.read("run-5") == lines(1, 3, "run-5")


async def test_only_durable_appends_wait_for_the_disk(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        writer = await journal.create("r")
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(NOTE_SETTING)
            await writer.append(lines(1, 1), expected=0, blobs={})
            await writer.append(lines(2, 2), expected=1, blobs={}, durable=True)
            noted = connection.execute("SELECT kind, setting FROM noted ORDER BY kind").fetchall()

    assert noted == [("r1", "off"), ("r2", "on")]


async def test_a_durable_append_waits_for_the_disk_whatever_the_server_is_set_to(postgres: str) -> None:
    async with PostgresJournal(f"{postgres}%20-csynchronous_commit%3Doff") as journal:
        writer = await journal.create("r")
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(NOTE_SETTING)
            await writer.append(lines(1, 1), expected=0, blobs={}, durable=True)

            assert connection.execute("SELECT setting FROM noted").fetchall() == [("on",)]


async def test_a_cancelled_append_says_whether_it_was_stored(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        sent, queued = await journal.create("sent"), await journal.create("queued")
        async with await psycopg.AsyncConnection.connect(postgres) as other:
            await other.execute("LOCK TABLE journal_entries")
            first = asyncio.create_task(sent.append(lines(1, 1), expected=0, blobs={}))
            await asyncio.sleep(0.1)
            second = asyncio.create_task(queued.append(lines(1, 1), expected=0, blobs={}))
            await asyncio.sleep(0.05)
            for task in (second, first, first):
                task.cancel()
                await asyncio.sleep(0)
        done = await asyncio.gather(first, second, return_exceptions=True)

        assert [type(result) for result in done] == [asyncio.CancelledError] * 2
        assert (sent.last_seq, queued.last_seq) == (1, 0)
        await sent.append(lines(2, 2), expected=1, blobs={})
        await queued.append(lines(1, 1), expected=0, blobs={})
        assert await journal.read("sent") == lines(1, 2)
        assert await journal.read("queued") == lines(1, 1)


@pytest.mark.parametrize("wrong", [[b"{}"], [b"not json"], lines(2, 2), [*lines(1, 1), *lines(3, 3)]])
async def test_what_is_no_next_entry_is_refused(postgres: str, wrong: list[bytes]) -> None:
    async with PostgresJournal(postgres) as journal:
        writer = await journal.create("run")
        with pytest.raises(JournalWriteError, match=r"not an encoded entry|cannot be stored as entry"):
            await writer.append(wrong, expected=0, blobs={})

        await writer.append(lines(1, 1), expected=0, blobs={})
