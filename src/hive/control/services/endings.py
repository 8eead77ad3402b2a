"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

Result = TypeVar("Result")

_AGAIN_S = 0.1


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """Return what ``work`` gives.

    ``asyncio.timeout`` cancels once, and psycopg then asks the server, which may be frozen, for up to
    ten seconds to give up; this goes on cancelling.

    Raises:
        TimeoutError: if it takes longer; it has ended then.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        is_late = not task.done()
        await end([task])
    if is_late:
        raise TimeoutError
    return task.result()


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they are done.

    Once is not enough: where what a task waits for comes at the same moment,
    ``asyncio.wait_for`` of Python 3.11, by which psycopg waits, returns that
    and forgets the cancellation.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_AGAIN_S)
