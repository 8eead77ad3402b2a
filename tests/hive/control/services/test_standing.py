"""What is open ends with its key, whether or not the database can be asked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from framework.clock import ManualClock
from hive.control.domain.ids import KeyId, TeamId
from hive.control.domain.principal import Program
from hive.control.services.standing import Standing
from hive.control.stores.database import Database, Transaction
from hive.control.stores.scope import NOBODY, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Silent(Database):
    """A database that never answers."""

    @asynccontextmanager
    async def transaction(self, scope: Scope = NOBODY) -> AsyncGenerator[Transaction]:
        del scope
        yield await asyncio.get_running_loop().create_future()


def program(key_id: str, expires_at: datetime | None = None) -> Program:
    team_id = TeamId(uuid4())
    return Program(key_id=KeyId(key_id), team_id=team_id, scopes=frozenset(), expires_at=expires_at)


async def test_what_expires_ends_although_the_database_says_nothing() -> None:
    clock = ManualClock()
    standing = Standing(Silent("host=127.0.0.1 port=1"), clock)
    ended = asyncio.Event()
    standing.worker.start()
    standing.expiries.start()
    with standing.watched(program("short", clock.now() + timedelta(minutes=1)), ended.set):
        await asyncio.sleep(0)
        clock.advance(120)
        async with asyncio.timeout(5):
            await ended.wait()
    assert ended.is_set()
    await standing.expiries.stop()
    await standing.worker.stop()


async def test_a_key_that_is_announced_as_revoked_ends_its_sockets_without_the_database() -> None:
    standing = Standing(Database("host=127.0.0.1 port=1"), ManualClock())
    ended: list[str] = []
    with (
        standing.watched(program("gone"), lambda: ended.append("gone")),
        standing.watched(program("stays"), lambda: ended.append("stays")),
    ):
        await standing.revoked("gone")
        assert ended == ["gone"]
        await standing.revoked("gone")
    assert ended == ["gone"]
