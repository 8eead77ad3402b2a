"""Raw SQL as the application's role, in the scope of a team and without any filter, after the rows of others.

Every text in the rows of a team names the team, so a row of another is known wherever it shows.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
from psycopg import errors, sql

from hive.control.stores.embedded import Addresses
from tests.support.control import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

TEAMS = 3
# Whatever has a column team_id, in every schema: tables, partitions, chunks, views and what lies beneath.
RELATIONS = """SELECT n.nspname, c.relname FROM pg_class c
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id' AND NOT a.attisdropped
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
                ORDER BY n.nspname, c.relname"""
# What the application uses, by the name that it uses: tables that are no part of another.
TABLES = """SELECT c.relname FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id' AND NOT a.attisdropped
             WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
             ORDER BY array_position(ARRAY['teams', 'content']::name[], relname), relname"""
COLUMNS = """SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
              WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
FUNCTIONS = """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
                  AND proname LIKE 'hive%' AND pronargs = 0 AND has_function_privilege(oid, 'EXECUTE')
                ORDER BY proname"""
COMPRESS = (
    """SELECT compress_chunk(chunk) FROM timescaledb_information.hypertables,
              show_chunks(format('%I.%I', hypertable_schema, hypertable_name)::regclass) chunk
        WHERE hypertable_schema = 'public'""",
    "CALL refresh_continuous_aggregate('metric_days', NULL, NULL)",
)
LEAK = """CREATE FUNCTION pg_temp.tell(anything text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
          AS $$ BEGIN RAISE NOTICE '%', anything; RETURN true; END $$"""
WORDS = {"role": "viewer", "status": "success", "cost_source": "priced", "category": "logic"}

READS = (
    "SELECT * FROM {r}",
    "SELECT * FROM {r} WHERE team_id = {other}",
    "SELECT * FROM {r} WHERE team_id <> {mine}",
    "SELECT team_id, count(*) FROM {r} GROUP BY 1",
    "SELECT max(team_id::text), min(team_id::text) FROM {r}",
    "SELECT (SELECT string_agg(x::text, ',') FROM {r} x)",
    "SELECT b.* FROM {r} a RIGHT JOIN {r} b ON a.team_id = b.team_id",
    "SELECT * FROM {r} x WHERE pg_temp.tell(x::text)",
    "SELECT * FROM {r} x WHERE team_id = {other} AND pg_temp.tell(x::text)",
    "SELECT * FROM {r} x WHERE 1 / (CASE WHEN x.team_id = {other} THEN 0 ELSE 1 END) = 1",
    "SELECT * FROM {r} UNION ALL SELECT * FROM {r} WHERE team_id = ANY(ARRAY[{other}, {mine}])",
    "SELECT * FROM {r} ORDER BY team_id OFFSET 0 FETCH FIRST ROW WITH TIES",
    "SELECT * FROM {r} WHERE team_id = {other} FOR UPDATE",
    "WITH x AS MATERIALIZED (SELECT * FROM {r}) SELECT * FROM x WHERE team_id = {other}",
    "SELECT x.* FROM generate_series(1, 2) LEFT JOIN LATERAL (SELECT * FROM {r}) x ON true",
)
WRITES = (
    "DELETE FROM {r} WHERE team_id = {other}",
    "UPDATE {r} SET team_id = team_id WHERE team_id = {other}",
    "UPDATE {r} SET team_id = {other}",
    "UPDATE {r} SET team_id = {mine} WHERE team_id = {other}",
    "INSERT INTO {r} SELECT {columns_of_other} FROM {r}",
    "INSERT INTO {r} SELECT {columns_of_other} FROM {r} ON CONFLICT DO NOTHING",
    "WITH gone AS (DELETE FROM {r} WHERE team_id = {other} RETURNING *) SELECT * FROM gone",
    "MERGE INTO {r} t USING (SELECT {other} AS team_id) s ON t.team_id = s.team_id WHEN MATCHED THEN DELETE",
    "TRUNCATE {r} CASCADE",
)
"""None of them may touch a row: own rows are either left out or become another's, which is refused."""
POWERS = (
    "ALTER TABLE {r} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {r} NO FORCE ROW LEVEL SECURITY",
    "CREATE POLICY all_mine ON {r} USING (true)",
    "DROP TABLE {r} CASCADE",
    "ALTER TABLE {r} OWNER TO hive_app",
    "CREATE RULE peek AS ON INSERT TO {r} DO ALSO NOTHING",
    "CREATE TRIGGER peek BEFORE INSERT ON {r} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE VIEW public.peek AS SELECT * FROM {r}",
    "SET LOCAL ROLE hive_owner",
    "ALTER ROLE hive_app BYPASSRLS",
)
"""Each of them must be refused."""
HARMLESS = (
    errors.InsufficientPrivilege,
    errors.WithCheckOptionViolation,
    errors.ForeignKeyViolation,
    errors.UniqueViolation,
    errors.DivisionByZero,
    errors.UndefinedObject,
    errors.UndefinedColumn,
    errors.FeatureNotSupported,
    errors.ObjectNotInPrerequisiteState,
    errors.WrongObjectType,
    errors.InvalidTableDefinition,
    errors.CheckViolation,
    errors.DatatypeMismatch,
    errors.InternalError_,  # TimescaleDB cannot plan some of them.
)


class Probe(NamedTuple):
    """A statement in the scope of a team, and how far it may go."""

    query: str
    is_write: bool = False
    must_fail: bool = False


@dataclass(frozen=True)
class Populated:
    """A database with a row of every table in every team.

    Attributes:
        relations: all that has a team, with its schema.
        tables: those that the application writes to.
    """

    places: Addresses
    teams: list[UUID]
    relations: list[tuple[str, str]]
    tables: list[str]


