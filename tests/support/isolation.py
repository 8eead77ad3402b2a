"""Raw SQL as the application's role, in the scope of a team and without any filter, after the rows of others.

Every text in the rows of a team holds its secret, so a row of another is known wherever it shows, even where
the statement names the other team.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg import errors, sql

from hive.control.stores.embedded import Addresses
from hive.control.stores.profiles import keeps_statistics
from tests.support.connections import as_owner, connected
from tests.support.isolation_statements import (
    ASKS_STATISTICS,
    ELSEWHERE,
    POWERS,
    POWERS_AT_ALL,
    READS,
    READS_OF_COLUMNS,
    TELLER,
    WRITES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEAMS = 3
OWNERS = ("team_id", "account_id", "session_id", "first_team")
"""The columns that say whose a row is."""
PERSONAL = ("installation", "accounts", "passwords", "sessions", "refresh_tokens")
"""The tables without a team that hold what is somebody's."""
# Whatever can be read, in every schema: tables, partitions, chunks, views, what lies beneath, the catalogue.
RELATIONS = """SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
                      array_agg(quote_ident(a.attname) ORDER BY a.attnum)
                 FROM pg_class c
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_(toast|temp)'
                GROUP BY 1 ORDER BY 1"""
# What the application uses, by the name that it uses: tables that are no part of another.
TABLES = """SELECT c.relname FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'team_id' AND NOT a.attisdropped
             WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
             ORDER BY array_position(ARRAY['teams', 'content']::name[], relname), relname"""
COLUMNS = """SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
              WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
# Functions of the platform, whatever they take.
FUNCTIONS = """SELECT format('%I.%I', pronamespace::regnamespace, proname),
                      array(SELECT format_type(each, NULL)
                              FROM unnest(proargtypes) WITH ORDINALITY t(each, place) ORDER BY place)
                 FROM pg_proc
                WHERE prokind = 'f' AND prorettype <> 'trigger'::regtype
                  AND has_function_privilege(oid, 'EXECUTE')
                  AND pronamespace IN ('public'::regnamespace, to_regnamespace('hive_app'))
                  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
                ORDER BY 1"""
CHANNELS = r"""SELECT DISTINCT found[1]
                 FROM pg_proc, regexp_matches(prosrc, 'notify\s*\(?\s*[''"]?(\w+)', 'gi') AS found
                WHERE pronamespace IN ('public'::regnamespace, to_regnamespace('hive_app'))
                  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"""
LAST_WORD = "the_last_word"
COMPRESS = (
    """SELECT compress_chunk(chunk) FROM timescaledb_information.hypertables,
              show_chunks(format('%I.%I', hypertable_schema, hypertable_name)::regclass) chunk
        WHERE hypertable_schema = 'public'""",
    "CALL refresh_continuous_aggregate('metric_days', NULL, NULL)",
)
WORDS = {"role": "viewer", "status": "success", "cost_source": "priced", "category": "logic"}

HARMLESS = (
    errors.InsufficientPrivilege,
    errors.WithCheckOptionViolation,
    errors.ForeignKeyViolation,
    errors.UniqueViolation,
    errors.UndefinedObject,
    errors.UndefinedColumn,
    errors.UndefinedTable,
    errors.UndefinedFunction,
    errors.UndefinedParameter,
    errors.DuplicateObject,
    errors.FeatureNotSupported,
    errors.ObjectNotInPrerequisiteState,
    errors.WrongObjectType,
    errors.InvalidTableDefinition,
    errors.CheckViolation,
    errors.DatatypeMismatch,
    errors.InvalidParameterValue,
    errors.InvalidTextRepresentation,
    errors.InternalError_,  # TimescaleDB cannot plan some of them.
)


class Probe(NamedTuple):
    """A statement in the scope of a team, how far it may go, and the template it was made from."""

    query: str
    template: str
    is_write: bool = False
    must_fail: bool = False


class Relation(NamedTuple):
    """Something that can be read, by its full name or the application's."""

    name: str
    columns: list[str]

    @property
    def owners(self) -> list[str]:
        """Return the columns that say whose a row is."""
        return [name for name in OWNERS if name in self.columns]


@dataclass(frozen=True)
class Populated:
    """A database with a row of every table in every team.

    Attributes:
        relations: all that is somebody's, by its full name.
        others: all else that can be read.
        tables: those with a team that the application writes to.
        has_told_statistics: whether views keep teams apart, on a server that tells any operator the
            statistics of what lies behind a view (CVE-2025-8713).
    """

    places: Addresses
    teams: list[UUID]
    relations: list[Relation]
    others: list[Relation]
    tables: list[str]
    has_told_statistics: bool = False


def account_of(team: Any) -> UUID:
    """Return the account of the one person of a team."""
    return uuid5(team, "account")


def session_of(team: Any) -> UUID:
    """Return the session of that person."""
    return uuid5(team, "session")


def secret_of(team: Any) -> str:
    """Return the 32 characters that stand in all texts of a team."""
    return uuid5(team, "secret").hex


