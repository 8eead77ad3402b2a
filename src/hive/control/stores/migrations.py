"""Bringing the schema to the version this program knows, as the owner's role."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from hive.control.stores.database import APPLICATION_ROLE, Connection, connect, reason
from hive.control.stores.profiles import Profile, convert, is_columnstore, make_views
from hive.control.stores.statements import migrations, statement
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hive.control.stores.statements import Migration

_PATIENCE_S = 6 * 3600.0


async def migrate(
    owner_dsn: str,
    *,
    app_password: str | None = None,
    profile: Profile | None = None,
    until: int | None = None,
) -> list[str]:
    """Apply the migrations that the database lacks, all or none; return their names.

    Args:
        owner_dsn: the database, as the role that owns the tables.
        app_password: the password of the application's role, where that role has to be made.
        profile: how events shall lie; None leaves that as it is.
        until: the last version to apply; None applies all.

    Raises:
        ControlSetupError: if the database refuses, or holds a migration that reads otherwise here.
        UnavailableError: if it is out of reach.
    """
    try:
        async with (
            asyncio.timeout(_PATIENCE_S),
            await connect(owner_dsn) as connection,
        ):
            await connection.execute(statement("schema.lock"))
            await _make_role(connection, app_password)
            applied = await _apply(connection, _up_to(until))
            if until is None:
                await _settle(connection, profile, has_changed=bool(applied))
    except (psycopg.OperationalError, TimeoutError) as error:
        raise UnavailableError(f"The database cannot be migrated ({reason(error)}); try again.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ControlSetupError(
            f"The database refuses the migration ({reason(error)}); run it as the role that owns the tables."
        ) from error
    except psycopg.Error as error:
        raise ControlSetupError(
            f"The database refuses the migration ({reason(error)}), and nothing was changed; give Hive a "
            "database of its own, or see the log of the server."
        ) from error
    return applied


async def missing(app_dsn: str) -> list[str]:
    """Return the names of the migrations that the database lacks, asked as the application's role."""
    async with await connect(app_dsn) as connection:
        applied = await _applied(connection)
        return [migration.name for migration in migrations() if migration.version not in applied]


def _up_to(until: int | None) -> Sequence[Migration]:
    return [each for each in migrations() if until is None or each.version <= until]


async def _apply(connection: Connection, wanted: Sequence[Migration]) -> list[str]:
    await connection.execute(statement("schema.create_versions"))
    applied = await _applied(connection)
    names: list[str] = []
    for migration in wanted:
        known = applied.get(migration.version)
        if known is None:
            await connection.execute(migration.script)
            await connection.execute(
                statement("schema.record"),
                {"version": migration.version, "name": migration.name, "sha256": migration.sha256},
            )
            names.append(migration.name)
        elif known != migration.sha256:
            raise ControlSetupError(
                f"The database has applied another migration {migration.name!r} than this program's; "
                "install the version of Hive that made it, or a later one."
            )
    return names


async def _settle(connection: Connection, wanted: Profile | None, *, has_changed: bool) -> None:
    is_on = await is_columnstore(connection)
    if wanted is Profile.RLS and is_on:
        raise ControlSetupError(
            "The database has the profile 'columnstore', and there is no way back; set HIVE_DATABASE_PROFILE "
            "to that, or leave it out."
        )
    if wanted is Profile.COLUMNSTORE and not is_on:
        await convert(connection)
        await make_views(connection)
    elif is_on and has_changed:
        await make_views(connection)


async def _applied(connection: Connection) -> dict[int, bytes]:
    cursor = await connection.execute(statement("schema.has_versions"))
    found = await cursor.fetchone()
    if not (found and found["is_there"]):
        return {}
    cursor = await connection.execute(statement("schema.applied"))
    return {row["version"]: bytes(row["sha256"]) for row in await cursor.fetchall()}


async def _make_role(connection: Connection, password: str | None) -> None:
    cursor = await connection.execute(statement("schema.has_role"), {"name": APPLICATION_ROLE})
    found = await cursor.fetchone()
    if found and found["is_there"]:
        return
    secret = sql.SQL("") if password is None else sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    await connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT{}").format(
            sql.Identifier(APPLICATION_ROLE), secret
        )
    )
