"""Whether a process can serve: what a part that is away means for that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisGone

from hive.control.domain.ids import TeamId
from hive.control.stores.spool import Spooled
from hive.errors import UnavailableError
from tests.support.control import asking, bearer, clock_of, make_key, register, running_parts
from tests.support.control_server import gone
from tests.support.control_sockets import metric

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


async def readiness(client: httpx.AsyncClient) -> tuple[int, str, set[str]]:
    """Return the status code, what the process says of itself, and which parts are in the way."""
    answer = await client.get("/health/ready")
    told: dict[str, Any] = answer.json()
    return (
        answer.status_code,
        told["status"],
        {part for part, state in told["parts"].items() if state != "ok"},
    )


async def test_with_all_its_parts_a_process_is_ready_until_it_ends(
    parts: Parts, client: httpx.AsyncClient
) -> None:
    assert await readiness(client) == (200, "ok", set())
    ending = asyncio.Event()
    parts.readiness.heed(ending)
    ending.set()
    assert await readiness(client) == (503, "not ready", {"server"})
    assert (await client.get("/health/live")).status_code == 200


async def test_without_redis_it_serves(
    parts: Parts, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise RedisGone

    key = (await make_key(client, await register(client)))["key"]
    monkeypatch.setattr(parts.hot, "execute_command", away)
    monkeypatch.setattr(parts.hot, "ping", away)
    assert await readiness(client) == (200, "degraded", {"redis"})
    answer = await client.post("/v1/control/events", json={"events": [metric("s-1")]}, headers=bearer(key))
    assert answer.json()["processed"] == 1


async def test_without_the_database_it_serves_as_long_as_the_spool_takes_what_comes(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    places: dict[str, Any] = {"spool_file": tmp_path / "spool.sqlite", "patience_s": 0.5}
    async with running_parts(control_database.app, **places) as parts, asking(parts) as client:
        assert parts.spool is not None
        key = (await make_key(client, await register(client)))["key"]

        async def send(span: str) -> int:
            body = {"events": [metric(span)]}
            return (await client.post("/v1/control/events", json=body, headers=bearer(key))).status_code

        assert await send("before") == 200
        with gone(superuser_dsn, control_database.app):
            assert await readiness(client) == (200, "degraded", {"database"})
            assert await send("while it is away") == 200
            parts.spool._most_bytes = 0
            assert await send("while the spool is full") == 503
            assert await readiness(client) == (503, "not ready", {"database"})
            (first,) = await parts.spool.first(1)
            await parts.spool.remove([first.seq])
            assert await readiness(client) == (200, "degraded", {"database"})


async def test_without_the_database_and_without_a_spool_it_does_not_serve(
    superuser_dsn: str, control_database: Addresses
) -> None:
    async with running_parts(control_database.app, patience_s=0.5) as parts, asking(parts) as client:
        with gone(superuser_dsn, control_database.app):
            assert await readiness(client) == (503, "not ready", {"database"})


async def test_a_spool_that_refuses_matters_only_while_the_database_is_away(
    control_database: Addresses, tmp_path: Path
) -> None:
    places: dict[str, Any] = {"spool_file": tmp_path / "spool.sqlite"}
    async with running_parts(control_database.app, **places) as parts, asking(parts) as client:
        assert parts.spool is not None
        parts.spool._most_bytes = 0
        at = clock_of(parts).now()
        thing = Spooled(team_id=TeamId(uuid4()), kind="events", received_at=at, payload=b"[1]")
        with pytest.raises(UnavailableError):
            await parts.spool.put([thing])
        assert await readiness(client) == (200, "ok", set())
