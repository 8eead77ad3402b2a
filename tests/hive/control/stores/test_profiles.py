"""A database becomes a columnstore with all it holds, stays one, and forgets like any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from hive.control.services.housekeeping import Housekeeping, Turn
from hive.control.stores.migrations import migrate
from hive.control.stores.profiles import Profile, keeps_statistics
from hive.control.stores.statements import Migration, migrations, statement
from hive.errors import ControlSetupError
from tests.support.connections import as_owner, as_superuser, connected
from tests.support.control import asking, bearer, make_key, new_database, register, running_parts
from tests.support.sdk_events import envelope, metric
from tests.support.timescale_server import EXTENSION, running_timescale

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from hive.control.stores.embedded import Addresses
    from tests.support.timescale_server import Timescale

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
TABLES = ("metric_events", "trace_events", "log_events", "metric_hours", "metric_days")
SHAPE = """SELECT tablename, indexname, replace(indexdef, ' ONLY ', ' ') FROM pg_indexes
            WHERE tablename ~ '_events$' ORDER BY 1, 2"""


@pytest.fixture
def server() -> Iterator[Timescale]:
    """A TimescaleDB whose extension somebody has yet to make."""
    with running_timescale(has_extension=False) as found:
        yield found


def superuse(server: Timescale, query: str) -> list[Any]:
    with as_superuser(server.superuser, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


async def send(client: httpx.AsyncClient, key: str, seeds: range) -> None:
    """Send a metric and a line of each seed, always the same ones."""
    events: list[dict[str, Any]] = []
    for seed in seeds:
        at = NOW - timedelta(hours=seed)
        events.append(metric(at, trace_id=str(UUID(int=seed)), span_id=str(UUID(int=seed))))
        events.append(envelope("log", at, data={"level": "info", "message": f"line {seed}"}))
    answer = await client.post("/v1/control/events", json={"events": events}, headers=bearer(key))
    assert answer.json()["rejected"] == [], answer.text


def read_all(places: Addresses, team_id: str) -> dict[str, list[Any]]:
    """Return what the team sees of each table."""
    with connected(places.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [team_id])
        return {
            table: connection.execute(f"SELECT row_to_json(t) FROM {table} t ORDER BY t::text").fetchall()
            for table in TABLES
        }


async def test_all_rows_come_along_and_work_goes_on(server: Timescale) -> None:
    places = server.places
    await migrate(places.owner)
    shape = superuse(server, SHAPE)
    async with running_parts(places.app) as parts, asking(parts) as client:
        ada = await register(client)
        key = (await make_key(client, ada))["key"]
        await send(client, key, range(1, 60))
        before = read_all(places, ada.team_id)
        superuse(server, "DROP FUNCTION IF EXISTS time_bucket(interval, timestamptz)")
        superuse(server, EXTENSION)
        assert await migrate(places.owner, profile=Profile.COLUMNSTORE) == []
        assert superuse(server, SHAPE) == shape
        assert read_all(places, ada.team_id) == before
        await send(client, key, range(50, 70))
        after = read_all(places, ada.team_id)
    assert [len(after[table]) for table in ("metric_events", "log_events", "metric_hours")] == [69, 69, 69]
    assert sum(row["request_count"] for (row,) in after["metric_days"]) == 69


async def test_a_columnstore_stays_one(timescale_columnstore: Addresses) -> None:
    for profile in (None, Profile.COLUMNSTORE):
        assert await migrate(timescale_columnstore.owner, profile=profile) == []
    with pytest.raises(ControlSetupError, match="no way back"):
        await migrate(timescale_columnstore.owner, profile=Profile.RLS)


async def test_a_later_migration_changes_a_columnstore_like_any_other(
    server: Timescale, monkeypatch: pytest.MonkeyPatch
) -> None:
    superuse(server, EXTENSION)
    places, team = server.places, uuid4()
    await migrate(places.owner, profile=Profile.COLUMNSTORE)
    insert_metrics(places, team, days_ago=[1, 2])
    later = Migration(9999, "9999_later", b"ALTER TABLE metric_events ADD COLUMN later text")
    monkeypatch.setattr("hive.control.stores.migrations.migrations", lambda: (*migrations(), later))
    assert await migrate(places.owner) == ["9999_later"]
    with connected(places.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team)])
        assert connection.execute("SELECT later FROM metric_events").fetchall() == [(None,), (None,)]


async def test_without_the_extension_there_is_no_columnstore(superuser_dsn: str) -> None:
    places = new_database(superuser_dsn)
    with pytest.raises(ControlSetupError, match="needs TimescaleDB"):
        await migrate(places.owner, profile=Profile.COLUMNSTORE)
    assert await migrate(places.owner, profile=Profile.RLS) != []


@pytest.mark.parametrize(
    ("version", "does"),
    [(150013, False), (150014, True), (160009, False), (160010, True), (170005, False), (170006, True),
     (180000, True), (190002, True)],
)  # fmt: skip
def test_a_server_keeps_the_statistics_behind_a_view_to_itself_since_a_release(
    version: int, does: bool
) -> None:
    assert keeps_statistics(version) is does


async def test_an_old_server_is_warned_of(server: Timescale, caplog: pytest.LogCaptureFixture) -> None:
    superuse(server, EXTENSION)
    await migrate(server.places.owner, profile=Profile.COLUMNSTORE)
    assert [each.message for each in caplog.records] == ["server_tells_statistics"]


async def test_the_application_has_no_right_on_what_lies_beneath(timescale_columnstore: Addresses) -> None:
    with connected(timescale_columnstore.app) as connection:
        found = connection.execute(
            """SELECT c.oid::regclass::text FROM pg_class c
                 JOIN pg_attribute a ON attrelid = c.oid AND attname = 'team_id' AND NOT attisdropped
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relrowsecurity
                  AND c.relnamespace NOT IN (to_regnamespace('hive_app'), pg_my_temp_schema())
                  AND NOT 'security_invoker=true' = ANY(coalesce(c.reloptions, '{}'))
                  AND has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')"""
        ).fetchall()
        views = connection.execute(
            "SELECT count(*), bool_and(reloptions @> '{security_barrier=true}') FROM pg_class "
            "WHERE relnamespace = 'hive_app'::regnamespace AND relkind = 'v'"
        ).fetchone()
    assert found == []
    assert views == (7, True)


