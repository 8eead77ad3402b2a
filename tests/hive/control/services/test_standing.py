"""What is open ends with its key, whether or not the database can be asked."""

from __future__ import annotations

from uuid import uuid4

from framework.clock import ManualClock
from hive.control.domain.ids import KeyId, TeamId
from hive.control.domain.principal import Program
from hive.control.services.standing import Standing
from hive.control.stores.database import Database


def program(key_id: str) -> Program:
    return Program(key_id=KeyId(key_id), team_id=TeamId(uuid4()), scopes=frozenset())


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
