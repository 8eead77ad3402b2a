"""Transactions: bound to the application's role, whole or not at all, and alive again after a break."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.database import APPLICATION_ROLE, Database
from hive.control.stores.scope import Scope
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.stores.database import Transaction
    from hive.control.stores.embedded import Addresses

TESTS = Path(__file__).parents[3]
# They use `connected` of tests.support.control, or the pool of the program, which refuses any other role.
PLAIN = re.compile(r"psycopg\.(connect|AsyncConnection\.connect)\(\w*\.app\b")


@pytest.fixture
async def database(control_database: Addresses) -> AsyncIterator[Database]:
    opened = Database(control_database.app, most_connections=4)
    await opened.open()
    yield opened
    await opened.close()


async def insert_team(transaction: Transaction, team_id: TeamId) -> None:
    await transaction.change("teams.insert", {"team_id": team_id, "name": "x", "created_at": "now"})


async def count_team(database: Database, team_id: TeamId) -> int:
    async with database.transaction(Scope(team_id=team_id)) as transaction:
        return len(await transaction.rows("teams.all"))


async def test_every_connection_is_the_applications_role(database: Database) -> None:
    async with database.transaction() as transaction:
        role = await transaction.row("scope.role")
    assert role == {"name": APPLICATION_ROLE, "is_unbound": False, "is_owner": False}


@pytest.mark.parametrize("which", ["owner", "superuser"])
async def test_no_other_role_may_serve(control_database: Addresses, superuser_dsn: str, which: str) -> None:
    dsn = control_database.owner if which == "owner" else superuser_dsn
    with pytest.raises(ControlSetupError, match="must be 'hive_app'"):
        await Database(dsn).open()


async def test_a_database_out_of_reach_is_said_so() -> None:
    with pytest.raises(UnavailableError, match="cannot be reached"):
        await Database("host=/nowhere user=hive_app").open()


async def test_a_block_that_fails_changes_nothing(database: Database) -> None:
    team_id = TeamId(uuid4())
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(Scope(team_id=team_id)) as transaction:
            await insert_team(transaction, team_id)
            raise ZeroDivisionError
    assert await count_team(database, team_id) == 0


async def test_a_cancelled_block_changes_nothing_and_frees_its_connection(database: Database) -> None:
    team_id = TeamId(uuid4())
    inserted = asyncio.Event()

    async def hang() -> None:
        async with database.transaction(Scope(team_id=team_id)) as transaction:
            await insert_team(transaction, team_id)
            inserted.set()
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(hang()) for _ in range(1)]
    await inserted.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await count_team(database, team_id) == 0


async def test_connections_that_were_terminated_are_replaced(database: Database, superuser_dsn: str) -> None:
    await asyncio.gather(*(count_team(database, TeamId(uuid4())) for _ in range(8)))
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hive_app'"
        )
    assert await asyncio.gather(*(count_team(database, TeamId(uuid4())) for _ in range(8))) == [0] * 8


async def test_a_connection_terminated_in_the_middle_says_unavailable(
    database: Database, superuser_dsn: str
) -> None:
    team_id = TeamId(uuid4())
    with pytest.raises(UnavailableError, match="try again"):
        async with database.transaction(Scope(team_id=team_id)) as transaction:
            with psycopg.connect(superuser_dsn, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hive_app'"
                )
            await insert_team(transaction, team_id)
    assert await count_team(database, team_id) == 0


async def test_entering_a_scope_leaves_the_one_before(database: Database) -> None:
    team_id = TeamId(uuid4())
    async with database.transaction(Scope(team_id=team_id)) as transaction:
        await insert_team(transaction, team_id)
        await transaction.enter(Scope(team_id=TeamId(uuid4())))
        assert await transaction.rows("teams.all") == []


async def test_a_statement_that_takes_too_long_is_ended(control_database: Addresses) -> None:
    impatient = Database(control_database.app, patience_s=0.2)
    await impatient.open()
    locked = TeamId(uuid4())
    try:
        async with impatient.transaction() as holder:
            await holder.row("audit.lock_head", {"team_id": locked})
            with pytest.raises(UnavailableError, match="statement timeout"):
                async with impatient.transaction() as waiter:
                    await waiter.row("audit.lock_head", {"team_id": locked})
    finally:
        await impatient.close()


def test_every_test_asks_who_it_is_when_it_connects_as_the_application() -> None:
    files = [*TESTS.glob("hive/control/**/*.py"), *TESTS.glob("support/*.py"), *TESTS.glob("chaos/*.py")]
    assert len(files) > 80
    unasked = [file.name for file in files if PLAIN.search(file.read_text(encoding="utf-8"))]
    assert unasked == []
