"""Whatever is appended, opened and read: the journal in PostgreSQL does what the one in memory does."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.errors import JournalError
from framework.journal.memory import MemoryJournal
from framework.journal.postgres import PostgresJournal
from tests.support.journals import line

if TYPE_CHECKING:
    from framework.journal.base import Journal

RUNS = st.sampled_from(["a", "b"])
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
ACTIONS = st.one_of(
    st.tuples(st.just("create"), RUNS),
    st.tuples(st.just("open"), RUNS),
    st.tuples(st.just("close"), RUNS),
    st.tuples(st.just("read"), RUNS, st.integers(0, 5)),
    st.tuples(st.just("append"), RUNS, st.lists(TEXT, max_size=4), st.integers(-1, 1), st.binary(max_size=9)),
)


class Driver:
    """Does actions on a journal and notes what each gave."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.writers = {}

    async def do(self, action: str, run_id: str, *more: object) -> object:
        try:
            return await getattr(self, f"do_{action}")(run_id, *more)
        except JournalError as error:
            return type(error)
        except KeyError:
            return "no writer"

    async def do_create(self, run_id: str) -> None:
        self.writers[run_id] = await self.journal.create(run_id)

    async def do_open(self, run_id: str) -> None:
        self.writers[run_id] = await self.journal.open(run_id)

    async def do_close(self, run_id: str) -> None:
        await self.writers[run_id].close()

    async def do_read(self, run_id: str, after: int) -> object:
        return await self.journal.read(run_id, after=after)

    async def do_append(self, run_id: str, texts: list[str], error: int, content: bytes) -> object:
        writer = self.writers[run_id]
        expected = writer.last_seq + error
        written = [line(seq, text) for seq, text in enumerate(texts, expected + 1)]
        blobs = {sha256(content).hexdigest(): content}
        await writer.append(written, expected=expected, blobs=blobs, durable=bool(error))
        return writer.last_seq, [await self.journal.read_blob(digest) for digest in blobs]


async def outcomes(journal: Journal, actions: list[tuple[str, str]]) -> list[object]:
    driver = Driver(journal)
    done = [await driver.do(*action) for action in actions]
    stored = [await journal.read(run_id) for run_id in await journal.run_ids()]
    for writer in driver.writers.values():
        await writer.close()
    return [done, await journal.run_ids(), stored]


async def outcomes_in_database(dsn: str, actions: list[tuple[str, str]]) -> list[object]:
    async with PostgresJournal(dsn) as journal:
        for run_id in await journal.run_ids():
            await journal.delete(run_id)
        return await outcomes(journal, actions)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, max_size=15))
def test_it_does_what_the_journal_in_memory_does(postgres: str, actions: list[tuple[str, str]]) -> None:
    actions = [("create", "a"), *actions]

    assert asyncio.run(outcomes_in_database(postgres, actions)) == asyncio.run(
        outcomes(MemoryJournal(), actions)
    )
