"""How events lie in the database: behind row-level security, or in TimescaleDB's columns behind views."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from hive.control.stores.statements import statement
from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from hive.control.stores.database import Connection


_log = logging.getLogger("hive.control")
_FIRST_MINOR_THAT_KEEPS = {15: 14, 16: 10, 17: 6}


class Profile(StrEnum):
    """What keeps the events of teams apart.

    TimescaleDB compresses no table that has row-level security, so there is a choice.
    """

    RLS = "rls"
    """Partitions by month with row-level security, on any PostgreSQL."""
    COLUMNSTORE = "columnstore"
    """Compressed hypertables that the application's role reaches through views filtered by team."""


def keeps_statistics(server_version: int) -> bool:
    """Return whether a server keeps the statistics of what lies behind a view to itself.

    Those before tell sampled values of all teams to whoever may run SQL of their own (CVE-2025-8713).

    Args:
        server_version: as ``server_version_num`` says it, like 170006.
    """
    major, minor = divmod(server_version, 10_000)
    return minor >= _FIRST_MINOR_THAT_KEEPS.get(major, 0)


async def is_columnstore(connection: Connection) -> bool:
    """Return whether the database has the profile ``columnstore``."""
    cursor = await connection.execute(statement("columnstore.is_on"))
    found = await cursor.fetchone()
    return bool(found and found["is_on"])


async def convert(connection: Connection) -> None:
    """Turn the event tables into hypertables, as the owner; there is no way back.

    Raises:
        ControlSetupError: if the database lacks the extension.
    """
    cursor = await connection.execute(statement("columnstore.has_extension"))
    found = await cursor.fetchone()
    if not (found and found["is_there"]):
        raise ControlSetupError(
            "The profile 'columnstore' needs TimescaleDB, which this database lacks; create the extension "
            "(docs/control-plane.md), or leave HIVE_DATABASE_PROFILE out."
        )
    await connection.execute(statement("columnstore.convert"))


async def make_views(connection: Connection) -> None:
    """Make the application's views anew, as the owner: tables may have got columns."""
    if not keeps_statistics(connection.info.server_version):
        _log.warning("server_tells_statistics", extra={"version": connection.info.server_version})
    await connection.execute(statement("columnstore.views"))
