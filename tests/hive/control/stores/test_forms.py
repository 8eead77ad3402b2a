"""What a database has set for text and times changes nothing; one that cannot keep every text is refused."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from hive.control.services.audit_trail import verify_chains
from hive.control.stores.database import Database
from hive.control.stores.embedded import OWNER_ROLE, Addresses, addresses
from hive.control.stores.migrations import migrate, missing
from hive.errors import ControlSetupError
from tests.support.connections import as_superuser, connected
from tests.support.control import asking, bearer, login, make_key, new_database, register, running_parts
from tests.support.pgbouncer import running_pgbouncer, through
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

ODD = {"client_encoding": "LATIN1", "datestyle": "SQL, DMY", "timezone": "Asia/Kolkata"}
TEXT = "Größe 日本 🐝"


def name_of(places: Addresses) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(places.app)["dbname"])


@pytest.fixture
def odd(superuser_dsn: str) -> Addresses:
    """A new database that has everything set otherwise."""
    places = new_database(superuser_dsn)
    with as_superuser(superuser_dsn, autocommit=True) as connection:
        for setting, value in ODD.items():
            query = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                sql.Identifier(name_of(places)), sql.Identifier(setting), sql.Literal(value)
            )
            connection.execute(query)
    return places


@pytest.fixture(params=["direct", "pgbouncer"])
def ways(request: pytest.FixtureRequest, superuser_dsn: str, odd: Addresses) -> Iterator[Addresses]:
    """The ways to that database."""
    if request.param == "direct":
        yield odd
        return
    with running_pgbouncer(superuser_dsn) as port:
        yield Addresses(*(through(port, each) for each in odd))


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow(request: pytest.FixtureRequest, superuser_dsn: str) -> Iterator[Addresses]:
    """A new database that cannot keep every text."""
    name = f"narrow_{request.param.lower()}"
    with as_superuser(superuser_dsn, autocommit=True) as connection:
        query = "CREATE DATABASE {} OWNER {} ENCODING {} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        words = sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Literal(request.param)
        connection.execute(sql.SQL(query).format(*words))
        yield addresses(connection.info.host, name)
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@asynccontextmanager
async def served(places: Addresses) -> AsyncIterator[httpx.AsyncClient]:
    async with running_parts(places.app, replica_dsn=places.app) as parts, asking(parts) as client:
        yield client


async def test_settings_of_the_database_change_nothing(ways: Addresses, odd: Addresses) -> None:
    await migrate(ways.owner)
    with connected(odd.app) as connection:
        shown = [connection.execute(f"SHOW {each}").fetchone() for each in ODD]
    assert shown == [(value,) for value in ODD.values()]
    async with served(ways) as client:
        ada = await login(client, await register(client))
        key = bearer((await make_key(client, ada, name=TEXT))["key"])
        event = {**metric(datetime.now(UTC)), "agent": TEXT}
        stored = await client.post("/v1/control/events", json={"events": [event]}, headers=key)
        assert stored.json()["processed"] == 1, stored.text
        budget = {"estimated_cost": 0.01, "context": {}}
        assert (await client.post("/v1/control/budget/validate", json=budget, headers=key)).is_success
        assert (await client.get("/v1/control/policy", headers=key)).is_success
        listed = await client.get("/v1/auth/keys", headers=ada.headers)
        assert [each["name"] for each in listed.json()] == [TEXT]
        told = await client.get("/v1/auth/audit", headers=ada.headers)
        assert told.is_success, told.text
    entries, faults = await verify_chains(ways.owner)
    assert (entries, faults) == (len(told.json()), [])


async def test_a_database_that_cannot_keep_every_text_is_refused(narrow: Addresses) -> None:
    database = Database(narrow.app)
    for attempt in (migrate(narrow.owner), missing(narrow.app), database.open()):
        with pytest.raises(ControlSetupError, match="ENCODING 'UTF8' TEMPLATE template0"):
            await attempt
    await database.close()
