"""A task ends, even one that loses a cancellation."""

from __future__ import annotations

import asyncio
import time

import pytest

from hive.control.services.endings import end, within


async def test_a_task_that_loses_a_cancellation_is_asked_again() -> None:
    lost = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if len(lost) == 2:
                    raise
                lost.append(1)

    tasks = [asyncio.create_task(stubborn())]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end(tasks)
    assert (len(lost), [task.cancelled() for task in tasks]) == (2, [True])


async def test_nothing_to_end_is_nothing_to_wait_for() -> None:
    done = asyncio.create_task(asyncio.sleep(0))
    await done
    await end([])
    await end([done])
    assert not done.cancelled()


async def test_work_that_goes_on_after_a_cancellation_is_late_all_the_same() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(0.05, stubborn())
    assert time.monotonic() - started < 1


async def test_work_in_time_gives_its_result_or_its_fault() -> None:
    async def quick(fault: Exception | None) -> int:
        if fault is not None:
            raise fault
        return 7

    assert await within(1, quick(None)) == 7
    with pytest.raises(KeyError):
        await within(1, quick(KeyError("gone")))
