"""What the application's role can do to rows of others, with every filter left out: nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.embedded import Addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

TEAMS = 3
COLUMNS = """SELECT attname, format_type(atttypid, NULL), attnotnull FROM pg_attribute
              WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
TENANT_TABLES = """SELECT c.relname FROM pg_class c
                    JOIN pg_attribute a ON a.attrelid = c.oid AND attname = 'team_id'
                    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                      AND c.relnamespace = 'public'::regnamespace
                    ORDER BY array_position(ARRAY['teams', 'content']::name[], c.relname), c.relname"""
WORDS = {"role": "viewer", "status": "success", "cost_source": "priced", "category": "logic"}


@dataclass(frozen=True)
class Populated:
    """A database with a row of every table in every team."""

    places: Addresses
    teams: list[Any]
    tables: list[str]


def sample(name: str, kind: str, team: Any, account: Any) -> Any:
    """Return a value that a column takes."""
    if name == "team_id":
        return team
    if name in {"account_id", "created_by"}:
        return account
    by_kind: dict[str, Any] = {
        "uuid": uuid4(), "bytea": bytes(32), "jsonb": "{}", "text[]": ["sdk:ingest"], "boolean": False,
        "uuid[]": [team], "timestamp with time zone": "now", "text": WORDS.get(name, f"{name} of {team}"),
    }  # fmt: skip
    return by_kind.get(kind, 1)


def insert_row(connection: psycopg.Connection, table: str, team: Any, account: Any) -> None:
    columns = connection.execute(COLUMNS, [table]).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _, _ in columns)
    values = [sample(name, kind, team, account) for name, kind, _ in columns]
    marks = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for _, kind, _ in columns)
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, marks)
    connection.execute(query, values)


def see(connection: psycopg.Connection, **scope: Any) -> None:
    assert connection.execute("SELECT current_user").fetchone() == (APPLICATION_ROLE,)
    for name, value in scope.items():
        connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", str(value)])


@pytest.fixture(scope="module")
def populated(control_database: Addresses) -> Populated:
    with psycopg.connect(control_database.owner) as connection:
        tables = [row[0] for row in connection.execute(TENANT_TABLES).fetchall()]
    teams = [uuid4() for _ in range(TEAMS)]
    for team in teams:
        account = uuid4()
        with psycopg.connect(control_database.app) as connection:
            see(connection, team_id=team, account_id=account)
            connection.execute(
                "INSERT INTO accounts VALUES (%s, %s, 'x', now())", [account, f"{account}@example.org"]
            )
            for table in tables:
                insert_row(connection, table, team, account)
    return Populated(control_database, teams, tables)


@pytest.fixture
def connection(populated: Populated) -> Iterator[psycopg.Connection]:
    with psycopg.connect(populated.places.app) as opened:
        yield opened
        opened.rollback()


def test_there_is_a_row_of_every_team_in_every_table(populated: Populated) -> None:
    assert len(populated.tables) >= 18
    for team in populated.teams:
        with psycopg.connect(populated.places.app) as connection:
            see(connection, team_id=team)
            for table in populated.tables:
                rows = connection.execute(f"SELECT DISTINCT team_id FROM {table}").fetchall()
                assert rows == [(team,)], table


def test_without_a_team_nothing_is_seen(populated: Populated, connection: psycopg.Connection) -> None:
    see(connection)
    for table in [*populated.tables, "accounts", "passwords", "sessions", "refresh_tokens"]:
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == [], table


def attempt(connection: psycopg.Connection, query: str, values: list[Any]) -> int:
    """Return how many rows a statement changed, 0 where the database refuses it."""
    try:
        with connection.transaction():
            return connection.execute(query, values).rowcount
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation):
        return 0


@pytest.mark.parametrize("number", range(TEAMS))
def test_rows_of_others_are_out_of_reach_of_every_statement(populated: Populated, number: int) -> None:
    mine = populated.teams[number]
    others = [team for team in populated.teams if team != mine]
    probes = 0
    with psycopg.connect(populated.places.app) as connection:
        see(connection, team_id=mine)
        for table in populated.tables:
            for other in others:
                for query in (
                    f"SELECT * FROM {table} WHERE team_id = %s",
                    f"DELETE FROM {table} WHERE team_id = %s",
                    f"UPDATE {table} SET team_id = team_id WHERE team_id = %s",
                ):
                    assert attempt(connection, query, [other]) == 0, (table, query)
                steal = f"UPDATE {table} SET team_id = %s"
                assert attempt(connection, steal, [other]) == 0, (table, steal)
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    insert_row(connection, table, other, uuid4())
                probes += 5
        connection.rollback()
    assert probes == 5 * 2 * len(populated.tables)


def test_unfiltered_changes_touch_only_the_teams_own_rows(populated: Populated) -> None:
    mine, other = populated.teams[:2]
    before = counts(populated, other)
    with psycopg.connect(populated.places.app) as connection:
        see(connection, team_id=mine)
        for table in reversed(populated.tables):
            assert attempt(connection, f"DELETE FROM {table}", []) <= 1
        assert counts(populated, other) == before
        connection.rollback()


def counts(populated: Populated, team: Any) -> list[int]:
    with psycopg.connect(populated.places.app) as connection:
        see(connection, team_id=team)
        return [len(connection.execute(f"SELECT FROM {table}").fetchall()) for table in populated.tables]


def test_a_partition_is_closed_even_to_its_own_team(
    populated: Populated, connection: psycopg.Connection
) -> None:
    see(connection, team_id=populated.teams[0])
    partitions = connection.execute(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
    ).fetchall()
    assert len(partitions) >= 18
    for (name,) in partitions:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(f"SELECT * FROM {name}")


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
            assert attempt(connection, query, []) == 0


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
