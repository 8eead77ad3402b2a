"""What the control plane stands on: the database at its newest schema, and the secrets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from hive.control.app.application import Places
from hive.control.app.secrets_file import load_secrets, ring_of
from hive.control.app.settings import server_addresses
from hive.control.services.watch import kept_alive
from hive.control.stores.database import reason
from hive.control.stores.embedded import Addresses, EmbeddedPostgres
from hive.control.stores.migrations import migrate, missing
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hive.control.app.settings import ControlSettings


class Ground(NamedTuple):
    """Where everything is.

    Attributes:
        places: for the application.
        owner_dsn: the database as the owner of its tables; None where nobody told.
        migrated: the names of the migrations that were applied just now.
    """

    places: Places
    owner_dsn: str | None
    migrated: list[str]


@asynccontextmanager
async def prepared_ground(settings: ControlSettings) -> AsyncGenerator[Ground]:
    """Start the embedded database unless another is named, migrate it, and stop it at the end.

    Raises:
        ControlSetupError: if something is set up wrongly.
        UnavailableError: if the database is out of reach.
    """
    secrets = load_secrets(settings.home)
    ring = secrets.ring() if settings.signing_keys is None else ring_of(settings.signing_keys)
    async with _database(settings, secrets.database_password) as (addresses, is_owner_known):
        migrated: list[str] = []
        if is_owner_known:
            migrated = await migrate(
                addresses.owner, app_password=secrets.database_password, profile=settings.profile
            )
        else:
            await _refuse_old_schema(addresses.app)
        places = Places(
            app_dsn=addresses.app,
            ring=ring,
            replica_dsn=settings.replica_url,
            redis_url=settings.redis_url,
            spool_file=settings.spool_file,
        )
        yield Ground(places, addresses.owner if is_owner_known else None, migrated)


@asynccontextmanager
async def _database(settings: ControlSettings, app_password: str) -> AsyncGenerator[tuple[Addresses, bool]]:
    if settings.database_url is not None:
        yield server_addresses(settings, app_password)
        return
    server = EmbeddedPostgres(settings.postgres_folder)
    try:
        addresses = await asyncio.to_thread(server.start)
        async with kept_alive(server):
            yield addresses, True
    finally:
        await asyncio.to_thread(server.stop)


async def _refuse_old_schema(app_dsn: str) -> None:
    try:
        lacking = await missing(app_dsn)
    except psycopg.Error as error:
        raise UnavailableError(
            f"The database does not say which migrations it has ({reason(error)}); check the server."
        ) from error
    if lacking:
        raise ControlSetupError(
            f"The database lacks the migrations {', '.join(lacking)}; set HIVE_DATABASE_OWNER_URL and run: "
            "hive admin migrate"
        )