def see(connection: psycopg.Connection, **scope: Any) -> None:
    """Set the scope of the transaction."""
    for name, value in scope.items():
        connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", str(value)])


def sample(name: str, kind: str, team: Any, account: Any) -> Any:
    """Return a value that a column takes."""
    if name == "team_id":
        return team
    if name in {"account_id", "created_by"}:
        return account
    by_kind: dict[str, Any] = {
        "uuid": uuid4(), "bytea": bytes(32), "jsonb": f'"{team}"', "text[]": ["sdk:ingest"], "boolean": False,
        "timestamp with time zone": "now", "text": WORDS.get(name, f"{name} of {team}"), "uuid[]": [uuid4()],
    }  # fmt: skip
    return by_kind.get(kind, 1)


def insert_row(connection: psycopg.Connection, table: str, team: Any, account: Any) -> None:
    """Insert a row of a team."""
    columns = connection.execute(COLUMNS, [table]).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    values = [sample(name, kind, team, account) for name, kind in columns]
    marks = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for _, kind in columns)
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, marks)
    connection.execute(query, values)


def fill_all(places: Addresses) -> tuple[list[UUID], list[str]]:
    """Put a row of every team into every table; return the teams and the tables."""
    with psycopg.connect(places.owner, prepare_threshold=None) as connection:
        tables = [row[0] for row in connection.execute(TABLES).fetchall()]
    teams = [uuid4() for _ in range(TEAMS)]
    fill(places, teams, tables)
    return teams, tables


def populate(places: Addresses) -> Populated:
    """Put a row of every team into every table, compressed and not where that is a difference."""
    teams, tables = fill_all(places)
    with psycopg.connect(places.owner, prepare_threshold=None, autocommit=True) as connection:
        if connection.execute("SELECT hive_is_columnstore()").fetchone() == (True,):
            for query in COMPRESS:
                connection.execute(query)
            fill(places, teams, [table for table in tables if table.endswith("_events")])
        relations = connection.execute(RELATIONS).fetchall()
    return Populated(places, teams, [(schema, name) for schema, name in relations], tables)


def fill(places: Addresses, teams: list[UUID], tables: list[str]) -> None:
    """Put a row of every team into each of ``tables``."""
    for team in teams:
        account = uuid4()
        with connected(places.app) as connection:
            see(connection, team_id=team, account_id=account)
            connection.execute(
                "INSERT INTO accounts VALUES (%s, %s, 'x', now())", [account, f"{account}@example.org"]
            )
            for table in tables:
                insert_row(connection, table, team, account)


def probes(connection: psycopg.Connection, found: Populated, mine: UUID, other: UUID) -> Iterator[Probe]:
    """Give every statement on every relation, by its full name and by the application's."""
    names = [f'"{schema}"."{name}"' for schema, name in found.relations] + found.tables
    for relation in names:
        columns = [f'"{name}"' for name, _ in connection.execute(COLUMNS, [relation]).fetchall()]
        words = {
            "r": relation, "mine": f"'{mine}'::uuid", "other": f"'{other}'::uuid",
            "columns_of_other": ", ".join(f"'{other}'::uuid" if c == '"team_id"' else c for c in columns),
        }  # fmt: skip
        yield from (Probe(each.format(**words)) for each in READS)
        yield from (Probe(each.format(**words), is_write=True) for each in WRITES)
        yield from (Probe(each.format(**words), must_fail=True) for each in POWERS)
    yield from (Probe(f"SELECT {row[0]}()") for row in connection.execute(FUNCTIONS).fetchall())


@contextmanager
def probing(found: Populated, mine: UUID) -> Iterator[tuple[psycopg.Connection, list[str]]]:
    """Give a connection in the scope of a team, and the notices it gets; nothing of it stays."""
    with connected(found.places.app) as connection:
        notices: list[str] = []
        connection.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        connection.execute(LEAK)
        see(connection, team_id=mine)
        yield connection, notices
        connection.rollback()


def leak_of(
    connection: psycopg.Connection, probe: Probe, notices: list[str], others: list[UUID]
) -> str | None:
    """Run a probe, undo it, and return how it reached rows of others; None if it did not."""
    notices.clear()
    try:
        with connection.transaction(force_rollback=True):
            cursor = connection.execute(probe.query)
            shown = repr(cursor.fetchall()) if cursor.description else ""
            if probe.must_fail:
                return f"{probe.query}: was not refused"
            if probe.is_write and cursor.rowcount > 0:
                return f"{probe.query}: changed {cursor.rowcount} rows"
    except HARMLESS as error:
        shown = "" if probe.must_fail else str(error.diag.message_detail or "")
        if probe.is_write:
            shown = ""  # It quotes the row that was offered.
    seen = shown + "".join(notices)
    return next((f"{probe.query}: shows {other}" for other in others if str(other) in seen), None)


def hunt(found: Populated, most: int, seed: int) -> tuple[int, list[str]]:
    """Try ``most`` probes, every one there is before any comes again; return how many, and the leaks."""
    chance, tried, leaks = random.Random(seed), 0, list[str]()
    while tried < most:
        mine, other = chance.sample(found.teams, 2)
        others = [team for team in found.teams if team != mine]
        with probing(found, mine) as (connection, notices):
            all_of_them = list(probes(connection, found, mine, other))
            chance.shuffle(all_of_them)
            for probe in all_of_them[: most - tried]:
                tried += 1
                leak = leak_of(connection, probe, notices, others)
                leaks += [] if leak is None else [leak]
    return tried, leaks
