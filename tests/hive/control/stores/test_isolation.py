"""What the application's role can do to rows of others, with every filter left out: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.connections import connected
from tests.support.isolation import (
    PERSONAL,
    Populated,
    all_leaks,
    channels_of,
    insert_row,
    populate,
    see,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hive.control.stores.embedded import Addresses


@pytest.fixture(scope="module")
def populated(ground: Addresses) -> Populated:
    return populate(ground)


@pytest.fixture
def connection(populated: Populated) -> Iterator[psycopg.Connection]:
    with connected(populated.places.app) as opened:
        yield opened
        opened.rollback()


def test_there_is_a_row_of_every_team_in_every_table(
    populated: Populated, connection: psycopg.Connection
) -> None:
    assert len(populated.tables) >= 19
    for team in populated.teams:
        see(connection, team_id=team)
        for table in populated.tables:
            rows = connection.execute(f"SELECT DISTINCT team_id FROM {table}").fetchall()
            assert rows == [(team,)], table


def test_without_a_team_nothing_is_seen(populated: Populated, connection: psycopg.Connection) -> None:
    see(connection)
    for table in [*populated.tables, "accounts", "passwords", "sessions", "refresh_tokens", "metric_days"]:
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == [], table


@pytest.mark.parametrize("team_id", ["", "nobody", "00000000-0000-0000-0000-000000000000", "' OR true --"])
def test_with_an_odd_team_nothing_is_seen(
    populated: Populated, connection: psycopg.Connection, team_id: str
) -> None:
    for table in populated.tables:
        try:
            with connection.transaction():
                see(connection, team_id=team_id)
                assert connection.execute(f"SELECT * FROM {table}").fetchall() == [], table
        except psycopg.errors.InvalidTextRepresentation as error:
            assert str(error).startswith("invalid input syntax for type uuid")


@pytest.mark.timeout(300)
def test_no_statement_reaches_rows_of_others(populated: Populated) -> None:
    first, second, _ = populated.teams
    assert [leak for _, leak in all_leaks(populated, second, first)] == []


def test_every_table_is_somebodys_or_tells_of_nobody(
    populated: Populated, connection: psycopg.Connection
) -> None:
    names = [each.name.partition(".")[2] for each in populated.others if each.name.startswith("public.")]
    assert set(names) == {"retention", "schema_migrations"}
    assert channels_of(connection) == []


def test_nothing_new_is_put_into_the_team_of_another(
    populated: Populated, connection: psycopg.Connection
) -> None:
    mine, other = populated.teams[:2]
    see(connection, team_id=mine)
    for table in populated.tables:
        refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.WithCheckOptionViolation)
        with pytest.raises(refused), connection.transaction():
            insert_row(connection, table, other, uuid4())


KEPT_BY_THE_DATABASE = {"audit_log", "audit_heads", "event_batches", "metric_months"}
"""Tables that no statement of the application's role may delete from."""


def test_unfiltered_changes_touch_only_the_teams_own_rows(
    populated: Populated, connection: psycopg.Connection
) -> None:
    mine, other = populated.teams[:2]
    before = counts(connection, populated, other)
    see(connection, team_id=mine)
    for table in reversed(populated.tables):
        try:
            with connection.transaction():
                assert connection.execute(f"DELETE FROM {table}").rowcount == 1
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InternalError_):
            assert table.endswith("_events") or table in KEPT_BY_THE_DATABASE
    assert counts(connection, populated, other) == before
    assert counts(connection, populated, mine) != before


def counts(connection: psycopg.Connection, populated: Populated, team: Any) -> list[int]:
    see(connection, team_id=team)
    return [len(connection.execute(f"SELECT FROM {table}").fetchall()) for table in populated.tables]


def test_what_lies_beneath_a_table_is_closed_even_to_its_own_team(
    populated: Populated, connection: psycopg.Connection
) -> None:
    see(connection, team_id=populated.teams[0])
    names = {"metric_days", *populated.tables, *PERSONAL}
    beneath = [each.name for each in populated.relations if each.name.partition(".")[2] not in names]
    assert len(beneath) >= 12
    for relation in beneath:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(f"SELECT * FROM {relation}")


@pytest.mark.parametrize("query", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_the_audit_log_is_only_added_to(
    populated: Populated, connection: psycopg.Connection, query: str
) -> None:
    see(connection, team_id=populated.teams[0])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(query)


def test_events_are_never_changed_or_deleted(populated: Populated, connection: psycopg.Connection) -> None:
    see(connection, team_id=populated.teams[0])
    for table in [name for name in populated.tables if name.endswith("_events")]:
        for query in (f"UPDATE {table} SET body = '{{}}'", f"DELETE FROM {table}"):
            refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InternalError_)
            with pytest.raises(refused), connection.transaction():
                connection.execute(query)


def test_a_scope_ends_with_its_transaction(populated: Populated, connection: psycopg.Connection) -> None:
    see(connection, team_id=populated.teams[0])
    connection.commit()
    assert connection.execute("SELECT * FROM metric_events").fetchall() == []


def test_a_password_is_seen_by_its_owner_alone(populated: Populated, connection: psycopg.Connection) -> None:
    account = uuid4()
    see(connection, team_id=populated.teams[0], account_id=account, email=f"{account}@example.org")
    connection.execute(
        "INSERT INTO accounts VALUES (%s, %s, 'x', now())", [account, f"{account}@example.org"]
    )
    connection.execute("INSERT INTO passwords VALUES (%s, 'hash', now())", [account])
    connection.execute("INSERT INTO members VALUES (%s, %s, 'admin', now())", [populated.teams[0], account])
    see(connection, account_id=uuid4())
    assert connection.execute("SELECT * FROM passwords").fetchall() == []
    assert len(connection.execute("SELECT * FROM accounts WHERE account_id = %s", [account]).fetchall()) == 1
    assert connection.execute("UPDATE accounts SET name = 'y' WHERE account_id = %s", [account]).rowcount == 0
    assert connection.execute("DELETE FROM accounts WHERE account_id = %s", [account]).rowcount == 0
