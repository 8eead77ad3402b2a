"""Whole runs in PostgreSQL: the same hashes as anywhere, and resumed from wherever the database failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from framework.clock import ManualClock
from framework.errors import JournalWriteError
from framework.journal.memory import MemoryJournal
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_state
from tests.support.faulty_connections import Fault, Faults
from tests.support.resumable_runs import AGENTS, Agent

if TYPE_CHECKING:
    from framework.journal.base import Journal

RUN = "run"
SHORT_S = 0.05
LOOKS = b"inbox"
"""In the statements that look for messages: they come when time has passed, not at a place in the run."""


async def run(agent: Agent, journal: Journal) -> None:
    await agent.executor(journal, ManualClock()).execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)


async def carry_on(agent: Agent, journal: Journal) -> None:
    session = {"run_id": RUN}
    executor = agent.executor(journal, ManualClock())
    await executor.execute(agent.graph, agent.goal, agent.inputs, session_state=session)


async def digest(journal: Journal) -> str:
    return (await read_state(journal, RUN)).main.digest.hex()


@pytest.mark.parametrize("name", [name for name in AGENTS if name != "one-fails"])
async def test_a_run_has_the_same_hash_as_in_memory(postgres: str, name: str) -> None:
    memory = MemoryJournal()
    await run(AGENTS[name](), memory)
    async with PostgresJournal(postgres) as journal:
        await run(AGENTS[name](), journal)

        assert await digest(journal) == await digest(memory)


@pytest.mark.parametrize("kind", [Fault.REFUSED, Fault.AFTER])
async def test_a_run_goes_on_elsewhere_from_wherever_its_database_failed(postgres: str, kind: Fault) -> None:
    agent = AGENTS["research"]()
    sound = Faults(spared=LOOKS)
    async with sound.pool(postgres) as pool, PostgresJournal(pool) as journal:
        await run(agent, journal)
        count = len(sound.statements) - 1  # The last one gives the run up.
        whole = await digest(journal)
        await journal.delete(RUN)

    for last in range(8, count, 7):
        await fail_at(postgres, kind, last, agent)
        await asyncio.sleep(2 * SHORT_S)
        async with PostgresJournal(postgres, owner="second") as journal:
            await carry_on(agent, journal)
            assert await digest(journal) == whole, f"statement {last} failed"
            await journal.delete(RUN)


async def fail_at(dsn: str, kind: Fault, last: int, agent: Agent) -> None:
    """Run until no statement from the ``last`` on is answered any more."""
    faults = Faults(kind=kind, last=last, spared=LOOKS)
    async with (
        faults.pool(dsn) as pool,
        PostgresJournal(pool, lease_s=SHORT_S, patience_s=0.1, owner="first") as journal,
    ):
        with pytest.raises(JournalWriteError):
            await run(agent, journal)
