"""What somebody finds who gets hold of the database: nobody at first, and never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from hive.control.stores.migrations import migrate
from tests.support.connections import as_superuser
from tests.support.control import (
    PASSWORD,
    asking,
    join,
    make_key,
    new_database,
    new_email,
    refresh,
    register,
    running_parts,
)

if TYPE_CHECKING:
    from hive.control.stores.embedded import Addresses


def everything_in(places: Addresses) -> dict[str, str]:
    """Return every table with all it holds, as a superuser dumps it."""
    found: dict[str, str] = {}
    with as_superuser(places.app) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))
            found[table] = "\n".join(row[0] for row in connection.execute(query).fetchall())
    return found


async def test_a_fresh_database_knows_nobody(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    held = everything_in(places)
    for table in ("accounts", "passwords", "teams", "members", "api_keys", "sessions", "installation"):
        assert held[table] == ""


async def test_a_dump_holds_nothing_that_lets_anybody_in(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    async with running_parts(places.app) as parts, asking(parts) as client:
        welcome = await parts.installation.welcome()
        first = await parts.installation.welcome(is_alone=True)
        admin = await register(client)
        again = await refresh(client, admin)
        guest = await join(client, admin, "viewer")
        key = await make_key(client, admin)
        wish = {"email": new_email(), "role": "member"}
        invited = await client.post("/v1/auth/invitations", json=wish, headers=admin.headers)
        body = {"email": admin.email, "password": f"guess of {PASSWORD}"}
        await client.post("/v1/auth/login", json=body)
    secrets = [
        PASSWORD, welcome.api_key, welcome.link_token, first.link_token, key["key"], invited.json()["token"],
        *(each for who in (admin, again, guest) for each in (who.access_token, who.refresh_token)),
    ]  # fmt: skip
    held = everything_in(places)
    dump = "\n".join(held.values())
    assert admin.email in dump
    assert len(secrets) == 12
    for secret in secrets:
        assert secret is not None
        assert secret not in dump
        assert max(secret.split("_"), key=len) not in dump
    assert held["passwords"].count("$argon2id$v=19$m=19456,t=2,p=1$") == 2
