"""What a database has set for text and times changes nothing; one that cannot keep every text is refused."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

from framework.errors import JournalError, JournalLockedError, SettingsError
from framework.journal.postgres import PostgresJournal
from tests.support.event_samples import run_started
from tests.support.journals import write_run

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = {"client_encoding": "LATIN1", "datestyle": "SQL, DMY", "timezone": "Asia/Kolkata"}


@contextmanager
def database(server: str, words: str) -> Iterator[str]:
    """Make a database and give its DSN."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(f"CREATE DATABASE {{}} {words}").format(sql.Identifier(name)))
        yield make_conninfo(server, dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@pytest.fixture
def odd(postgres_server: str) -> Iterator[str]:
    """A database that has everything set otherwise."""
    with database(postgres_server, "") as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for setting, value in ODD.items():
                connection.execute(
                    sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                        sql.Identifier(connection.info.dbname), sql.Identifier(setting), sql.Literal(value)
                    )
                )
        yield dsn


async def test_settings_of_the_database_change_nothing(odd: str) -> None:
    async with PostgresJournal(odd) as journal, PostgresJournal(odd, agent="日本") as other:
        await write_run(journal, "run", [("m", replace(run_started(), agent="日本"))])
        await journal.create("held")
        with pytest.raises(JournalLockedError, match=r"until \d{4}-\d\d-\d\d \d\d:"):
            await other.open("held")
        assert await other.run_ids() == ["run"]


async def test_a_pool_that_cannot_send_every_text_is_refused(odd: str) -> None:
    pool = AsyncConnectionPool(odd, open=False, kwargs={"autocommit": True})
    async with pool, PostgresJournal(pool) as journal:
        with pytest.raises(JournalError, match="'client_encoding': 'UTF8'"):
            await journal.run_ids()


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
async def test_a_database_that_cannot_keep_every_text_is_refused(postgres_server: str, encoding: str) -> None:
    words = f"ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    with database(postgres_server, words) as dsn:
        async with PostgresJournal(dsn) as journal:
            with pytest.raises(SettingsError, match=f"'{encoding}'.* ENCODING 'UTF8' TEMPLATE template0"):
                await journal.create("run")
