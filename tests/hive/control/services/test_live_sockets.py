"""A socket follows a stream once, however often it asks at the same time; its last word counts."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import pytest
from fakeredis import FakeAsyncRedis

from framework.clock import SystemClock
from hive.control.domain.ids import KeyId, TeamId
from hive.control.domain.principal import Program
from hive.control.services.connections import Connection, Ending, Frame
from hive.control.services.live import LiveStreams
from hive.control.services.live_sockets import LiveSockets
from tests.support.live import CHANNEL, StreamInMemory


class Ear:
    """The client's end of a socket."""

    def __init__(self) -> None:
        self.cursors: list[int] = []

    async def deliver(self, frame: Frame) -> None:
        self.deliver_now(frame)

    def deliver_now(self, frame: Frame) -> bool:
        self.cursors.append(int(json.loads(frame.written(str))["cursor"]))
        return True

    def end(self, ending: Ending) -> None:
        raise AssertionError(ending)


@pytest.mark.parametrize("is_ended", [False, True])
@pytest.mark.parametrize("asked_before", [0, 1])
async def test_asking_at_once_leaves_one_follower_at_most(*, asked_before: int, is_ended: bool) -> None:
    source, ear = StreamInMemory(), Ear()
    source.store(20)
    live = LiveStreams(source, FakeAsyncRedis(), SystemClock())
    sockets = LiveSockets(live)
    program = Program(key_id=KeyId("a"), team_id=TeamId(UUID(int=1)), scopes=frozenset())
    connection = Connection(program, ear)
    for _ in range(asked_before):
        await sockets.begin(connection, CHANNEL.stream, 0)
        await asyncio.sleep(0.05)
    asks = [sockets.begin(connection, CHANNEL.stream, since) for since in range(1, 20)]
    await asyncio.gather(*asks, *([sockets.end(connection, CHANNEL.stream)] if is_ended else []))
    ear.cursors.clear()
    async with asyncio.timeout(5):
        while live.followers != (not is_ended) or ear.cursors[-1:] != [20] * (not is_ended):  # noqa: ASYNC110  (neither tells anybody)
            await asyncio.sleep(0.01)
    assert ear.cursors == ([] if is_ended else [19, 20])
    await connection.finish()
    assert live.followers == 0
