"""Events are stored before the answer, and none is lost or doubled while the database is away."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from hive.control.app.application import at_work
from hive.control.domain import judging
from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import write_json
from hive.control.services import ingest
from hive.control.services.content import CONTENT
from hive.control.services.drain import Drain
from hive.control.services.ingest import EVENTS as EVENTS_KIND
from hive.control.services.ingest import Stored
from hive.control.stores.events import store_events
from hive.control.stores.migrations import migrate
from hive.control.stores.scope import Scope
from hive.control.stores.spool import Spooled
from hive.errors import UnavailableError
from tests.support.control import asking, bearer, clock_of, make_key, new_database, register, running_parts
from tests.support.control_server import gone
from tests.support.sdk_events import envelope, metric

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    import httpx

    from hive.control.api.parts import Parts

EVENTS = "/v1/control/events"


@pytest.fixture
async def app_dsn(superuser_dsn: str) -> str:
    """A database of this test alone, so that it can go away."""
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    return places.app


class Team:
    """A team that sends."""

    def __init__(self, parts: Parts, client: httpx.AsyncClient, team_id: str, key: str) -> None:
        self.parts = parts
        self.client = client
        self.team_id = TeamId(UUID(team_id))
        self.headers = bearer(key)

    async def send(self, *events: Any) -> httpx.Response:
        return await self.client.post(EVENTS, json={"events": list(events)}, headers=self.headers)

    def metric(self) -> dict[str, Any]:
        return metric(clock_of(self.parts).now())

    async def stored(self) -> tuple[int, int]:
        """Return how many calls there are, and how many were summed up."""
        async with self.parts.database.transaction(Scope(team_id=self.team_id)) as transaction:
            cursor = await transaction._connection.execute(
                "SELECT (SELECT count(*) FROM metric_events) AS calls, "
                "(SELECT coalesce(sum(request_count), 0) FROM metric_hours) AS summed"
            )
            row = await cursor.fetchone()
        assert row is not None
        return row["calls"], int(row["summed"])


@asynccontextmanager
async def team_of(app_dsn: str, spool_file: Path | None, patience_s: float = 1.0) -> AsyncIterator[Team]:
    async with (
        running_parts(app_dsn, spool_file=spool_file, patience_s=patience_s) as parts,
        at_work(parts),
        asking(parts) as client,
    ):
        admin = await register(client)
        made = await make_key(client, admin)
        team = Team(parts, client, admin.team_id, made["key"])
        assert (await team.send()).status_code == 200
        yield team


async def drained(parts: Parts) -> None:
    assert parts.spool is not None
    for _ in range(400):
        if not await parts.spool.first(1):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the spool is not drained")


async def test_requests_at_once_are_stored_together_and_once(app_dsn: str) -> None:
    async with team_of(app_dsn, None, patience_s=10.0) as team:  # On a busy machine, too.
        shared = team.metric()
        answers = await asyncio.gather(*(team.send(team.metric(), shared, {}) for _ in range(30)))
        bodies = [answer.json() for answer in answers]
        assert all(body["processed"] == 2 and len(body["rejected"]) == 1 for body in bodies)
        assert sum(body["duplicates"] for body in bodies) == 29
        assert await team.stored() == (31, 31)


def long_names(now: datetime, **changes: Any) -> dict[str, Any]:
    """A call whose names no index takes: together they have more bytes than a page has room for."""
    name = "".join(chr(random.randrange(0x20000, 0x2A6D0)) for _ in range(249))
    return {**metric(now, provider=name, model=name[::-1], **changes), "agent_name": ""}


async def test_long_names_are_refused_whatever_names_the_agent(app_dsn: str) -> None:
    async with team_of(app_dsn, None) as team:
        now, agent = clock_of(team.parts).now(), "\U00020000" * 256
        odd = [long_names(now, agent_stack=[agent]), long_names(now, metadata={"agent": agent})]
        answer = (await team.send(*odd, team.metric())).json()
        assert [each["index"] for each in answer["rejected"]] == [0, 1]
        assert all("too long together" in each["reason"] for each in answer["rejected"])
        assert await team.stored() == (1, 1)


async def test_what_no_index_takes_is_refused_alone(
    app_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_LONGEST_NAMES", 10_000)
    async with team_of(app_dsn, tmp_path / "spool") as team:
        odd = long_names(clock_of(team.parts).now(), agent_stack=[random_agent()])
        answer = (await team.send(team.metric(), odd, team.metric())).json()
        assert [each["index"] for each in answer["rejected"]] == [1]
        assert not team.parts.ingest.is_away
        assert await team.stored() == (2, 2)


def random_agent() -> str:
    return "".join(chr(random.randrange(0x20000, 0x2A6D0)) for _ in range(256))


async def test_an_id_in_two_tables_is_two_events(app_dsn: str) -> None:
    async with team_of(app_dsn, None) as team:
        now, told = clock_of(team.parts).now(), list[Stored]()

        async def listen(stored: Stored) -> None:
            told.append(stored)

        team.parts.ingest.listeners.append(listen)
        shared = {"event_id": str(uuid4())}
        log = envelope("log", now, data={"level": "info", "message": "hm"}, **shared)
        answer = (await team.send({**team.metric(), **shared}, log, log)).json()
        assert (answer["processed"], answer["duplicates"]) == (3, 1)
        assert [len(stored.events) for stored in told] == [2]


async def test_who_waits_for_a_cancelled_writer_is_told(
    app_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_parts(app_dsn) as parts:
        taking, team_id, now = parts.ingest, TeamId(uuid4()), clock_of(parts).now()

        async def hang(*_: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(taking, "_store", hang)  # A database that never answers.
        takes = [asyncio.create_task(taking.take(team_id, [metric(now)])) for _ in range(3)]
        for _ in range(200):  # Long enough for all of them to be judged.
            await asyncio.sleep(0)
        assert len(taking._waiting[team_id]) == 2
        taking._writers[team_id].cancel()
        answers = await asyncio.wait_for(asyncio.gather(*takes, return_exceptions=True), 1)
        assert all(isinstance(answer, UnavailableError) for answer in answers)
        assert (taking.waiting, taking.waiting_bytes) == (0, 0)


async def test_what_waits_is_bounded_in_bytes_and_shown(
    app_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_MOST_BYTES_WAITING", 200_000)
    async with team_of(app_dsn, None) as team:
        taking, store = team.parts.ingest, team.parts.ingest._store
        goes_on = asyncio.Event()

        async def store_late(*asked: Any) -> list[Stored]:
            await goes_on.wait()
            return await store(*asked)

        monkeypatch.setattr(taking, "_store", store_late)  # A database that takes its time.
        large = [{**team.metric(), "note": "x" * 90_000} for _ in range(3)]
        taken = [asyncio.create_task(team.send(event)) for event in large[:2]]
        await until(lambda: taking.waiting == 2)
        assert f"hive_events_waiting_bytes {taking.waiting_bytes}.0" in await figures(team.client)
        refused = await team.send(large[2])
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        goes_on.set()
        assert [(await answer).status_code for answer in taken] == [200, 200]
        assert (await team.send(large[2])).status_code == 200
        assert (taking.waiting, taking.waiting_bytes) == (0, 0)
        assert await team.stored() == (3, 3)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  (nobody is told)
            await asyncio.sleep(0.01)


async def figures(client: httpx.AsyncClient) -> str:
    return (await client.get("/metrics")).text


async def test_nothing_is_lost_or_doubled_while_the_database_is_away(
    superuser_dsn: str, app_dsn: str, tmp_path: Path
) -> None:
    async with team_of(app_dsn, tmp_path / "spool") as team:
        sent = [team.metric() for _ in range(20)]
        assert (await team.send(*sent[:5])).json()["processed"] == 5
        with gone(superuser_dsn, app_dsn):
            first = await team.send(*sent[5:10], "bad")
            assert (first.status_code, first.json()["processed"]) == (200, 5)
            assert [each["index"] for each in first.json()["rejected"]] == [5]
            assert (await team.send(*sent[5:20])).status_code == 200
        assert (await team.send(*sent)).status_code == 200
        await drained(team.parts)
        assert await team.stored() == (20, 20)


async def test_what_is_nested_too_deeply_spoils_no_other_while_the_database_is_away(
    superuser_dsn: str, app_dsn: str, tmp_path: Path
) -> None:
    deep: list[object] = []
    for _ in range(20_000):
        deep = [deep]
    async with team_of(app_dsn, tmp_path / "spool") as team:
        with gone(superuser_dsn, app_dsn):
            answer = await team.parts.ingest.take(team.team_id, [deep, team.metric()])
        assert (answer.processed, [each.index for each in answer.rejected]) == (1, [0])
        await drained(team.parts)
        assert await team.stored() == (1, 1)


async def test_what_was_spooled_outlives_the_process(
    superuser_dsn: str, app_dsn: str, tmp_path: Path
) -> None:
    async with team_of(app_dsn, tmp_path / "spool") as team:
        with gone(superuser_dsn, app_dsn):
            assert (await team.send(team.metric())).status_code == 200
            content = {"content_id": "c", "content": "a", "byte_size": 1, "content_hash": A_HASH}
            kept = await team.client.post(
                "/v1/control/content", json={"items": [content]}, headers=team.headers
            )
            assert kept.json()["stored"] == 1
            team_id = team.team_id
    async with running_parts(app_dsn, spool_file=tmp_path / "spool") as parts, at_work(parts):
        await drained(parts)
        team = Team(parts, team.client, str(team_id), "")
        assert await team.stored() == (1, 1)
        assert await parts.content.read(team_id, bytes.fromhex(A_HASH)) == b"a"


async def test_spooled_content_whose_name_is_taken_stays_under_its_hash_and_the_name_is_quarantined(
    app_dsn: str, tmp_path: Path
) -> None:
    async with running_parts(app_dsn, spool_file=tmp_path / "spool") as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        items = [content_item("c", text) for text in ("one", "two")]
        assert (await parts.content.take(team_id, items[:1])).stored == 1
        spooled = Spooled(
            team_id=team_id, kind=CONTENT, received_at=clock_of(parts).now(), payload=write_json(items[1:])
        )
        for _ in range(2):  # The second time as after a kill before the spool was cleared.
            await parts.content.store_spooled([spooled])
        for text in ("one", "two"):
            assert await parts.content.read(team_id, sha256(text.encode()).digest()) == text.encode()
        async with parts.database.transaction(Scope(team_id=team_id)) as transaction:
            cursor = await transaction._connection.execute("SELECT reason, raw FROM quarantine")
            rows = await cursor.fetchall()
        assert [("content_id" in row["reason"], b'"c"' in bytes(row["raw"])) for row in rows] == [
            (True, True)
        ]


def content_item(name: str, text: str) -> dict[str, Any]:
    digest = sha256(text.encode()).hexdigest()
    return {"content_id": name, "content": text, "byte_size": len(text), "content_hash": digest}


async def test_a_drain_that_was_killed_before_it_cleared_up_doubles_nothing(
    app_dsn: str, tmp_path: Path
) -> None:
    async with running_parts(app_dsn, spool_file=tmp_path / "spool") as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        assert parts.spool is not None
        now = clock_of(parts).now()
        batches = [[metric(now) for _ in range(7)] for _ in range(5)]
        things = [
            Spooled(team_id=team_id, kind=EVENTS_KIND, received_at=now, payload=write_json(batch))
            for batch in batches
        ]
        await parts.spool.put(things)
        await parts.ingest.store_spooled(await parts.spool.first(3))  # But not removed.
        again = Drain(parts.spool, {EVENTS_KIND: parts.ingest.store_spooled}, parts.database.answers)
        while await again.turn():
            pass
        assert await Team(parts, client, str(team_id), "").stored() == (35, 35)


async def test_what_waits_of_a_team_shares_transactions_and_keeps_nothing_else_from_the_database(
    superuser_dsn: str, app_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions: list[int] = []

    async def counted(*asked: Any) -> None:
        await store_events(*asked)
        transactions.append(len(asked[2]))

    monkeypatch.setattr(ingest, "store_events", counted)
    async with running_parts(app_dsn, spool_file=tmp_path / "spool", patience_s=1.0) as parts:
        async with asking(parts) as client:
            team_id = TeamId(UUID((await register(client)).team_id))
        now = clock_of(parts).now()
        assert parts.spool is not None
        with gone(superuser_dsn, app_dsn):
            for _ in range(8):
                await parts.ingest.take(team_id, [metric(now)])
        assert (parts.spool.waiting, parts.ingest.is_away) == (8, True)
        things = await parts.spool.first(8)
        await _until_stored(parts, things)
        assert transactions == [8]
        await parts.ingest.take(team_id, [metric(now)])
        assert (parts.spool.waiting, transactions) == (8, [8, 1])  # It does not queue behind the rest.


async def _until_stored(parts: Parts, things: Sequence[Spooled]) -> None:
    for _ in range(400):
        try:
            return await parts.ingest.store_spooled(things)
        except UnavailableError:
            await asyncio.sleep(0.05)
    raise AssertionError("the database is not back")


async def test_without_a_place_for_events_they_are_refused_not_lost(superuser_dsn: str, app_dsn: str) -> None:
    async with team_of(app_dsn, None) as team:
        event = team.metric()
        with gone(superuser_dsn, app_dsn):
            answer = await team.send(event)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        for _ in range(400):
            if (await team.send(event)).status_code == 200:
                break
            await asyncio.sleep(0.05)
        assert await team.stored() == (1, 1)


async def test_a_full_spool_and_an_unknown_key_are_refused(
    superuser_dsn: str, app_dsn: str, tmp_path: Path
) -> None:
    async with team_of(app_dsn, tmp_path / "spool") as team:
        assert team.parts.spool is not None
        team.parts.spool._most_bytes = 100
        with gone(superuser_dsn, app_dsn):
            assert (await team.send(team.metric())).status_code == 503
            team.headers = bearer(f"hive_{'0' * 16}_{'0' * 64}")
            assert (await team.send(team.metric())).status_code == 503


A_HASH = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


async def test_closing_waits_for_what_is_still_being_judged(app_dsn: str) -> None:
    async with running_parts(app_dsn) as parts, asking(parts) as client:
        team_id = TeamId(UUID((await register(client)).team_id))
        now = clock_of(parts).now()
        takes = [
            asyncio.create_task(parts.ingest.take(team_id, [metric(now) for _ in range(400)]))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        await parts.ingest.close()
        assert all(take.done() for take in takes)
        assert await Team(parts, client, str(team_id), "").stored() == (1200, 1200)


async def test_others_have_their_turn_while_a_large_batch_is_judged(app_dsn: str) -> None:
    async with running_parts(app_dsn) as parts:
        now = clock_of(parts).now()
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        working = asyncio.create_task(others())
        batch = await parts.ingest._batch(TeamId(uuid4()), now, [metric(now) for _ in range(2000)], 0)
        working.cancel()
        assert len(batch.rows) == 2000
        assert turns >= 39
