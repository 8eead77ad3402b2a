"""A thread with an event loop."""

from __future__ import annotations

import asyncio
import threading

from framework.tools.mcp.loop_thread import LoopThread

NAME = "a-test-of-loop-threads"


def running() -> int:
    return sum(thread.name == NAME for thread in threading.enumerate())


async def answer() -> int:
    return 42


def test_it_starts_with_the_first_coroutine_and_ends_when_stopped() -> None:
    thread = LoopThread(NAME)
    assert running() == 0

    assert thread.submit(answer()).result(5) == 42
    assert running() == 1

    thread.stop(timeout_s=5)
    assert running() == 0


def test_it_may_start_again() -> None:
    thread = LoopThread(NAME)
    for _ in range(2):
        assert thread.submit(answer()).result(5) == 42
        thread.stop(timeout_s=5)


def test_stopping_cancels_what_still_runs() -> None:
    thread, ended = LoopThread(NAME), threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    future = thread.submit(wait())
    thread.submit(answer()).result(5)
    thread.stop(timeout_s=5)

    assert ended.is_set()
    assert future.cancelled()
