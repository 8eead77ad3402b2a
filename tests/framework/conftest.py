"""What tests of several folders use: a PostgreSQL server for all of a worker, programs that sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import new_schema, running_server
from tests.support.sleepers import Sleepers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running_server() as dsn:
        yield dsn


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """A DSN of an empty schema."""
    return new_schema(postgres_server)


@pytest.fixture
def sleepers() -> Iterator[Sleepers]:
    """Programs that sleep; none outlives the test."""
    found = Sleepers()
    yield found
    found.end()
