"""Which processes live, and how that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from hive.control.domain.ids import TeamId
from hive.control.services.drain import Drain
from hive.control.services.ingest import EVENTS
from hive.control.stores.events import store_events
from hive.errors import UnavailableError
from hive.protocol import HeartbeatEvent
from tests.support.control import asking, clock_of, make_key, register, running_parts
from tests.support.control_sockets import heartbeat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


async def test_a_process_is_healthy_then_silent_then_gone(parts: Parts, client: httpx.AsyncClient) -> None:
    admin = await register(client)
    key = (await make_key(client, admin))["key"]
    body = {"events": [heartbeat("i-1", "scout")]}
    await client.post("/v1/control/events", json=body, headers={"X-API-Key": key})
    seen: list[tuple[str, bool]] = []
    for _ in range(3):
        answer = await client.get("/v1/control/instances", headers=admin.headers)
        seen += [(each["agent_name"], each["is_healthy"]) for each in answer.json()]
        clock_of(parts).advance(30)
    assert seen == [("scout", True), ("scout", False)]


async def test_processes_that_went_are_kept_no_longer_though_others_live(
    parts: Parts, client: httpx.AsyncClient
) -> None:
    team_id = TeamId(UUID((await register(client)).team_id))

    def beats(count: int) -> list[HeartbeatEvent]:
        return [HeartbeatEvent.model_validate(heartbeat(f"i-{each}", "scout")) for each in range(count)]

    await parts.presence.seen(team_id, beats(50), clock_of(parts).now())
    for _ in range(3):
        clock_of(parts).advance(50)
        await parts.presence.seen(team_id, beats(1), clock_of(parts).now())
    keys = [each async for each in parts.hot.scan_iter(f"hive:presence:*{team_id}*")]
    lives = {key: await parts.hot.ttl(key) for key in keys}
    assert all(0 < seconds <= 120 for seconds in lives.values())
    assert await parts.hot.hlen(max(lives)) == 1
    assert [each.sdk_instance_id for each in await parts.presence.fleet(team_id)] == ["i-0"]


async def test_a_team_sees_its_own_and_keys_see_none(client: httpx.AsyncClient) -> None:
    admin, other = await register(client), await register(client)
    key = (await make_key(client, admin))["key"]
    body = {"events": [heartbeat("i-1", "scout")]}
    await client.post("/v1/control/events", json=body, headers={"X-API-Key": key})
    assert len((await client.get("/v1/control/instances", headers=admin.headers)).json()) == 1
    assert (await client.get("/v1/control/instances", headers=other.headers)).json() == []
    assert (await client.get("/v1/control/instances", headers={"X-API-Key": key})).status_code == 403


async def test_without_redis_nobody_is_told_that_nothing_lives(
    parts: Parts, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise ConnectionError

    admin = await register(client)
    monkeypatch.setattr(parts.hot, "pipeline", away)
    answer = await client.get("/v1/control/instances", headers=admin.headers)
    assert (answer.status_code, "Redis" in answer.json()["error"]) == (503, True)
    assert int(answer.headers["retry-after"]) > 0


class Fleet:
    """A team whose database is away as long as a test wants."""

    def __init__(self, parts: Parts, client: httpx.AsyncClient, patch: pytest.MonkeyPatch) -> None:
        self.parts = parts
        self.client = client
        self.admin: Any = None
        self.key: Any = None
        self._patch = patch

    async def beat(self, status: str = "healthy") -> None:
        body = {"events": [{**heartbeat("i-1", "scout"), "status": status, "event_id": str(uuid4())}]}
        answer = await self.client.post(
            "/v1/control/events", json=body, headers={"X-API-Key": self.key["key"]}
        )
        assert answer.json()["processed"] == 1, answer.text

    async def lives(self) -> list[tuple[str, int]]:
        """Return what each process says of itself, and how many seconds ago it did."""
        now = clock_of(self.parts).now()
        found = await self.parts.presence.fleet(TeamId(UUID(self.admin.team_id)))
        return [(each.status, round((now - each.seen_at).total_seconds())) for each in found]

    def lose_the_database(self) -> None:
        async def away(*_: object, **__: object) -> None:
            raise UnavailableError("The database is out of reach.")

        self._patch.setattr("hive.control.services.ingest.store_events", away)

    async def find_it_again(self) -> None:
        self._patch.undo()
        assert self.parts.spool is not None
        drain = Drain(
            self.parts.spool, {EVENTS: self.parts.ingest.store_spooled}, self.parts.database.answers
        )
        while await drain.turn():
            pass
        assert self.parts.spool.waiting == 0


@pytest.fixture
async def fleet(
    control_database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Fleet]:
    places = {"spool_file": tmp_path / "spool.sqlite"}
    async with running_parts(control_database.app, **places) as parts, asking(parts) as client:
        found = Fleet(parts, client, monkeypatch)
        found.admin = await register(client)
        found.key = await make_key(client, found.admin)
        await found.beat()
        yield found


async def test_processes_live_on_while_the_database_is_away(fleet: Fleet) -> None:
    fleet.lose_the_database()
    clock_of(fleet.parts).advance(50)
    await fleet.beat("degraded")
    assert fleet.parts.spool is not None
    assert fleet.parts.spool.waiting == 1
    assert await fleet.lives() == [("degraded", 0)]


async def test_what_waited_in_the_spool_tells_of_its_own_time(fleet: Fleet) -> None:
    fleet.lose_the_database()
    clock_of(fleet.parts).advance(70)
    await fleet.beat("degraded")
    await fleet.parts.hot.flushall()
    clock_of(fleet.parts).advance(40)
    await fleet.find_it_again()
    assert await fleet.lives() == [("degraded", 40)]
    clock_of(fleet.parts).advance(20)
    assert await fleet.lives() == []


async def test_what_waited_in_the_spool_takes_the_place_of_nothing_newer(fleet: Fleet) -> None:
    at = clock_of(fleet.parts).now().timestamp()
    clock_of(fleet.parts).advance(120 - at % 60)  # The beginning of a minute, so that all fall into it.
    fleet.lose_the_database()
    await fleet.beat("degraded")
    clock_of(fleet.parts).advance(20)
    with pytest.MonkeyPatch.context() as back:
        back.setattr("hive.control.services.ingest.store_events", store_events)
        fleet.parts.ingest._is_away = False
        await fleet.beat("reconnecting")
    clock_of(fleet.parts).advance(10)
    await fleet.find_it_again()
    assert await fleet.lives() == [("reconnecting", 10)]
