"""Transactions: bound to the application's role, whole or not at all, and alive again after a break."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.database import APPLICATION_ROLE, Database, Usage
from hive.control.stores.scope import Scope
from hive.errors import ControlSetupError, UnavailableError
from tests.support.connections import as_owner, as_superuser, connected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.stores.database import Transaction
    from hive.control.stores.embedded import Addresses
    from hive.control.stores.guarded import GuardedConnection


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
    assert role == {"name": APPLICATION_ROLE, "encoding": "UTF8", "is_unbound": False, "is_owner": False}


class Slow(Database):
    """Has connections that stay on their way until they are let in."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, most_connections=2)
        self.came, self.goes_on = asyncio.Event(), asyncio.Event()

    async def _configure(self, connection: GuardedConnection) -> None:
        self.came.set()
        await self.goes_on.wait()
        await super()._configure(connection)


async def test_a_connection_is_used_while_a_transaction_has_it(control_database: Addresses) -> None:
    opened = Slow(control_database.app)
    await opened.open()
    async with asyncio.timeout(10):
        await opened.came.wait()
    on_its_way = opened.usage()
    opened.goes_on.set()
    async with opened.transaction(), opened.transaction():
        busy = opened.usage()
    at_rest = opened.usage()
    await opened.close()
    assert on_its_way == Usage(used=0, idle=0, waiting=0)
    assert busy == Usage(used=2, idle=0, waiting=0)
    assert at_rest == Usage(used=0, idle=2, waiting=0)


async def test_who_gave_up_waiting_for_a_connection_waits_no_more(control_database: Addresses) -> None:
    opened = Database(control_database.app, most_connections=1)
    await opened.open()
    async with opened.transaction():
        is_answered = await opened.answers(patience_s=0.05)
        waiting = opened.usage().waiting
    await opened.close()
    assert (is_answered, waiting) == (False, 0)


async def test_a_connection_on_its_way_into_the_pool_holds_no_transaction(
    control_database: Addresses, superuser_dsn: str
) -> None:
    states: set[str | None] = set()
    with as_superuser(superuser_dsn, autocommit=True) as watcher:
        opened = Database(control_database.app)
        await opened.open()
        for _ in range(60):
            await asyncio.sleep(0)
            found = watcher.execute("SELECT state FROM pg_stat_activity WHERE application_name = 'hive'")
            states |= {state for (state,) in found}
        await opened.close()
    assert "idle" in states
    assert "idle in transaction" not in states


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
    with as_superuser(superuser_dsn, autocommit=True) as connection:
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
            with as_superuser(superuser_dsn, autocommit=True) as connection:
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


def test_tests_cannot_take_one_role_for_another(control_database: Addresses) -> None:
    with pytest.raises(AssertionError, match="should be 'hive_app'"):
        connected(control_database.owner)
    with pytest.raises(AssertionError, match="should be 'hive_owner'"):
        as_owner(control_database.app)
    query = "SELECT usesuper FROM pg_user WHERE usename = current_user"
    with as_superuser(control_database.app) as connection:
        assert connection.execute(query).fetchone() == (True,)
