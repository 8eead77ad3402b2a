"""A connection ends although a message of it is never dealt with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

from hive.control.domain.ids import KeyId, TeamId
from hive.control.domain.principal import Program
from hive.control.services import connections
from hive.control.services.connections import Connection, Ending, Frame

if TYPE_CHECKING:
    import pytest


class Nowhere:
    async def deliver(self, frame: Frame) -> None:
        pass

    def deliver_now(self, frame: Frame) -> bool:
        del frame
        return True

    def end(self, ending: Ending) -> None:
        pass


async def test_a_message_that_hangs_holds_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LAST_PATIENCE_S", 0.05)
    program = Program(key_id=KeyId("a"), team_id=TeamId(uuid4()), scopes=frozenset())
    connection = Connection(program, Nowhere())
    ended: list[bool] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    await connection.hear(hang())
    async with asyncio.timeout(2):
        await connection.finish()
    assert ended == [True]
