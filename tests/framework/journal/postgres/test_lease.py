from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from framework.errors import JournalConflictError, JournalLockedError
from framework.journal.entry import decode_line
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_state
from framework.model.events import OwnerChanged
from tests.support.event_samples import run_started
from tests.support.faulty_connections import Fault, Faults
from tests.support.journals import lines, write_run

if TYPE_CHECKING:
    from framework.journal.postgres.writer import PostgresWriter

SHORT_S = 0.15


async def silence(journal: PostgresJournal) -> None:
    """Renew no lease any more, like a process that was stopped."""
    await journal._place.leases.close()


async def opened(journal: PostgresJournal, run_id: str) -> PostgresWriter:
    """Open a run as soon as its lease is over."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await journal.open(run_id)
            except JournalLockedError:
                await asyncio.sleep(0.02)


async def test_a_held_run_is_refused_with_its_holder(postgres: str) -> None:
    async with PostgresJournal(postgres, owner="host-1:7") as one, PostgresJournal(postgres) as two:
        await one.create("run")

        with pytest.raises(JournalLockedError, match=r"'host-1:7'.* until 20\d\d-"):
            await two.open("run")


async def test_a_lease_is_renewed_while_its_writer_is_open(postgres: str) -> None:
    async with PostgresJournal(postgres, lease_s=0.5) as one, PostgresJournal(postgres) as two:
        await one.create("run")

        for _ in range(4):
            await asyncio.sleep(0.2)
            with pytest.raises(JournalLockedError):
                await two.open("run")


async def test_a_silent_writer_is_followed_and_fenced(postgres: str) -> None:
    async with (
        PostgresJournal(postgres, lease_s=SHORT_S, owner="one") as one,
        PostgresJournal(postgres, owner="two") as two,
    ):
        stale = await one.create("run")
        await stale.append(lines(1, 2), expected=0, blobs={})
        await silence(one)
        fresh = await opened(two, "run")

        with pytest.raises(JournalConflictError, match="taken over by 'two'"):
            await stale.append(lines(3, 3, "stale"), expected=2, blobs={})
        await fresh.append(lines(4, 4), expected=3, blobs={})
        stored = await two.read("run")

    assert stored[:2] == lines(1, 2)
    assert decode_line(stored[2]).event == OwnerChanged(owner="two", epoch=fresh.epoch)
    assert stored[3:] == lines(4, 4)


async def test_a_writer_that_lost_its_lease_learns_it_from_the_heartbeat(postgres: str) -> None:
    async with PostgresJournal(postgres, lease_s=SHORT_S) as one, PostgresJournal(postgres) as two:
        stale = await one.create("run")
        await silence(one)
        fresh = await opened(two, "run")
        one._place.leases.hold(stale)
        await asyncio.sleep(2 * SHORT_S)

        with pytest.raises(JournalConflictError, match="silent for longer than its lease"):
            await stale.append([], expected=0, blobs={}, durable=True)
        await stale.close()
        with pytest.raises(JournalLockedError):
            await one.open("run")
        await fresh.append(lines(1, 1), expected=0, blobs={})


async def test_a_renewal_that_comes_late_does_not_lock_a_closed_run(postgres: str) -> None:
    async with PostgresJournal(postgres) as one, PostgresJournal(postgres) as two:
        writer = await one.create("run")
        await writer.close()
        one._place.leases.hold(writer)
        await one._place.leases._renew()
        next_writer = await two.open("run")

        assert next_writer.epoch > writer.epoch


async def test_a_heartbeat_that_fails_is_noted_and_tried_again(
    postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    faults = Faults(kind=Fault.REFUSED)
    async with faults.pool(postgres) as pool, PostgresJournal(pool, lease_s=0.3) as journal:
        writer = await journal.create("run")
        faults.every = 1
        await asyncio.sleep(0.25)
        faults.every = 0
        assert "leases_not_renewed" in caplog.messages

        await asyncio.sleep(0.25)
        with pytest.raises(JournalLockedError):
            await journal.open("run")
        await writer.append(lines(1, 1), expected=0, blobs={})


async def test_a_close_that_is_cancelled_lets_the_lease_end(postgres: str) -> None:
    async with PostgresJournal(postgres, lease_s=SHORT_S) as one, PostgresJournal(postgres) as two:
        writer = await one.create("run")
        async with writer._lock:
            closing = asyncio.create_task(writer.close())
            await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait([closing])

        assert (await opened(two, "run")).epoch > writer.epoch


async def test_a_silent_writer_that_nobody_followed_goes_on(postgres: str) -> None:
    async with PostgresJournal(postgres, lease_s=0.05) as journal:
        writer = await journal.create("run")
        await silence(journal)
        await asyncio.sleep(0.1)

        await writer.append(lines(1, 1), expected=0, blobs={})

        assert writer.last_seq == 1


async def test_the_change_of_owner_keeps_the_hashes(postgres: str) -> None:
    async with PostgresJournal(postgres, owner="one") as one, PostgresJournal(postgres, owner="two") as two:
        await write_run(one, "run", [("m", run_started())])
        await (await two.open("run")).close()
        await (await two.open("run")).close()

        state = await read_state(two, "run")

    assert state.last_seq == 2


async def test_a_deleted_and_remade_run_refuses_the_old_writer(postgres: str) -> None:
    async with PostgresJournal(postgres, lease_s=0.05) as one, PostgresJournal(postgres) as two:
        stale = await one.create("run")
        await silence(one)
        await asyncio.sleep(0.1)
        await two.delete("run")
        await two.create("run")

        with pytest.raises(JournalConflictError, match="taken over"):
            await stale.append(lines(1, 1), expected=0, blobs={})
        await stale.close()
        with pytest.raises(JournalLockedError):
            await one.open("run")


async def test_a_writer_of_a_deleted_run_is_told(postgres: str) -> None:
    async with PostgresJournal(postgres, lease_s=0.05) as journal:
        writer = await journal.create("run")
        await silence(journal)
        await asyncio.sleep(0.1)
        await journal.delete("run")

        with pytest.raises(JournalConflictError, match="was deleted"):
            await writer.append(lines(1, 1), expected=0, blobs={})
