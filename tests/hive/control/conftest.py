"""One PostgreSQL server and one migrated database for all tests of a worker; teams keep tests apart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from tests.support.control import asking, new_database, running_parts
from tests.support.grounds import GROUNDS
from tests.support.postgres import running_server

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


@pytest.fixture(scope="session", params=GROUNDS)
def ground(request: pytest.FixtureRequest) -> Iterator[Addresses]:
    """A migrated database of every kind there is."""
    with GROUNDS[request.param]() as places:
        yield places


@pytest.fixture(scope="session")
def timescale_columnstore() -> Iterator[Addresses]:
    """A migrated database of a TimescaleDB, with compressed events behind views."""
    with GROUNDS["timescale-columnstore"]() as places:
        yield places


@pytest.fixture
async def parts(control_database: Addresses) -> AsyncIterator[Parts]:
    async with running_parts(control_database.app) as opened:
        yield opened


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(parts) as found:
        yield found
