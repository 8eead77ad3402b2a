"""Hot state: in this process, or in a Redis of one's own behind the same interface."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest
from fakeredis import TcpFakeServer
from redis.exceptions import RedisError

from hive.control.stores.hot import open_hot
from hive.errors import ControlSetupError
from tests.support.frozen import frozen
from tests.support.redis_server import running_redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis.asyncio import Redis

PATIENCE_S = 2.0
"""Seconds for a connection, and again for an answer."""


@pytest.fixture
def redis_url() -> Iterator[str]:
    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_without_an_address_it_is_kept_in_this_process() -> None:
    hot = open_hot(None)
    await hot.set("a", 1)
    assert await hot.get("a") == b"1"
    await hot.aclose()


async def test_many_tasks_at_once_wait_for_a_connection(redis_url: str) -> None:
    hot = open_hot(redis_url)
    await asyncio.gather(*(hot.incr("count") for _ in range(100)))
    assert await hot.get("count") == b"100"
    await hot.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "http://:hush@host",
        "redis://host/hush",
        "rediss://host/1/hush",
        "redis://:7/hush@host/0",
        "redis://[hush/0",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ControlSetupError, match=r"HIVE_REDIS_URL .* the database is a number") as caught:
        open_hot(url)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url", ["redis://host", "redis://host:6379/", "rediss://host/15", "unix:///run/redis?db=2"]
)
def test_every_way_to_write_an_address_is_one(url: str) -> None:
    assert open_hot(url).connection_pool is not None


async def test_a_restart_of_redis_costs_no_request() -> None:
    with running_redis() as server:
        hot = open_hot(server.url)
        async with hot:
            await asyncio.gather(*(hot.set(f"k{number}", 1) for number in range(10)))
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            for number in range(10):
                await hot.set(f"k{number}", 2)
                async with hot.pipeline(transaction=True) as pipe:
                    pipe.get(f"k{number}")
                    assert await pipe.execute() == [b"2"]


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_frozen_redis_is_waited_for_once(*, is_connected: bool) -> None:
    with running_redis() as server:
        hot = open_hot(server.url)
        async with hot:
            if is_connected:
                await asyncio.gather(*(hot.set(f"k{number}", 1) for number in range(10)))
            with frozen(server.freezer()):
                started = time.monotonic()
                assert await failing(hot, 60) == 60
                assert time.monotonic() - started < 2 * PATIENCE_S + 3
                started = time.monotonic()
                assert await failing(hot, 60) == 60
                assert time.monotonic() - started < 1.5
            async with asyncio.timeout(5):
                while await failing(hot, 1):  # noqa: ASYNC110  (nobody is told)
                    await asyncio.sleep(0.02)


async def failing(hot: Redis, count: int) -> int:
    """Ask so often at once, and return how often that was in vain."""
    asked = await asyncio.gather(*(hot.get("k1") for _ in range(count)), return_exceptions=True)
    return sum(isinstance(each, RedisError) for each in asked)
