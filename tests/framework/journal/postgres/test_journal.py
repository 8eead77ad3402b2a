from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from framework.errors import (
    JournalCorruptError,
    JournalError,
    JournalLockedError,
    RunIdError,
    RunNotFoundError,
    SettingsError,
)
from framework.graph.executor import GraphExecutor
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_entries, read_state
from framework.journal.state import RunStatus
from framework.model import events as ev
from framework.runtime.core import Runtime
from tests.support.event_samples import run_started
from tests.support.journals import lines, write_run
from tests.support.walked_graphs import edge, graph, node

if TYPE_CHECKING:
    from framework.model.graph import GraphSpec


def two_steps() -> GraphSpec:
    return graph(
        [
            node("one", input_keys=["n"], output_keys=["n"], function=lambda n: n + 1),
            node("two", input_keys=["n"], output_keys=["n"], function=lambda n: n * 2),
        ],
        [edge("one", "two")],
    )


def test_importing_the_journal_loads_no_driver() -> None:
    code = (
        "import sys, framework.journal; print([m for m in ('psycopg', 'psycopg_pool') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_without_the_driver_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['psycopg_pool'] = None; import framework.journal.postgres"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "pip install 'hive-agents[server]'" in done.stderr


async def test_a_run_is_executed_and_read_back(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        result = await GraphExecutor(Runtime(journal=journal)).execute(two_steps(), input_data={"n": 20})
        state = await read_state(journal, result.run_id)

    assert result.output["n"] == 42
    assert state.status is RunStatus.SUCCEEDED


async def test_a_paused_run_goes_on_in_another_process(postgres: str) -> None:
    async with PostgresJournal(postgres, owner="first") as journal:
        executor = GraphExecutor(Runtime(journal=journal))
        executor.register_function("one", lambda n: executor.request_pause() or n + 1)
        paused = await executor.execute(two_steps(), input_data={"n": 20})
    async with PostgresJournal(postgres, owner="second") as journal:
        executor = GraphExecutor(Runtime(journal=journal))
        result = await executor.execute(two_steps(), session_state={"run_id": paused.run_id})
        entries = await read_entries(journal, paused.run_id)
        state = await read_state(journal, paused.run_id)

    assert paused.paused_at is not None
    assert result.output["n"] == 42
    assert [entry.event.owner for entry in entries if isinstance(entry.event, ev.OwnerChanged)] == ["second"]
    assert state.status is RunStatus.SUCCEEDED


async def test_a_pool_of_another_is_used_and_left_open(postgres: str) -> None:
    async with AsyncConnectionPool(postgres, open=False, kwargs={"autocommit": True}) as pool:
        async with PostgresJournal(pool) as journal:
            await write_run(journal, "run", [("m", run_started())])

        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT run_id, last_seq, agent FROM journal_runs")
            assert await cursor.fetchall() == [("run", 1, run_started().agent)]


async def test_a_pool_that_does_not_commit_by_itself_is_refused(postgres: str) -> None:
    async with AsyncConnectionPool(postgres, open=False) as pool, PostgresJournal(pool) as journal:
        with pytest.raises(JournalError, match="autocommit"):
            await journal.run_ids()


@pytest.mark.parametrize("times", [{"lease_s": 0}, {"patience_s": -1}])
def test_times_that_are_none_are_refused(times: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match="above 0"):
        PostgresJournal("postgresql://127.0.0.1/none", **times)


async def test_a_database_out_of_reach_is_reported_at_once() -> None:
    async with PostgresJournal("postgresql://postgres@127.0.0.1:1/none") as journal:
        with pytest.raises(JournalError, match=r"cannot be read from the database \(.*refused"):
            await journal.run_ids()


async def test_a_closed_journal_says_so(postgres: str) -> None:
    journal = PostgresJournal(postgres)
    await journal.create("run")
    await journal.close()
    await journal.close()

    with pytest.raises(JournalError, match="closed"):
        await journal.read("run")


@pytest.mark.parametrize("run_id", ["", "../run", "a b", "a\0", "-a", "x" * 129])
async def test_an_odd_run_id_is_refused(postgres: str, run_id: str) -> None:
    async with PostgresJournal(postgres) as journal:
        with pytest.raises(RunIdError, match="cannot be a run's id"):
            await journal.create(run_id)
        with pytest.raises(RunIdError, match="cannot be a run's id"):
            await journal.read(run_id)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM journal_entries WHERE seq = 2",
        "DELETE FROM journal_entries WHERE seq = 4",
        "UPDATE journal_entries SET seq = 9 WHERE seq = 2",
        "UPDATE journal_entries SET line = 'torn' WHERE seq = 3",
    ],
)
async def test_a_damaged_run_is_neither_read_nor_opened(postgres: str, damage: str) -> None:
    async with PostgresJournal(postgres) as journal:
        writer = await journal.create("run")
        await writer.append(lines(1, 4), expected=0, blobs={})
        await writer.close()
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(damage)

        for act in (journal.read, journal.open, journal.open):
            with pytest.raises(JournalCorruptError, match="restore it"):
                await act("run")


async def test_damaged_content_is_reported(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        writer = await journal.create("run")
        await writer.append([], expected=0, blobs={"ab" * 32: b"other"})

        with pytest.raises(JournalCorruptError, match="not what was written"):
            await journal.read_blob("ab" * 32)


async def test_a_run_is_deleted_when_nobody_writes_it(postgres: str) -> None:
    async with PostgresJournal(postgres) as journal:
        writer = await journal.create("run")
        with pytest.raises(JournalLockedError, match="being written"):
            await journal.delete("run")
        await writer.close()
        await journal.delete("run")

        assert await journal.run_ids() == []
        with pytest.raises(RunNotFoundError, match="'run'"):
            await journal.delete("run")
