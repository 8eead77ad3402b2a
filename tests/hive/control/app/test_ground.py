"""A server of one's own: the program makes the application's role, and comes as that role alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql

from hive.control.app.application import opened_parts
from hive.control.app.ground import prepared_ground
from hive.control.app.secrets_file import load_secrets
from hive.control.app.settings import ControlSettings
from hive.errors import UnavailableError
from tests.support.connections import as_superuser
from tests.support.postgres import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = "local all postgres trust\nlocal all all scram-sha-256\n"


@pytest.fixture(scope="module")
def owner_url() -> Iterator[str]:
    """A server that asks for passwords, and its owner's address."""
    with running_server() as dsn, as_superuser(dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE boss LOGIN CREATEROLE PASSWORD 'of the owner'")
        connection.execute("CREATE DATABASE own OWNER boss")
        [rules] = connection.execute("SHOW hba_file").fetchone() or [""]
        write = sql.SQL("COPY (SELECT unnest({}::text[])) TO {}")
        connection.execute(write.format(sql.Literal(RULES.split("\n")), sql.Literal(rules)))
        connection.execute("SELECT pg_reload_conf()")
        yield f"postgresql://boss:of%20the%20owner@/own?host={connection.info.host}"


def settings_of(url: str, home: Path) -> ControlSettings:
    return ControlSettings(home=home, postgres_folder=home, database_url=url)


async def test_the_owners_address_alone_suffices(owner_url: str, tmp_path: Path) -> None:
    settings = settings_of(owner_url, tmp_path)
    async with prepared_ground(settings) as ground, opened_parts(ground.places) as parts:
        assert ground.migrated
        assert (await parts.readiness.parts())["database"] == "ok"
        async with parts.database.transaction() as transaction:
            assert (await transaction.row("scope.role") or {})["name"] == "hive_app"
        assert load_secrets(tmp_path).database_password in ground.places.app_dsn
        assert "of the owner" not in ground.places.app_dsn
    async with prepared_ground(settings) as again:
        assert again.migrated == []


async def test_another_home_folder_does_not_know_the_password(owner_url: str, tmp_path: Path) -> None:
    async with prepared_ground(settings_of(owner_url, tmp_path)) as ground:
        with pytest.raises(UnavailableError, match="password authentication failed") as caught:
            async with opened_parts(ground.places):
                pass
    assert load_secrets(tmp_path).database_password not in str(caught.value)