async def test_compressed_weeks_are_read_and_counted_like_others(server: Timescale) -> None:
    superuse(server, EXTENSION)
    places, team = server.places, uuid4()
    await migrate(places.owner, profile=Profile.COLUMNSTORE)
    insert_metrics(places, team, days_ago=range(100))
    owner = as_owner(places.owner, autocommit=True)
    owner.execute("SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('metric_events') c")
    owner.execute("CALL refresh_continuous_aggregate('metric_days', NULL, NULL)")
    compressed = owner.execute(
        "SELECT count(*) FROM chunk_columnstore_stats('metric_events') WHERE compression_status ~ '^Comp'"
    ).fetchone()
    owner.close()
    assert compressed and compressed[0] >= 14
    insert_metrics(places, team, days_ago=range(99, 105))
    found = read_all(places, str(team))
    assert len(found["metric_events"]) == 105
    assert sum(row["request_count"] for (row,) in found["metric_days"]) >= 100
    assert sum(row["request_count"] for (row,) in found["metric_hours"]) == 105


async def test_weeks_that_are_due_are_dropped(server: Timescale) -> None:
    superuse(server, EXTENSION)
    places, team = server.places, uuid4()
    await migrate(places.owner, profile=Profile.COLUMNSTORE)
    insert_metrics(places, team, days_ago=[500, 450, 399, 1])
    async with running_parts(places.app) as parts:
        assert [await Housekeeping(parts.database, parts.clock).turn() for _ in range(2)] == [
            Turn(dropped=2),
            Turn(),
        ]
    assert len(read_all(places, str(team))["metric_events"]) == 2
    assert len(read_all(places, str(team))["metric_hours"]) == 4


def insert_metrics(places: Addresses, team: UUID, days_ago: Any) -> None:
    """Store a metric of each day, as the application does."""
    with connected(places.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [str(team)])
        connection.execute(statement("events.make_metric"))
        with connection.cursor() as cursor, cursor.copy(statement("events.copy_metric")) as copy:
            for days in days_ago:
                at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=days)
                names = ("i", "a", None, None, "t", "s", "p", "m", "success")
                copy.write_row(
                    (team, at, UUID(int=days), at, *names, 1.5, 1, 2, 0, 0, 3, "1", "priced", "{}")
                )
        since = datetime.now(UTC) - timedelta(days=max(days_ago) + 40)
        connection.execute(statement("events.insert_metric"), {"team_id": team, "since": since})
