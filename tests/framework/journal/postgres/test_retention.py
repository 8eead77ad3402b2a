from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from framework.errors import BlobNotFoundError, SettingsError
from framework.graph.stored import reject_stored
from framework.journal.postgres import PostgresJournal, Removed, Retention
from framework.journal.reading import read_entries, read_state
from framework.model import events as ev
from framework.model.value import Value
from framework.runtime.fork import Fork, fork_run
from tests.support.event_samples import LARGE_TEXT, node_started, run_started
from tests.support.journals import lines, write_run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALL_ENDED = Retention(keep_last=0)
DIGEST = str(Value.of(LARGE_TEXT).digest)
CONTENT = Value.of(LARGE_TEXT).raw


@pytest.fixture
async def journal(postgres: str) -> AsyncIterator[PostgresJournal]:
    async with PostgresJournal(postgres) as stored:
        await stored.run_ids()
        yield stored


def pass_time(dsn: str, hours: float) -> None:
    """Make everything stored so far that much older."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table, column in (("runs", "written_at"), ("blobs", "touched_at")):
            age = f"{column} - make_interval(secs => {hours * 3600})"
            connection.execute(f"UPDATE journal_{table} SET {column} = {age}".encode())


async def write_ended(journal: PostgresJournal, *run_ids: str, agent: str = "sample") -> None:
    for run_id in run_ids:
        started = ev.RunStarted(
            agent=agent, version="1", entry="first", goal=Value.of(None), graph=Value.of(None), input={}
        )
        opening = node_started("first", opening=LARGE_TEXT)
        events = [("m", started), ("m", opening), ("m", ev.RunFinished(status="failed"))]
        await write_run(journal, run_id, events)


async def test_old_runs_go(postgres: str, journal: PostgresJournal) -> None:
    await write_ended(journal, "old")
    pass_time(postgres, 25)
    await write_ended(journal, "new")

    removed = await journal.retain(Retention(older_than=timedelta(days=1)))

    assert removed == Removed(("old",), 0)
    assert await journal.run_ids() == ["new"]


async def test_the_last_runs_of_every_agent_stay(journal: PostgresJournal) -> None:
    await write_ended(journal, "a1", "a2", "a3", agent="a")
    await write_ended(journal, "b1", agent="b")

    removed = await journal.retain(Retention(keep_last=2))

    assert removed.run_ids == ("a1",)
    assert await journal.run_ids() == ["a2", "a3", "b1"]


async def test_more_runs_go_than_one_statement_deletes(journal: PostgresJournal) -> None:
    for number in range(203):
        await write_run(journal, f"run-{number}", [("m", ev.RunFinished(status="failed"))])

    removed = await journal.retain(ALL_ENDED)

    assert len(removed.run_ids) == 203
    assert await journal.run_ids() == []


async def test_runs_beyond_those_that_are_held_go(
    journal: PostgresJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.journal.postgres.retention._DELETED_AT_ONCE", 3)
    await write_ended(journal, *(f"run-{number}" for number in range(8)))
    held = [await journal.open(run_id) for run_id in ("run-0", "run-1", "run-5")]

    removed = await journal.retain(ALL_ENDED)

    assert removed.run_ids == ("run-2", "run-3", "run-4", "run-6", "run-7")
    assert await journal.run_ids() == [writer.run_id for writer in held]


async def test_a_run_that_ended_goes_whatever_was_noted_of_it_since(
    postgres: str, journal: PostgresJournal
) -> None:
    await write_run(journal, "rejected", [("m", run_started()), ("m", ev.RunFinished(status="succeeded"))])
    await write_ended(journal, "looked-at")
    async with PostgresJournal(postgres, owner="another") as other:
        await reject_stored(other, "rejected", "It is rude.")
        await (await other.open("looked-at")).close()
        assert (await read_entries(other, "looked-at"))[-1].event.kind == "owner_changed"

    removed = await journal.retain(ALL_ENDED)

    assert removed.run_ids == ("rejected", "looked-at")


async def test_a_run_under_way_paused_or_cut_off_stays(postgres: str, journal: PostgresJournal) -> None:
    under_way = await journal.create("under-way")
    await under_way.append(lines(1, 2), expected=0, blobs={})
    await write_run(journal, "cut-off", [("m", run_started())])
    await write_run(journal, "paused", [("m", ev.RunPaused(node_id="first", reason="asked"))])
    await write_ended(journal, "ended-and-held")
    await journal.open("ended-and-held")
    pass_time(postgres, 9999)

    assert (await journal.retain(Retention(older_than=timedelta(), keep_last=0))).run_ids == ()
    assert len(await journal.run_ids()) == 4


async def test_nothing_goes_without_a_limit(postgres: str, journal: PostgresJournal) -> None:
    await write_ended(journal, "run")
    pass_time(postgres, 9999)

    assert await journal.retain(Retention()) == Removed((), 0)


async def test_a_fork_outlives_its_origin(postgres: str, journal: PostgresJournal) -> None:
    await write_ended(journal, "origin")
    await fork_run(journal, "origin", Fork(at_seq=2, run_id="fork"))
    await journal.delete("origin")
    pass_time(postgres, 9999)

    assert await journal.retain(ALL_ENDED) == Removed((), 0)
    entries = await read_entries(journal, "fork")
    assert entries[1].event == node_started("first", opening=LARGE_TEXT)
    assert (await read_state(journal, "fork")).last_seq == 3


async def test_content_goes_with_its_last_run_and_not_within_its_grace(
    postgres: str, journal: PostgresJournal
) -> None:
    await write_ended(journal, "one", "two")
    await journal.delete("one")
    pass_time(postgres, 9999)
    assert (await journal.retain(Retention())).blobs == 0
    await write_ended(journal, "three")
    await journal.delete("two")
    await journal.delete("three")
    assert (await journal.retain(Retention())).blobs == 0
    assert await journal.read_blob(DIGEST) == CONTENT

    pass_time(postgres, 2)
    assert await journal.retain(Retention()) == Removed((), 1, len(CONTENT))
    with pytest.raises(BlobNotFoundError):
        await journal.read_blob(DIGEST)


async def test_content_stored_again_is_young_again(postgres: str, journal: PostgresJournal) -> None:
    writer = await journal.create("run")
    await writer.append([], expected=0, blobs={DIGEST: CONTENT})
    pass_time(postgres, 2)
    await writer.append([], expected=0, blobs={DIGEST: CONTENT})

    assert (await journal.retain(Retention())).blobs == 0


async def test_content_referred_to_meanwhile_stays(postgres: str, journal: PostgresJournal) -> None:
    writer = await journal.create("run")
    await writer.append([], expected=0, blobs={DIGEST: CONTENT})
    pass_time(postgres, 2)
    async with await psycopg.AsyncConnection.connect(postgres) as other:
        await other.execute("UPDATE journal_blobs SET touched_at = clock_timestamp()")
        await other.execute("INSERT INTO journal_marks VALUES (%s, 'run')", [DIGEST])
        sweep = asyncio.create_task(journal.retain(Retention()))
        await asyncio.sleep(0.1)
        assert not sweep.done()
        await other.commit()

    assert (await sweep).blobs == 0
    assert await journal.read_blob(DIGEST) == CONTENT


async def test_writers_and_sweepers_at_once_lose_no_content(postgres: str, journal: PostgresJournal) -> None:
    async def write(worker: int) -> None:
        for number in range(8):
            await write_ended(journal, f"run-{worker}-{number}")
            assert len(await read_entries(journal, f"run-{worker}-{number}")) == 3
            await journal.delete(f"run-{worker}-{number}")

    async with asyncio.TaskGroup() as group:
        writers = [group.create_task(write(worker)) for worker in range(4)]
        while not all(task.done() for task in writers):
            pass_time(postgres, 0.01)
            await journal.retain(Retention())
            await asyncio.sleep(0)


@pytest.mark.parametrize("limits", [{"keep_last": -1}, {"grace": timedelta(seconds=59)}])
def test_limits_that_cannot_be_kept_are_refused(limits: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="or more"):
        Retention(**limits)
