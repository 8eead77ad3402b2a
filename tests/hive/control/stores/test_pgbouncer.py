"""Behind a pooler in transaction mode everything works, and nobody finds what another transaction left."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from hive.control.services.audit_trail import verify_chains
from hive.control.services.housekeeping import Housekeeping
from hive.control.stores.embedded import Addresses
from hive.control.stores.migrations import migrate, missing
from hive.control.stores.statements import migrations
from tests.support.connections import as_superuser, connected
from tests.support.control import (
    asking,
    bearer,
    join,
    make_key,
    new_database,
    register,
    running_parts,
)
from tests.support.isolation import see
from tests.support.pgbouncer import POOL_SIZE, free_port, running_pgbouncer, through
from tests.support.sdk_events import metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

TEAMS, REQUESTS, EVENTS, ENTRIES = 4, 12, 5, 10
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'hive_app' AND datname = %s"
LEFT = """SELECT (SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
                   WHERE locktype = 'advisory' AND datname = %(name)s),
                 (SELECT count(*) FROM pg_stat_activity WHERE datname = %(name)s AND state ~ 'in tr')"""
OF_A_SESSION = re.compile(
    r"\bLISTEN\b|\bUNLISTEN\b|pg_advisory_lock|\bPREPARE\b|WITH HOLD|\bSET (?!LOCAL)(SESSION|\w+ ?(=|TO)\b)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def port(superuser_dsn: str) -> Iterator[int]:
    with running_pgbouncer(superuser_dsn) as found:
        yield found


@pytest.fixture
def direct(superuser_dsn: str) -> Addresses:
    """A new database."""
    return new_database(superuser_dsn)


@pytest.fixture
def places(direct: Addresses, port: int) -> Addresses:
    """The same, by way of the pooler."""
    return Addresses(*(through(port, each) for each in direct))


def ask(dsn: str, query: str, database: Addresses) -> Any:
    name = psycopg.conninfo.conninfo_to_dict(database.app)["dbname"]
    with as_superuser(dsn) as connection:
        return connection.execute(query, {"name": name} if "%(name)s" in query else [name]).fetchone()


async def work(client: httpx.AsyncClient) -> tuple[str, int]:
    """Let a team do a bit of everything; return it and how many events it sent."""
    admin = await register(client)
    await join(client, admin, "member")
    key = bearer((await make_key(client, admin))["key"])
    for _ in range(REQUESTS):
        events = [metric(datetime.now(UTC)) for _ in range(EVENTS)]
        stored, policy, members = await asyncio.gather(
            client.post("/v1/control/events", json={"events": events}, headers=key),
            client.get("/v1/control/policy", headers=key),
            client.get("/v1/auth/members", headers=admin.headers),
        )
        assert (stored.json()["processed"], policy.status_code) == (EVENTS, 200)
        assert len(members.json()) == 2
    return admin.team_id, REQUESTS * EVENTS


async def test_teams_work_at_once_over_few_connections(
    superuser_dsn: str, direct: Addresses, places: Addresses
) -> None:
    assert await migrate(places.owner) == [each.name for each in migrations()]
    async with running_parts(places.app) as parts, asking(parts) as client:
        sent = await asyncio.gather(*(work(client) for _ in range(TEAMS)))
        assert ask(superuser_dsn, BACKENDS, direct)[0] <= POOL_SIZE
        await Housekeeping(parts.database, parts.clock).turn()
    for team_id, count in sent:
        with connected(direct.app) as connection:
            see(connection, team_id=team_id)
            assert connection.execute("SELECT count(*) FROM metric_events").fetchone() == (count,)
            assert connection.execute("SELECT sum(request_count) FROM metric_hours").fetchone() == (count,)
    assert ask(superuser_dsn, LEFT, direct) == (0, 0)
    assert await verify_chains(places.owner) == (TEAMS * ENTRIES, [])


async def test_many_migrate_and_ask_at_once(places: Addresses) -> None:
    applied = await asyncio.gather(*(migrate(places.owner) for _ in range(6)))
    assert sorted(map(len, applied)) == [0] * 5 + [len(migrations())]
    assert await asyncio.gather(*(missing(places.app) for _ in range(20))) == [[]] * 20


async def test_a_scope_is_gone_with_its_transaction(places: Addresses) -> None:
    await migrate(places.owner)
    async with running_parts(places.app) as parts, asking(parts) as client:
        admin = await register(client)
    with connected(places.app) as mine, connected(places.app) as nobodys:
        for _ in range(50):
            see(mine, team_id=admin.team_id)
            assert mine.execute("SELECT count(*) FROM members").fetchone() == (1,)
            mine.commit()
            assert nobodys.execute("SELECT count(*) FROM members").fetchone() == (0,)
            assert nobodys.execute("SHOW statement_timeout").fetchone() == ("0",)
            nobodys.commit()


async def test_work_goes_on_after_the_pooler_was_away(superuser_dsn: str, direct: Addresses) -> None:
    await migrate(direct.owner)
    port = free_port()
    async with AsyncExitStack() as stack:
        with running_pgbouncer(superuser_dsn, port):
            dsn = through(port, direct.app)
            parts = await stack.enter_async_context(running_parts(dsn, patience_s=1.0))
            client = await stack.enter_async_context(asking(parts))
            admin = await register(client)
        assert (await client.get("/v1/auth/me", headers=admin.headers)).status_code == 503
        with running_pgbouncer(superuser_dsn, port):
            for _ in range(100):
                answer = await client.get("/v1/auth/me", headers=admin.headers)
                if answer.status_code != 503:
                    break
                await asyncio.sleep(0.2)
            assert answer.status_code == 200


def test_no_statement_needs_a_session_of_its_own() -> None:
    folder = resources.files("hive.control.stores") / "sql"
    files = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    assert len(files) >= 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        found = OF_A_SESSION.findall(re.sub(r"--.*|UPDATE[^;]*?SET", "", text))
        assert found == [], file.name
        for table in re.findall(r"CREATE TEMPORARY TABLE[^\n]*", text):
            assert "ON COMMIT DROP" in table
