"""Hot state: in this process, or in a Redis of one's own behind the same interface."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from fakeredis import TcpFakeServer

from hive.control.stores.hot import open_hot
from hive.errors import ControlSetupError
from tests.support.redis_server import running_redis

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def test_an_address_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(ControlSetupError, match="HIVE_REDIS_URL") as caught:
        open_hot("http://:hush@host")
    assert "hush" not in str(caught.value)


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
