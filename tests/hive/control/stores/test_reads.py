"""What may lag is read from a replica, and from the primary while that is away."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import psycopg
import pytest

from hive.control.app.application import Places, control_app, opened_parts
from hive.control.domain.ids import TeamId
from hive.control.stores.database import Database
from hive.control.stores.migrations import migrate
from hive.control.stores.reads import Reads
from hive.control.stores.scope import Scope
from hive.errors import ControlSetupError
from tests.support.control import RING, make_key, new_database, register
from tests.support.replica import Replica, running_replica

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from hive.control.stores.embedded import Addresses


@pytest.fixture(scope="module")
def replica(superuser_dsn: str) -> Iterator[Replica]:
    with running_replica(superuser_dsn) as found:
        yield found


@pytest.fixture
async def places(superuser_dsn: str) -> Addresses:
    found = new_database(superuser_dsn)
    await migrate(found.owner)
    return found


@asynccontextmanager
async def asking(app_dsn: str, replica_dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with opened_parts(Places(app_dsn=app_dsn, replica_dsn=replica_dsn, ring=RING)) as parts:
        transport = httpx.ASGITransport(control_app(parts), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


async def count_entries(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    answer = await client.get("/v1/auth/audit", headers=headers)
    assert answer.status_code == 200, answer.text
    return len(answer.json())


async def test_the_audit_log_is_read_from_the_replica_and_all_else_from_the_primary(
    places: Addresses, replica: Replica
) -> None:
    replica.catch_up()
    async with asking(places.app, replica.dsn(places.app)) as client:
        ada = await register(client)
        replica.catch_up()
        before = await count_entries(client, ada.headers)
        replica.execute("SELECT pg_wal_replay_pause()")
        made = await make_key(client, ada)
        listed = await client.get("/v1/auth/keys", headers=ada.headers)
        assert [key["key_id"] for key in listed.json()] == [made["key_id"]]
        assert await count_entries(client, ada.headers) == before
        replica.execute("SELECT pg_wal_replay_resume()")
        replica.catch_up()
        assert await count_entries(client, ada.headers) == before + 1


async def test_while_the_replica_is_away_the_primary_answers(places: Addresses, replica: Replica) -> None:
    replica.stop()
    try:
        async with asking(places.app, replica.dsn(places.app)) as client:
            ada = await register(client)
            before = await count_entries(client, ada.headers)
            await make_key(client, ada)
            assert await count_entries(client, ada.headers) == before + 1
    finally:
        replica.start()


async def test_a_replica_that_comes_back_is_read_again(places: Addresses, replica: Replica) -> None:
    replica.catch_up()
    primary = Database(places.app)
    copy = Database(replica.dsn(places.app), wait_s=0.5, is_read_only=True)
    reads = Reads(primary, copy, away_s=0.0)
    await primary.open()
    await reads.open()
    answers = [await is_replica(reads)]
    replica.stop()
    answers.append(await is_replica(reads))
    replica.start()
    for _ in range(100):
        if await is_replica(reads):
            break
    answers.append(await is_replica(reads))
    await reads.close()
    await primary.close()
    assert answers == [True, False, True]


async def is_replica(reads: Reads) -> bool:
    async with reads.transaction() as transaction:
        cursor = await transaction._connection.execute("SELECT pg_is_in_recovery() AS answer")
        return (await cursor.fetchone() or {})["answer"]


async def test_nothing_is_written_through_it_even_to_a_server_that_would_take_it(places: Addresses) -> None:
    reads = Reads(Database(places.app), Database(places.app, is_read_only=True))
    await reads.open()
    team_id = TeamId(uuid4())
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with reads.transaction(Scope(team_id=team_id)) as transaction:
            await transaction.change("teams.insert", {"team_id": team_id, "name": "x", "created_at": "now"})
    await reads.close()


async def test_a_replica_is_not_read_as_another_role(places: Addresses) -> None:
    with pytest.raises(ControlSetupError, match="must be 'hive_app'"):
        await Reads(Database(places.app), Database(places.owner)).open()
