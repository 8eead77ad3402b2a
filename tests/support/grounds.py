"""A migrated database of every kind there is: PostgreSQL alone, and both profiles of TimescaleDB."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from hive.control.stores.profiles import Profile
from tests.support.control import new_database
from tests.support.postgres import running_server
from tests.support.timescale_server import running_timescale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from hive.control.stores.embedded import Addresses


@contextmanager
def postgresql() -> Iterator[Addresses]:
    """A database of the embedded server."""
    with running_server() as dsn:
        prepare(dsn)
        places = new_database(dsn)
        asyncio.run(migrate(places.owner))
        yield places


@contextmanager
def timescale_rls() -> Iterator[Addresses]:
    """A database with the extension, whose events lie behind row-level security."""
    with running_timescale() as server:
        asyncio.run(migrate(server.places.owner))
        yield server.places


@contextmanager
def timescale_columnstore() -> Iterator[Addresses]:
    """A database whose events lie compressed behind views."""
    with running_timescale() as server:
        asyncio.run(migrate(server.places.owner, profile=Profile.COLUMNSTORE))
        yield server.places


GROUND_PATIENCE_S = 30.0
"""Seconds to wait for a database of any kind: TimescaleDB in one thread of Node is slow beside other work."""

GROUNDS: dict[str, Callable[[], AbstractContextManager[Addresses]]] = {
    "postgresql": postgresql,
    "timescale-rls": timescale_rls,
    "timescale-columnstore": timescale_columnstore,
}
