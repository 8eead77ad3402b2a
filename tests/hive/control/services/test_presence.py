"""Which processes live, and how that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from hive.control.domain.ids import TeamId
from hive.protocol import HeartbeatEvent
from tests.support.control import clock_of, make_key, register
from tests.support.control_sockets import heartbeat

if TYPE_CHECKING:
    import httpx
    import pytest

    from hive.control.api.parts import Parts


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

    await parts.presence.seen(team_id, beats(50))
    for _ in range(3):
        clock_of(parts).advance(50)
        await parts.presence.seen(team_id, beats(1))
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
    async def away(*_: object) -> None:
        raise ConnectionError

    admin = await register(client)
    monkeypatch.setattr(parts.hot, "hgetall", away)
    answer = await client.get("/v1/control/instances", headers=admin.headers)
    assert (answer.status_code, "Redis" in answer.json()["error"]) == (503, True)
    assert int(answer.headers["retry-after"]) > 0
