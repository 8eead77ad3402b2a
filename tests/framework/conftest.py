"""One PostgreSQL server for all tests of a worker; every test has tables of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import new_schema, running_server

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
