"""What SDKs were told is kept in Redis, and nobody waits long for that."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import UUID

import pytest
from fakeredis import FakeAsyncRedis

from hive.control.domain.ids import TeamId
from hive.control.domain.reckoning import Telling
from hive.control.services.tellings import Tellings

if TYPE_CHECKING:
    from redis.asyncio import Redis

ONE, OTHER = (TeamId(UUID(int=number)) for number in (1, 2))
TOLD = Telling(month=datetime(2026, 3, 1, tzinfo=UTC), told=Decimal("0.5"), spent=Decimal("0.1234567891"))


class Frozen:
    """A Redis that takes what it is asked, and answers nothing."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, _: str) -> None:
        self.asked += 1
        await asyncio.Event().wait()

    def pipeline(self, **_: Any) -> Frozen:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def set(self, *_: Any, **__: Any) -> None:
        self.asked += 1

    async def execute(self) -> None:
        await asyncio.Event().wait()


async def test_each_instance_of_each_team_was_told_its_own() -> None:
    hot = FakeAsyncRedis()
    tellings = Tellings(hot)
    await tellings.note(ONE, TOLD, ["i-1", "i-2", ""])
    found = [
        await tellings.last(*asked) for asked in ((ONE, "i-1"), (ONE, "i-2"), (ONE, "i-3"), (OTHER, "i-1"))
    ]
    assert found == [TOLD, TOLD, None, None]
    kept = await hot.keys("*")
    assert len(kept) == 2
    assert all([31 * 86400 < await hot.ttl(key) <= 40 * 86400 for key in kept])


@pytest.mark.parametrize("noting", [True, False])
async def test_a_redis_that_answers_nothing_is_waited_for_once_and_shortly(*, noting: bool) -> None:
    frozen = Frozen()
    tellings = Tellings(cast("Redis", frozen))
    began = time.monotonic()
    for _ in range(20):
        if noting:
            await tellings.note(ONE, TOLD, ["i-1"])
        else:
            assert await tellings.last(ONE, "i-1") is None
    assert time.monotonic() - began < 1
    assert frozen.asked == 1


async def test_however_often_redis_is_asked_in_vain_it_is_one_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hive.control.services.tellings._PATIENCE_S", 0.01)
    monkeypatch.setattr("hive.control.services.tellings._PAUSE_S", 0)
    frozen = Frozen()
    tellings = Tellings(cast("Redis", frozen))
    for _ in range(3):
        await tellings.last(ONE, "i-1")
        await tellings.note(ONE, TOLD, ["i-1"])
    assert frozen.asked == 6
    assert [record.message for record in caplog.records] == ["spending_told_not_known"]
