"""Limits count callers apart, in windows, and let pass where nobody counts."""

from __future__ import annotations

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

from hive.control.services.limits import Limit, Limits
from hive.errors import TooManyRequestsError

LIMIT = Limit(name="test", most=2, per_s=60)


async def test_one_too_many_is_refused_and_told_when_to_come_back() -> None:
    limits = Limits(FakeAsyncRedis())
    for _ in range(LIMIT.most):
        await limits.take(LIMIT, "ada")
    with pytest.raises(TooManyRequestsError) as caught:
        await limits.take(LIMIT, "ada")
    assert 0 < caught.value.retry_after_s <= LIMIT.per_s
    await limits.take(LIMIT, "bob")


async def test_the_window_ends() -> None:
    hot = FakeAsyncRedis()
    limits = Limits(hot)
    for _ in range(LIMIT.most):
        await limits.take(LIMIT, "ada")
    [key] = await hot.keys()
    assert await hot.ttl(key) == LIMIT.per_s
    await hot.delete(key)
    await limits.take(LIMIT, "ada")


async def test_processes_count_together() -> None:
    server = FakeServer()
    both = [Limits(FakeAsyncRedis(server=server)) for _ in range(2)]
    for limits in both:
        await limits.take(LIMIT, "ada")
    with pytest.raises(TooManyRequestsError):
        await both[0].take(LIMIT, "ada")


async def test_without_redis_people_still_get_in(caplog: pytest.LogCaptureFixture) -> None:
    server = FakeServer()
    limits = Limits(FakeAsyncRedis(server=server))
    server.connected = False
    with caplog.at_level("WARNING", "hive.control"):
        for _ in range(LIMIT.most + 1):
            await limits.take(LIMIT, "ada")
    assert [record.message for record in caplog.records] == ["limit_not_counted"]


async def test_who_asks_is_not_kept() -> None:
    hot = FakeAsyncRedis()
    await Limits(hot).take(LIMIT, "ada@example.org")
    assert b"ada" not in b"".join(await hot.keys())
