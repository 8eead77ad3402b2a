"""One PostgreSQL server and one migrated database for all tests of a worker; teams keep tests apart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from hive.control.stores.profiles import Profile
from tests.support.control import asking, new_database, running_parts
from tests.support.postgres import running_server
from tests.support.timescale_server import running_timescale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


@pytest.fixture(scope="session")
def superuser_dsn() -> Iterator[str]:
    """A server with the roles of the platform."""
    with running_server() as dsn:
        prepare(dsn)
        yield dsn


@pytest.fixture(scope="session")
def control_database(superuser_dsn: str) -> Addresses:
    """A migrated database."""
    found = new_database(superuser_dsn)
    asyncio.run(migrate(found.owner))
    return found


@pytest.fixture(scope="session")
def timescale_rls() -> Iterator[Addresses]:
    """A migrated database of a TimescaleDB, with row-level security."""
    with running_timescale() as server:
        asyncio.run(migrate(server.places.owner))
        yield server.places


@pytest.fixture(scope="session")
def timescale_columnstore() -> Iterator[Addresses]:
    """A migrated database of a TimescaleDB, with compressed events behind views."""
    with running_timescale() as server:
        asyncio.run(migrate(server.places.owner, profile=Profile.COLUMNSTORE))
        yield server.places


@pytest.fixture(scope="session", params=["control_database", "timescale_rls", "timescale_columnstore"])
def ground(request: pytest.FixtureRequest) -> Addresses:
    """A migrated database of every kind there is."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def parts(control_database: Addresses) -> AsyncIterator[Parts]:
    async with running_parts(control_database.app) as opened:
        yield opened


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(parts) as found:
        yield found
