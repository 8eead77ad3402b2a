"""Inboxes in PostgreSQL: lost statements, many runs at once, and a process that no longer holds the run."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from framework.errors import JournalConflictError, JournalError, JournalWriteError
from framework.events import EventType
from framework.graph.executor import RunOptions
from framework.graph.inbox_watch import POLL_S
from framework.journal.inbox import InboxMessage, MessageKind
from framework.journal.postgres import PostgresJournal
from framework.llm.scripted import call
from tests.support.faulty_connections import Fault, Faults
from tests.support.one_node import OneNode

ANSWER = InboxMessage(kind=MessageKind.ANSWER, question_id="q", text="yes")


async def create(journal: PostgresJournal, *run_ids: str) -> None:
    for run_id in run_ids:
        await (await journal.create(run_id)).close()


@pytest.mark.parametrize("kind", [Fault.BEFORE, Fault.AFTER])
async def test_a_message_whose_connection_is_lost_is_left_once(postgres: str, kind: Fault) -> None:
    faults = Faults(kind=kind)
    async with faults.pool(postgres) as pool, PostgresJournal(pool) as journal:
        await create(journal, "run")
        inbox = journal.inbox("run")
        faults.every = 2
        names = [await inbox.put(ANSWER) for _ in range(5)]

        assert await inbox.names() == names
        assert await inbox.read(names[0]) == ANSWER
        await inbox.remove(names)
        assert await inbox.names() == []


async def test_an_inbox_whose_database_refuses_says_so(postgres: str) -> None:
    faults = Faults(kind=Fault.REFUSED)
    async with faults.pool(postgres) as pool, PostgresJournal(pool) as journal:
        await create(journal, "run")
        inbox = journal.inbox("run")
        faults.every = 1
        with pytest.raises(JournalWriteError, match="The message of run 'run' cannot be written"):
            await inbox.put(ANSWER)
        with pytest.raises(JournalError, match="The inboxes cannot be read"):
            await inbox.names()
        faults.every = 0
        assert await inbox.names() == []


async def test_looks_of_many_runs_share_their_statements(postgres: str) -> None:
    faults = Faults()
    runs = [f"run-{number}" for number in range(50)]
    async with faults.pool(postgres) as pool, PostgresJournal(pool) as journal:
        await create(journal, *runs)
        left = {run_id: [await journal.inbox(run_id).put(ANSWER)] for run_id in runs[::2]}
        before = len(faults.statements)

        found = await asyncio.gather(*(journal.inbox(run_id).names() for run_id in runs for _ in range(3)))

        assert found == [left.get(run_id, []) for run_id in runs for _ in range(3)]
        assert len(faults.statements) - before <= 2


async def test_whoever_stops_waiting_for_a_look_leaves_it_to_the_others(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        await create(journal, "run")
        name = await journal.inbox("run").put(ANSWER)
        first, second = (asyncio.create_task(journal.inbox("run").names()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()

        assert await second == [name]
        assert first.cancelled()


async def test_what_is_no_message_is_passed_over(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        await create(journal, "run")
        name = await journal.inbox("run").put(ANSWER)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("UPDATE journal_inbox SET message = '{}'")

        assert await journal.inbox("run").read(name) is None


async def test_the_messages_for_a_run_go_with_it(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        await create(journal, "run", "other")
        for run_id in ("run", "other"):
            await journal.inbox(run_id).put(ANSWER)
        await journal.delete("run")
        await create(journal, "run")

        assert await journal.inbox("run").names() == []
        assert len(await journal.inbox("other").names()) == 1


async def test_a_process_that_lost_the_run_takes_no_message_from_its_successor(postgres: str) -> None:
    """The answer is to a question of which only the successor knows."""
    async with (
        PostgresJournal(postgres, owner="stopped") as stopped,
        PostgresJournal(postgres, owner="next") as following,
    ):
        asked = asyncio.Event()
        bench = OneNode([call("ask_user", question="Which?")], journal=stopped, client_facing=True)
        bench.bus.subscribe(lambda _: asked.set(), [EventType.CLIENT_INPUT_REQUESTED])
        executor = bench.executor()
        waiting = asyncio.create_task(
            executor.execute(bench.graph, run_id="r", options=RunOptions(patience_s=60))
        )
        await asked.wait()
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("UPDATE journal_runs SET lease_until = clock_timestamp()")
        await following.open("r")
        left = await following.inbox("r").put(ANSWER)

        await asyncio.sleep(3 * POLL_S)
        assert await following.inbox("r").names() == [left]
        waiting.cancel()
        with pytest.raises(JournalConflictError, match="taken over by 'next'"):
            await waiting