def owner_value(column: str, team: UUID) -> UUID:
    """Return the value by which a row is the team's."""
    by_column = {"account_id": account_of, "session_id": session_of}
    return by_column[column](team) if column in by_column else team


def is_told(team: UUID, seen: str, asked: str) -> bool:
    """Return whether something of a team is seen that was not asked with."""
    secret = secret_of(team)
    ids = [str(each) for each in (team, account_of(team), session_of(team))]
    return secret in seen or secret.encode().hex() in seen or any(i in seen and i not in asked for i in ids)


def see(connection: psycopg.Connection, **scope: Any) -> None:
    """Set the scope of the transaction."""
    for name, value in scope.items():
        connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", str(value)])


def sample(name: str, kind: str, team: Any, account: Any) -> Any:
    """Return a value that a column takes."""
    secret = secret_of(team)
    known = {
        "team_id": team, "first_team": team, "open_team": team, "account_id": account, "created_by": account,
        "session_id": session_of(team), "email": f"{secret}@example.org", "end_reason": None, "is_only": True,
    }  # fmt: skip
    if name in known:
        return known[name]
    by_kind: dict[str, Any] = {
        "uuid": uuid4(), "bytea": secret.encode(), "jsonb": f'"{secret}"', "text[]": ["sdk:ingest"],
        "boolean": False, "timestamp with time zone": "now", "uuid[]": [uuid4()],
        "text": WORDS.get(name, f"{name} of {team} {secret}"),
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
    with as_owner(places.owner) as connection:
        tables = [row[0] for row in connection.execute(TABLES).fetchall()]
    teams = [uuid4() for _ in range(TEAMS)]
    fill(places, teams[:1], PERSONAL[:1])  # It names a team that is about to be made.
    fill(places, teams, [*PERSONAL[1:], *tables])
    return teams, tables


def populate(places: Addresses) -> Populated:
    """Put a row of every team into every table, compressed and not where that is a difference."""
    teams, tables = fill_all(places)
    with as_owner(places.owner, autocommit=True) as connection:
        is_columnstore = connection.execute("SELECT hive_is_columnstore()").fetchone() == (True,)
        if is_columnstore:
            for query in COMPRESS:
                connection.execute(query)
            fill(places, teams, [table for table in tables if table.endswith("_events")])
        connection.execute("ANALYZE")
        is_told = is_columnstore and not keeps_statistics(connection.info.server_version)
    return Populated(places, teams, *relations_of(places), tables, is_told)


def relations_of(places: Addresses) -> tuple[list[Relation], list[Relation]]:
    """Return what is somebody's in a database, and what else can be read."""
    with as_owner(places.owner) as connection:
        all_of_them = [Relation(*row) for row in connection.execute(RELATIONS).fetchall()]
    theirs = [each for each in all_of_them if is_somebodys(each)]
    return theirs, [each for each in all_of_them if each not in theirs]


def is_somebodys(relation: Relation) -> bool:
    """Return whether a relation says whose its rows are."""
    schema, _, name = relation.name.partition(".")
    return "team_id" in relation.columns or (schema == "public" and name in PERSONAL)


def fill(places: Addresses, teams: Sequence[UUID], tables: Sequence[str]) -> None:
    """Put a row of every team into each of ``tables``."""
    for team in teams:
        account = account_of(team)
        with connected(places.app) as connection:
            see(connection, team_id=team, account_id=account, session_id=session_of(team))
            for table in tables:
                insert_row(connection, table, team, account)


def named(found: Populated) -> list[Relation]:
    """Return all that is somebody's by its full name, and by the application's."""
    by_name = {each.name: each for each in found.relations}
    own = [by_name.get(f"hive_app.{name}", by_name[f"public.{name}"]) for name in [*found.tables, *PERSONAL]]
    return [*found.relations, *(each._replace(name=each.name.partition(".")[2]) for each in own)]


def probes(connection: psycopg.Connection, found: Populated, mine: UUID, other: UUID) -> Iterator[Probe]:
    """Give every statement on every relation, and those that need none."""
    for relation in named(found):
        for column in relation.columns:
            for template in READS_OF_COLUMNS:
                yield Probe(template.format(r=relation.name, column=column), template)
        for owner in relation.owners:
            for probe in probes_of(relation, owner, mine, other):
                if not (found.has_told_statistics and ASKS_STATISTICS in probe.template):
                    yield probe
        yield from (Probe(each.format(r=relation.name, owner=relation.columns[0]), each, must_fail=True)
                    for each in POWERS)  # fmt: skip
    for relation in found.others:
        kind = "must be closed" if relation.name.startswith("public.") else "catalogue"
        is_sequence = relation.columns[0] == "last_value" and kind == "must be closed"
        yield Probe(f"SELECT * FROM {relation.name}", kind, must_fail=is_sequence)
    yield from (Probe(each, each) for each in ELSEWHERE)
    yield from (Probe(each, each, must_fail=True) for each in POWERS_AT_ALL)
    for name, kinds in connection.execute(FUNCTIONS).fetchall():
        arguments = ", ".join(argument(kind, other) for kind in kinds)
        yield Probe(f"SELECT x::text FROM {name}({arguments}) x", "function")


def probes_of(relation: Relation, owner: str, mine: UUID, other: UUID) -> Iterator[Probe]:
    """Give every statement on a relation whose rows are somebody's by one column."""
    by_name = {"mine": owner_value(owner, mine), "other": owner_value(owner, other)}
    values = {name: f"'{value}'::uuid" for name, value in by_name.items()}
    replaced = {
        f"columns_of_{name}": ", ".join(value if each == owner else each for each in relation.columns)
        for name, value in values.items()
    }
    words = {"r": relation.name, "owner": owner, **values, **replaced}
    yield from (Probe(each.format(**words), each) for each in READS)
    yield from (Probe(each.format(**words), each, is_write=True) for each in WRITES)


def argument(kind: str, other: UUID) -> str:
    """Return what names something of another team, as a function takes it."""
    named_by = {
        "uuid": f"'{other}'", "text": f"'{other}'", "regclass": "'public.content'", "name": "'content'",
        "uuid[]": f"'{{{other},{account_of(other)},{session_of(other)}}}'", "text[]": f"'{{{other}}}'",
        "timestamp with time zone": "now()", "interval": "'1 day'", "bytea": "'x'", "boolean": "true",
    }  # fmt: skip
    return f"{named_by.get(kind, '1')}::{kind}"


@contextmanager
def probing(found: Populated, mine: UUID) -> Iterator[tuple[psycopg.Connection, list[str]]]:
    """Give a connection in the scope of a team and its person, and its notices; nothing of it stays."""
    with connected(found.places.app) as connection:
        notices: list[str] = []
        connection.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        connection.execute(TELLER)
        see(connection, team_id=mine, account_id=account_of(mine), session_id=session_of(mine))
        yield connection, notices
        connection.rollback()


def leak_of(
    connection: psycopg.Connection, probe: Probe, notices: list[str], others: list[UUID]
) -> str | None:
    """Run a probe, undo it, and return how it reached rows of others; None if it did not."""
    notices.clear()
    try:
        with connection.transaction(force_rollback=True):
            shown, changed = run(connection, probe.query)
            if probe.must_fail:
                return f"{probe.query}: was not refused"
            if probe.is_write and changed > 0:
                return f"{probe.query}: changed {changed} rows"
    except errors.DivisionByZero:
        return f"{probe.query}: tells that there is a row"
    except HARMLESS as error:
        shown = "" if probe.must_fail else str(error.diag.message_detail or "")
        if probe.is_write:
            shown = ""  # It quotes the row that was offered.
    seen = shown + "".join(notices)
    return next((f"{probe.query}: shows {each}" for each in others if is_told(each, seen, probe.query)), None)


def run(connection: psycopg.Connection, query: str) -> tuple[str, int]:
    """Run statements; return what they show, and how many rows the last one changed."""
    cursor = connection.cursor()
    if query.startswith("COPY") and query.endswith("TO STDOUT"):
        with cursor.copy(query.encode()) as copy:
            return "".join(bytes(part).decode() for part in copy), 0
    if query.startswith("COPY") and query.endswith("FROM STDIN"):
        with cursor.copy(query.encode()) as copy:
            copy.write(b"")
        return "", 1
    cursor.execute(query.encode())
    shown = repr(cursor.fetchall()) if cursor.description else ""
    while cursor.nextset():
        shown += repr(cursor.fetchall()) if cursor.description else ""
    return shown, cursor.rowcount


def all_leaks(found: Populated, mine: UUID, other: UUID, about: str = "") -> list[tuple[Probe, str]]:
    """Try every probe that names something; return those that reached rows of others, and how."""
    with probing(found, mine) as (connection, notices):
        tried = [each for each in probes(connection, found, mine, other) if about in each.query]
        assert tried, about
        others = [team for team in found.teams if team != mine]
        leaks = [(each, leak_of(connection, each, notices, others)) for each in tried]
    return [(probe, leak) for probe, leak in leaks if leak is not None]


def channels_of(connection: psycopg.Connection) -> list[str]:
    """Return the channels that functions of the platform notify."""
    return [row[0] for row in connection.execute(CHANNELS).fetchall()]


def overheard(found: Populated) -> list[str]:
    """Listen on every channel while another team stores a row in every table; return what was told of it."""
    team, heard = uuid4(), list[str]()
    with connected(found.places.app, autocommit=True) as connection:
        for channel in [*channels_of(connection), LAST_WORD]:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        fill(found.places, [team], [*PERSONAL[1:], *found.tables])
        with connected(found.places.app, autocommit=True) as speaker:
            speaker.execute(sql.SQL("NOTIFY {}").format(sql.Identifier(LAST_WORD)))
        for notice in connection.notifies(timeout=30):  # They come in the order of their commits.
            if notice.channel == LAST_WORD:
                return heard
            heard.append(f"{notice.channel}: {notice.payload}")
    raise AssertionError("The last word was not heard.")


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
