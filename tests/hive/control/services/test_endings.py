"""A task ends, even one that loses a cancellation."""

from __future__ import annotations

import asyncio

from hive.control.services.endings import end


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
