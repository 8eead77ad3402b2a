"""Clocks tell the time and wait; a manual one moves only when told to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from framework.clock import ManualClock, SystemClock


async def test_the_system_clock_tells_the_machines_time() -> None:
    clock = SystemClock()
    before, then = datetime.now(UTC), clock.monotonic()
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC
    assert abs(clock.epoch_us() - clock.now().timestamp() * 1e6) < 1e6
    await clock.sleep(0.001)
    assert clock.monotonic() - then >= 0.001


async def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock()
    begin = clock.now()
    await asyncio.sleep(0)
    assert (clock.now(), clock.monotonic()) == (begin, 0.0)
    clock.advance(1.5)
    assert clock.now() - begin == timedelta(seconds=1.5)
    assert clock.monotonic() == 1.5


async def test_sleeping_on_a_manual_clock_moves_it_and_lets_others_run() -> None:
    clock, ran = ManualClock(), asyncio.Event()
    task = asyncio.create_task(asyncio.sleep(0, ran.set()))
    await clock.sleep(3600)
    await clock.sleep(0.5)
    await task
    assert ran.is_set()
    assert (clock.slept, clock.monotonic()) == ([3600, 0.5], 3600.5)


@pytest.mark.parametrize(
    "start", [datetime(2026, 1, 1, tzinfo=UTC), datetime(1999, 12, 31, 23, 59, 59, 5, tzinfo=UTC)]
)
def test_a_manual_clock_tells_microseconds_since_1970(start: datetime) -> None:
    clock = ManualClock(start)
    assert clock.epoch_us() == round((start - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
