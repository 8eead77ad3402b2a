"""A control plane of the tests' own: real parts over the worker's PostgreSQL, asked through ASGI."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
from psycopg import sql

from framework.clock import ManualClock
from hive.control.app.application import Places, control_app, opened_parts
from hive.control.auth.tokens import KeyRing
from hive.control.stores.embedded import OWNER_ROLE, addresses
from tests.support.connections import as_superuser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

RING = KeyRing(current="k1", keys={"k1": b"1" * 32})
PASSWORD = "correct horse battery"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Signed:
    """Somebody signed in, and how they ask."""

    email: str
    access_token: str
    refresh_token: str
    team_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


def new_database(superuser_dsn: str) -> Addresses:
    """Make an empty database and return its addresses."""
    name = f"t{secrets.token_hex(6)}"
    with as_superuser(superuser_dsn, autocommit=True) as connection:
        query = sql.SQL("CREATE DATABASE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(OWNER_ROLE)
        )
        connection.execute(query)
        return addresses(connection.info.host, name)


@asynccontextmanager
async def running_parts(
    app_dsn: str,
    *,
    is_sign_up_open: bool = True,
    spool_file: Path | None = None,
    patience_s: float = 5.0,
    redis_url: str | None = None,
    replica_dsn: str | None = None,
) -> AsyncIterator[Parts]:
    """Give parts whose clock stands at the real time until a test moves it."""
    clock = ManualClock(datetime.now(UTC))
    places = Places(
        app_dsn=app_dsn,
        ring=RING,
        replica_dsn=replica_dsn,
        spool_file=spool_file,
        patience_s=patience_s,
        redis_url=redis_url,
    )
    async with opened_parts(places, is_sign_up_open=is_sign_up_open, clock=clock) as parts:
        yield parts


@asynccontextmanager
async def asking(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the app over ``parts``."""
    transport = httpx.ASGITransport(control_app(parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client


def clock_of(parts: Parts) -> ManualClock:
    assert isinstance(parts.clock, ManualClock)
    return parts.clock


def new_email() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def signed(email: str, answer: httpx.Response) -> Signed:
    assert answer.is_success, answer.text
    pair = answer.json()
    return Signed(email, pair["access_token"], pair["refresh_token"], pair["team_id"])


async def register(client: httpx.AsyncClient, email: str | None = None) -> Signed:
    """Make an account with a team of its own."""
    address = email or new_email()
    body = {"email": address, "name": "Somebody", "password": PASSWORD, "team": "A team"}
    return signed(address, await client.post("/v1/auth/register", json=body))


async def login(client: httpx.AsyncClient, who: Signed, team_id: str | None = None) -> Signed:
    body = {"email": who.email, "password": PASSWORD, "team_id": team_id}
    return signed(who.email, await client.post("/v1/auth/login", json=body))


async def refresh(client: httpx.AsyncClient, who: Signed, team_id: str | None = None) -> Signed:
    body = {"refresh_token": who.refresh_token, "team_id": team_id}
    return signed(who.email, await client.post("/v1/auth/refresh", json=body))


async def join(client: httpx.AsyncClient, admin: Signed, role: str) -> Signed:
    """Make an account and let it join the admin's team."""
    guest = await register(client)
    invited = await client.post(
        "/v1/auth/invitations", json={"email": guest.email, "role": role}, headers=admin.headers
    )
    token = {"token": invited.json()["token"]}
    accepted = await client.post("/v1/auth/invitations/accept", json=token, headers=guest.headers)
    assert accepted.status_code == 200, accepted.text
    return await refresh(client, guest, admin.team_id)


async def make_key(client: httpx.AsyncClient, admin: Signed, **wish: Any) -> dict[str, Any]:
    answer = await client.post("/v1/auth/keys", json={"name": "a key", **wish}, headers=admin.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
