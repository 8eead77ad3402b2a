"""Sockets while the database is away: who was known may come back, and what is sent is kept."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from hive.errors import UnavailableError
from tests.support.control import asking, bearer, make_key, register, running_parts
from tests.support.control_server import gone, working_control
from tests.support.control_sockets import heartbeat, io, metric, raw

if TYPE_CHECKING:
    from pathlib import Path

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


async def spans(parts: Parts, team: str) -> set[str]:
    """Return the spans that are stored; none while the database is away."""
    try:
        async with parts.database.transaction(Scope(team_id=TeamId(UUID(team)))) as transaction:
            cursor = await transaction._connection.execute("SELECT span_id FROM metric_events")
            return {row["span_id"] for row in await cursor.fetchall()}
    except UnavailableError:
        return set()


async def answering(parts: Parts, team: str) -> None:
    """Wait until the database answers again."""
    async with asyncio.timeout(10):
        while True:
            with suppress(UnavailableError):
                await parts.policies.document(TeamId(UUID(team)))
                return


async def test_events_over_sockets_outlast_an_outage_of_the_database(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.control.services.connections.FIRST_S", 0.1)
    places = {"spool_file": tmp_path / "spool.sqlite", "patience_s": 1.0}
    async with running_parts(control_database.app, **places) as parts, asking(parts) as client:
        admin = await register(client)
        key = (await make_key(client, admin))["key"]
        async with working_control(parts) as url, raw(url, bearer(key)) as stayed:
            await stayed.next()
            with gone(superuser_dsn, control_database.app):
                await stayed.say(metric("stayed"))
                async with io(url, key) as returned:
                    await returned.say(metric("returned"))
                    await returned.say(heartbeat())
                    async with asyncio.timeout(10):
                        while parts.spool is None or parts.spool.waiting < 3:  # noqa: ASYNC110  (nobody is told)
                            await asyncio.sleep(0.02)
            async with asyncio.timeout(20):
                while await spans(parts, admin.team_id) != {"stayed", "returned"}:  # noqa: ASYNC110  (nobody is told)
                    await asyncio.sleep(0.05)
            body = {"budget": {"limit": 8}}
            await client.patch("/v1/control/policy", json=body, headers=admin.headers)
            assert (await stayed.next())["policy"]["budgets"][0]["limit"] == 8


async def test_whom_nobody_knows_is_told_to_come_again_while_the_database_is_away(
    superuser_dsn: str, control_database: Addresses, tmp_path: Path
) -> None:
    places = {"spool_file": tmp_path / "spool.sqlite", "patience_s": 0.5}
    async with running_parts(control_database.app, **places) as parts, asking(parts) as client:
        admin = await register(client)
        key = (await make_key(client, admin))["key"]
        async with working_control(parts) as url:
            with gone(superuser_dsn, control_database.app), pytest.raises(Exception, match="503"):
                async with raw(url, bearer(key)):
                    pass
            await answering(parts, admin.team_id)
            async with raw(url, bearer(key)) as socket:
                assert (await socket.next())["type"] == "policy"
