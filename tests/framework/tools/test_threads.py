from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from framework.errors import ToolError
from framework.tools.threads import ToolThreads


class Gate:
    """A function that says it began and waits to be released."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.began = asyncio.Event()
        self.release = threading.Event()

    def __call__(self) -> str:
        self.loop.call_soon_threadsafe(self.began.set)
        self.release.wait(30)
        return threading.current_thread().name


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def settled(threads: ToolThreads, abandoned: int) -> None:
    while threads.abandoned != abandoned:
        await asyncio.to_thread(lambda: None)


async def test_no_more_than_the_limit_run_at_once() -> None:
    threads, lock, seen = ToolThreads(limit=3), threading.Lock(), []
    running = 0

    def work() -> None:
        nonlocal running
        with lock:
            running += 1
            seen.append(running)
        with lock:
            running -= 1

    await asyncio.gather(*(threads.run(work) for _ in range(100)))
    assert len(seen) == 100
    assert max(seen) <= 3


async def test_a_thread_is_used_again() -> None:
    threads = ToolThreads(limit=1)
    first = await threads.run(threading.get_ident)
    assert await threads.run(threading.get_ident) == first


async def test_concurrent_calls_get_threads_of_their_own() -> None:
    threads = ToolThreads(limit=2)
    meeting = threading.Barrier(2, timeout=10)
    places = await asyncio.gather(threads.run(meeting.wait), threads.run(meeting.wait))
    assert sorted(places) == [0, 1]


async def test_a_call_cancelled_while_waiting_never_starts() -> None:
    threads, gate, started = ToolThreads(limit=1), Gate(), []
    busy = asyncio.create_task(threads.run(gate))
    await gate.began.wait()
    waiting = asyncio.create_task(threads.run(started.append, 1))
    await asyncio.sleep(0)
    await cancelled(waiting)
    gate.release.set()
    await busy
    await threads.run(int)
    assert started == []


async def test_an_abandoned_thread_gives_its_place_to_the_next_call() -> None:
    threads, gate = ToolThreads(limit=1), Gate()
    hung = asyncio.create_task(threads.run(gate))
    await gate.began.wait()
    waiting = asyncio.create_task(threads.run(lambda: "served"))
    await asyncio.sleep(0)
    await cancelled(hung)
    assert threads.abandoned == 1
    assert await waiting == "served"
    gate.release.set()
    await settled(threads, 0)


async def test_too_many_abandoned_threads_refuse_further_calls() -> None:
    threads, gates = ToolThreads(limit=4, abandoned_limit=2), [Gate(), Gate()]
    for gate in gates:
        hung = asyncio.create_task(threads.run(gate))
        await gate.began.wait()
        await cancelled(hung)
    with pytest.raises(ToolError, match="2 tool calls that passed their time-out are still running"):
        await threads.run(int)
    for gate in gates:
        gate.release.set()
    await settled(threads, 0)
    assert await threads.run(int) == 0


async def test_a_call_is_refused_when_the_system_gives_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = ToolThreads()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(ToolError, match="gives no thread"):
            await threads.run(int)
    assert await threads.run(int) == 0


async def test_what_was_abandoned_can_be_waited_for() -> None:
    threads, gate = ToolThreads(), Gate()
    mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="")
    mark.set("this")
    task = asyncio.create_task(threads.run(gate))
    await gate.began.wait()
    await cancelled(task)

    await threads.until_left(lambda variables: variables.get(mark) == "other")
    waiting = asyncio.create_task(threads.until_left(lambda variables: variables.get(mark) == "this"))
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.release.set()
    await waiting
