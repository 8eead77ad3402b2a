"""Whatever is asked while PostgreSQL or Redis is frozen is answered in time, and nothing taken is lost."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from hive.control.app.application import at_work
from hive.control.domain.ids import TeamId
from hive.errors import UnavailableError
from tests.support.connections import as_superuser
from tests.support.control import (
    PASSWORD,
    asking,
    bearer,
    clock_of,
    make_key,
    new_email,
    register,
    running_parts,
)
from tests.support.frozen import freezer_of, frozen
from tests.support.redis_server import running_redis
from tests.support.sdk_events import metric, one_of_each

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses
    from hive.protocol import StoredAnswer
    from tests.support.control import Signed

PATIENCE_S = 1.0
DATABASE_S = 2 * (PATIENCE_S + 0.5) + 3
"""A connection, and an answer; and what a busy machine takes."""

SDK_S = 2.0
"""What existing SDKs wait for an answer about a budget."""

REDIS_S = 2 * 4 + 3
"""Twice a connection and an answer, where something slow lies in between."""

NOBODY = "00000000-0000-4000-8000-000000000000"
HEARTBEAT = 6


class Plane:
    """A control plane with somebody of every kind who asks."""

    def __init__(self, parts: Parts, client: httpx.AsyncClient, admin: Signed, key: str) -> None:
        self.parts = parts
        self.client = client
        self.admin = admin
        self.key = key

    def of_people(self) -> list[tuple[str, str, Any]]:
        """Return what people ask, with bodies that are right."""
        person = {"email": new_email(), "name": "x", "password": PASSWORD}
        return [
            ("POST", "/v1/auth/register", {**person, "team": "x"}),
            ("POST", "/v1/auth/login", {"email": self.admin.email, "password": PASSWORD}),
            ("POST", "/v1/auth/refresh", {"refresh_token": self.admin.refresh_token}),
            ("POST", "/v1/auth/first-login", {"token": "0" * 64, **person}),
            ("POST", "/v1/auth/password", {"old": PASSWORD, "new": f"{PASSWORD}!"}),
            ("GET", "/v1/auth/me", None),
            ("GET", "/v1/auth/teams", None),
            ("POST", "/v1/auth/teams", {"name": "x"}),
            ("GET", "/v1/auth/members", None),
            ("PATCH", f"/v1/auth/members/{NOBODY}", {"role": "viewer"}),
            ("DELETE", f"/v1/auth/members/{NOBODY}", None),
            ("POST", "/v1/auth/invitations", {"email": new_email(), "role": "viewer"}),
            ("POST", "/v1/auth/invitations/accept", {"token": "0" * 64}),
            ("GET", "/v1/auth/keys", None),
            ("POST", "/v1/auth/keys", {"name": "x"}),
            ("DELETE", f"/v1/auth/keys/{'0' * 16}", None),
            ("GET", "/v1/auth/audit", None),
            ("GET", "/v1/control/instances", None),
            ("PATCH", "/v1/control/policy", {"budget": {"limit": 5}}),
            ("GET", "/v1/logs/stream?limit=5", None),
            ("GET", "/health/ready", None),
        ]

    def of_programs(self) -> list[tuple[str, str, Any]]:
        """Return what keys ask, but for what they send."""
        question = {"budget_id": "global", "estimated_cost": 0.1, "local_spend": 0}
        return [
            ("GET", "/v1/control/policy", None),
            ("POST", "/v1/control/budget/validate", question),
            ("GET", "/tsdb/pricing", None),
        ]

    async def ask(self, asked: tuple[str, str, Any], headers: dict[str, str]) -> tuple[str, httpx.Response]:
        method, path, body = asked
        answer = await self.client.request(method, path, json=body, headers=headers)
        return path, answer

    async def send(self, events: list[Any]) -> httpx.Response:
        return await self.client.post("/v1/control/events", json={"events": events}, headers=bearer(self.key))

    async def send_content(self, text: str) -> httpx.Response:
        item = content_item(text)
        return await self.client.post("/v1/control/content", json={"items": [item]}, headers=bearer(self.key))

    def metric(self) -> dict[str, Any]:
        return {**metric(clock_of(self.parts).now()), "event_id": str(uuid4())}


def content_item(text: str) -> dict[str, Any]:
    return {
        "content_id": str(uuid4()), "content": text, "byte_size": len(text),
        "content_hash": sha256(text.encode()).hexdigest(),
    }  # fmt: skip


@asynccontextmanager
async def plane_of(
    places: Addresses, spool: Path | None, redis_url: str | None = None, patience_s: float = PATIENCE_S
) -> AsyncIterator[Plane]:
    async with (
        running_parts(places.app, spool_file=spool, patience_s=patience_s, redis_url=redis_url) as parts,
        at_work(parts),
        asking(parts) as client,
    ):
        admin = await register(client)
        key = (await make_key(client, admin))["key"]
        plane = Plane(parts, client, admin, key)
        assert (await plane.send([])).status_code == 200
        yield plane


def stored(places: Addresses, events: list[dict[str, Any]]) -> int:
    """Return how often events are stored, and check that their content and sums agree."""
    ids = [event["event_id"] for event in events]
    with as_superuser(places.app) as connection:
        query = "SELECT count(*) FROM metric_events WHERE event_id::text = ANY(%s)"
        row = connection.execute(query, [ids]).fetchone()
    assert row is not None
    return row[0]


async def drained(parts: Parts) -> None:
    assert parts.spool is not None
    async with asyncio.timeout(20):
        while parts.spool.waiting:  # noqa: ASYNC110  (nobody is told)
            await asyncio.sleep(0.02)


async def test_with_postgresql_frozen_every_route_answers_in_time(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    async with plane_of(control_database, tmp_path / "spool") as plane:
        with frozen(freezer_of(superuser_dsn)):
            started = time.monotonic()
            answers = await asyncio.gather(
                *(plane.ask(each, plane.admin.headers) for each in plane.of_people()),
                *(plane.ask(each, bearer(plane.key)) for each in plane.of_programs()),
            )
            assert time.monotonic() - started < DATABASE_S
        served = {path: answer.status_code for path, answer in answers if answer.status_code != 503}
        assert served == {"/health/ready": 200, "/tsdb/pricing": 200}  # The spool takes what comes.
        lacking = [
            path for path, answer in answers if answer.status_code == 503 and not is_told(path, answer)
        ]
        assert lacking == []


def is_told(path: str, answer: httpx.Response) -> bool:
    """Whether an answer says when to come again; the one of health is for a balancer."""
    return "retry-after" in answer.headers or path == "/health/ready"


async def test_a_key_seen_lately_waits_for_a_frozen_postgresql_less_than_sdks_do(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    async with plane_of(control_database, tmp_path / "spool", patience_s=5.0) as plane:
        asked = [each for each in plane.of_programs() for _ in range(3)]
        with frozen(freezer_of(superuser_dsn)):
            took, statuses = 0.0, set[tuple[str, int]]()
            for each in asked:
                started = time.monotonic()
                path, answer = await plane.ask(each, bearer(plane.key))
                took = max(took, time.monotonic() - started)
                statuses.add((path, answer.status_code))
        assert statuses == {
            ("/v1/control/policy", 503),
            ("/v1/control/budget/validate", 503),
            ("/tsdb/pricing", 200),
        }
        assert took < SDK_S


async def test_what_comes_while_postgresql_is_frozen_is_kept_and_stored_once(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    async with plane_of(control_database, tmp_path / "spool") as plane:
        events = [plane.metric() for _ in range(30)]
        with frozen(freezer_of(superuser_dsn)):
            started = time.monotonic()
            # Some are sent twice at once: which of them is the duplicate is told apart later.
            answers = await asyncio.gather(
                *(plane.send(events[at : at + 3]) for at in range(0, 30, 2)), plane.send_content("hello")
            )
            assert time.monotonic() - started < DATABASE_S
            assert {answer.status_code for answer in answers} == {200}
        await drained(plane.parts)
        assert stored(control_database, events) == 30
        assert (await plane.send(events)).json()["duplicates"] == 30


async def test_what_is_being_stored_when_postgresql_freezes_is_stored_once(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    """Whether its commit still came through or not: nobody knows, and it is stored again."""
    async with plane_of(control_database, tmp_path / "spool") as plane:
        events = [plane.metric() for _ in range(200)]
        freezer = freezer_of(superuser_dsn)
        sending = [asyncio.create_task(plane.send(events[at : at + 10])) for at in range(0, 200, 10)]
        await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        with frozen(freezer):
            answers = await asyncio.wait_for(asyncio.gather(*sending), DATABASE_S)
        assert {answer.status_code for answer in answers} == {200}
        await drained(plane.parts)
        assert stored(control_database, events) == 200


async def test_many_teams_at_once_do_not_wait_one_after_the_other(
    superuser_dsn: str, control_database: Addresses
) -> None:
    """Neither they, nor the end of the process, which waits for all that came."""
    async with plane_of(control_database, None) as plane:
        ingest = plane.parts.ingest
        with frozen(freezer_of(superuser_dsn)):
            started = time.monotonic()
            taking = [asyncio.create_task(ingest.take(TeamId(uuid4()), [plane.metric()])) for _ in range(60)]
            await asyncio.sleep(0)
            await ingest.close()
            assert time.monotonic() - started < DATABASE_S
            taken = await asyncio.gather(*taking, return_exceptions=True)
        assert [type(each) for each in taken] == [UnavailableError] * 60


@pytest.mark.parametrize("has_spool", [True, False])
async def test_content_waits_for_a_frozen_postgresql_once(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path, *, has_spool: bool
) -> None:
    spool = tmp_path / "spool" if has_spool else None
    async with plane_of(control_database, spool, patience_s=2 * PATIENCE_S) as plane:
        team_id = TeamId(UUID(plane.admin.team_id))
        said = [content_item(str(uuid4())) for _ in range(20)]
        with frozen(freezer_of(superuser_dsn)):
            first = await outcome_of(plane.parts.content.take(team_id, said[:1]))
            started = time.monotonic()
            others = [await outcome_of(plane.parts.content.take(team_id, [each])) for each in said[1:]]
            assert time.monotonic() - started < PATIENCE_S
        assert {first, *others} == {"stored" if has_spool else "UnavailableError"}
        async with asyncio.timeout(20):
            while await outcome_of(plane.parts.content.take(team_id, said)) != "stored":  # noqa: ASYNC110  (nobody is told)
                await asyncio.sleep(0.05)
        if has_spool:
            await drained(plane.parts)
        for each in said:
            digest = bytes.fromhex(each["content_hash"])
            assert await plane.parts.content.read(team_id, digest) == each["content"].encode()


async def test_while_content_waits_in_the_spool_more_goes_there_at_once(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    """However long ago somebody last waited for the database in vain."""
    async with plane_of(control_database, tmp_path / "spool", patience_s=2 * PATIENCE_S) as plane:
        content, team_id = plane.parts.content, TeamId(UUID(plane.admin.team_id))
        with frozen(freezer_of(superuser_dsn)):
            assert await outcome_of(content.take(team_id, [content_item("one")])) == "stored"
            content._breaker.went_well()
            started = time.monotonic()
            assert await outcome_of(content.take(team_id, [content_item("two")])) == "stored"
            assert time.monotonic() - started < PATIENCE_S / 2
        await drained(plane.parts)
        for text in ("one", "two"):
            assert await content.read(team_id, sha256(text.encode()).digest()) == text.encode()
        assert await outcome_of(content.take(team_id, [content_item("three")])) == "stored"
        assert plane.parts.spool is not None
        assert plane.parts.spool.waiting == 0


async def outcome_of(taking: Coroutine[Any, Any, StoredAnswer]) -> str:
    try:
        return "stored" if (await taking).stored else "rejected"
    except UnavailableError as error:
        return type(error).__name__


async def test_with_redis_frozen_every_route_answers_in_time(
    control_database: Addresses, tmp_path: Path
) -> None:
    """What only counts or tells others goes on without Redis; only who lives is not known."""
    with running_redis() as redis:
        # The database is there, and gets time on a busy machine; it is not what is frozen.
        async with plane_of(control_database, tmp_path / "spool", redis.url, 10.0) as plane:
            events = [plane.metric() for _ in range(20)]
            beats = [one_of_each(clock_of(plane.parts).now())[HEARTBEAT] for _ in range(20)]
            with frozen(redis.freezer()):
                started = time.monotonic()
                for event, beat in zip(events, beats, strict=True):
                    assert (await plane.send([event, {**beat, "event_id": str(uuid4())}])).status_code == 200
                answers = await asyncio.gather(
                    *(plane.ask(each, plane.admin.headers) for each in plane.of_people()),
                    *(plane.ask(each, bearer(plane.key)) for each in plane.of_programs()),
                )
                assert time.monotonic() - started < REDIS_S + 10
            refused = {path for path, answer in answers if answer.status_code >= 500}
            assert refused == {"/v1/control/instances"}
            assert stored(control_database, events) == 20
            await until_present(plane, beats[0]["sdk_instance_id"])


async def until_present(plane: Plane, name: str) -> None:
    """Send heartbeats until one is heard of."""
    async with asyncio.timeout(10):
        while True:
            beat = {**one_of_each(clock_of(plane.parts).now())[HEARTBEAT], "event_id": str(uuid4())}
            await plane.send([beat])
            answer = await plane.client.get("/v1/control/instances", headers=plane.admin.headers)
            if answer.is_success and name in {each["sdk_instance_id"] for each in answer.json()}:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("asked", [("POST", "/v1/auth/login"), ("GET", "/v1/control/instances")])
async def test_one_request_waits_for_a_frozen_redis_only_so_long(
    control_database: Addresses, tmp_path: Path, asked: tuple[str, str]
) -> None:
    with running_redis() as redis:
        async with plane_of(control_database, tmp_path / "spool", redis.url) as plane:
            [wanted] = [each for each in plane.of_people() if each[:2] == asked]
            with frozen(redis.freezer()):
                started = time.monotonic()
                await plane.ask(wanted, plane.admin.headers)
                assert time.monotonic() - started < REDIS_S
