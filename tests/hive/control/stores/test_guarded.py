"""A PostgreSQL that is stopped holds nobody up for longer than was promised, and loses nothing."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from hive.control.domain.ids import TeamId
from hive.control.services.endings import within
from hive.control.stores.database import Database
from hive.control.stores.embedded import Addresses
from hive.control.stores.reads import Reads
from hive.control.stores.scope import Scope
from hive.errors import UnavailableError
from tests.support.control_server import gone
from tests.support.frozen import Freezer, freezer_of, frozen
from tests.support.swallowing import network_before

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


PATIENCE_S = 0.5
BOUND_S = 2 * (PATIENCE_S + 0.5) + 2
"""Seconds to wait for a connection, and for one answer; and what a busy machine takes."""


@pytest.fixture
def freezer(superuser_dsn: str) -> Iterator[Freezer]:
    found = freezer_of(superuser_dsn)
    yield found
    found.thaw()


@asynccontextmanager
async def opened(places: Addresses) -> AsyncIterator[Database]:
    database = Database(places.app, most_connections=3, patience_s=PATIENCE_S)
    await database.open()
    async with database.transaction():
        pass
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def lasting_at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


async def ask(database: Database | Reads) -> None:
    async with database.transaction(Scope(team_id=TeamId(uuid4()))) as transaction:
        await transaction.rows("teams.all")


async def test_whoever_asks_is_told_in_time_and_what_comes_after_goes_on(
    control_database: Addresses, freezer: Freezer
) -> None:
    async with opened(control_database) as database:
        with frozen(freezer), lasting_at_most(BOUND_S):
            asked = await asyncio.gather(*(ask(database) for _ in range(8)), return_exceptions=True)
        assert [type(each) for each in asked] == [UnavailableError] * 8
        with lasting_at_most(BOUND_S):
            await until_answered(database)


async def until_answered(database: Database) -> None:
    while not await database.answers():  # noqa: ASYNC110  (nobody is told)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("is_failing", [False, True])
async def test_a_block_in_the_middle_ends_in_time(
    control_database: Addresses, freezer: Freezer, *, is_failing: bool
) -> None:
    """Whether it commits or rolls back: both wait for the server."""
    team_id = TeamId(uuid4())
    async with opened(control_database) as database:
        with pytest.raises(ZeroDivisionError if is_failing else UnavailableError), lasting_at_most(BOUND_S):
            async with database.transaction(Scope(team_id=team_id)) as transaction:
                row = {"team_id": team_id, "name": "x", "created_at": "now"}
                await transaction.change("teams.insert", row)
                freezer.freeze()
                if is_failing:
                    raise ZeroDivisionError
        freezer.thaw()
        await until_answered(database)


@pytest.mark.parametrize("is_patient", [True, False])
async def test_one_cancellation_suffices(
    control_database: Addresses, freezer: Freezer, *, is_patient: bool
) -> None:
    async with opened(control_database) as database:
        with frozen(freezer), lasting_at_most(4), pytest.raises(TimeoutError):
            if is_patient:
                await within(0.2, ask(database))
            else:
                async with asyncio.timeout(0.2):
                    await ask(database)
        await until_answered(database)


async def test_a_question_whether_it_answers_has_its_answer_in_time(
    control_database: Addresses, freezer: Freezer
) -> None:
    async with opened(control_database) as database:
        with frozen(freezer), lasting_at_most(BOUND_S):
            assert not await database.answers(patience_s=0.2)
        assert await database.answers()


async def test_it_closes_and_does_not_open_in_time(control_database: Addresses, freezer: Freezer) -> None:
    database = Database(control_database.app, most_connections=3, patience_s=PATIENCE_S)
    await database.open()
    later = Database(control_database.app, patience_s=PATIENCE_S)
    with frozen(freezer):
        asked = await asyncio.gather(*(ask(database) for _ in range(6)), return_exceptions=True)
        assert {type(each) for each in asked} == {UnavailableError}
        before = asyncio.all_tasks()
        with lasting_at_most(4):
            await database.close()
        assert not any("worker" in task.get_name() for task in asyncio.all_tasks() & before)
        with lasting_at_most(5), pytest.raises(UnavailableError, match="cannot be reached"):
            await later.open()


async def test_a_replica_that_is_stopped_costs_no_answer(
    control_database: Addresses, freezer: Freezer
) -> None:
    """Where the primary answers, only the wait for the replica is lost, and that once."""
    replica = Database(control_database.app, patience_s=5, wait_s=0.5, is_read_only=True)
    async with opened(control_database) as database:
        reads = Reads(database, replica)
        await reads.open()
        with frozen(freezer), lasting_at_most(0.5 + BOUND_S), pytest.raises(UnavailableError):
            await ask(reads)
        await until_answered(database)
        await ask(reads)
        await reads.close()


async def test_a_process_that_was_held_up_itself_blames_no_server(control_database: Addresses) -> None:
    async with opened(control_database) as database, database.transaction() as transaction:
        asking = asyncio.create_task(transaction.rows("scope.role"))
        await asyncio.sleep(0)
        ends = time.monotonic() + 2 * (PATIENCE_S + 0.5)
        while time.monotonic() < ends:
            pass
        assert len(await asking) == 1
        assert len(await transaction.rows("scope.role")) == 1


async def test_after_a_long_absence_the_first_who_asks_is_answered(
    superuser_dsn: str, control_database: Addresses
) -> None:
    """Tries that failed leave no pause behind that grows with the absence."""
    async with opened(control_database) as database:
        with gone(superuser_dsn, control_database.app):
            ends = time.monotonic() + 3.2
            while time.monotonic() < ends:
                assert not await database.answers(patience_s=0.3)
        with lasting_at_most(3):
            await until_answered(database)


async def test_after_a_network_swallowed_everything_one_request_pays_for_all(
    control_database: Addresses,
) -> None:
    """Connections that were open then are dead for ever, and nobody says so."""
    async with (
        network_before(control_database.app) as network,
        opened(Addresses(control_database.owner, network.dsn)) as database,
    ):
        await asyncio.gather(*(ask_slowly(database) for _ in range(3)))
        network.swallow()
        with lasting_at_most(BOUND_S), pytest.raises(UnavailableError):
            await ask(database)
        network.recover()
        with lasting_at_most(BOUND_S):
            await asyncio.gather(*(ask_slowly(database) for _ in range(3)))


async def ask_slowly(database: Database) -> None:
    """Keep a connection for a moment, so that others need theirs."""
    async with database.transaction():
        await asyncio.sleep(0.1)
