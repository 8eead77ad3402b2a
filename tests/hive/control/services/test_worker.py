"""A task in the background starts, is woken, ends in time, and shows when it fails."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hive.control.services.worker import Worker
from hive.errors import UnavailableError
from tests.support.control import asking

if TYPE_CHECKING:
    import pytest

    from hive.control.api.parts import Parts


class Work:
    """Counts its turns, and does in each what it is told."""

    def __init__(self, rest_s: float | None = None) -> None:
        self.turns = 0
        self.rest_s = rest_s
        self.error: Exception | None = None
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def turn(self) -> float | None:
        self.turns += 1
        await self.goes_on.wait()
        if self.error is not None:
            raise self.error
        return self.rest_s

    async def until(self, turns: int) -> None:
        async with asyncio.timeout(5):
            while self.turns < turns:  # noqa: ASYNC110  (nobody is told)
                await asyncio.sleep(0)


async def test_it_rests_until_it_is_woken() -> None:
    work = Work()
    worker = Worker("work", work.turn)
    worker.start()
    for turns in (1, 2):
        await work.until(turns)
        for _ in range(20):
            await asyncio.sleep(0)
        assert work.turns == turns
        worker.wake()
    await worker.stop()
    assert worker.fault is None


async def test_who_wakes_it_during_a_turn_gets_another() -> None:
    work = Work()
    worker = Worker("work", work.turn)
    work.goes_on.clear()
    worker.start()
    await work.until(1)
    worker.wake()
    work.goes_on.set()
    await work.until(2)
    assert work.turns == 2
    await worker.stop()


async def test_a_fault_is_logged_and_shown_until_a_turn_goes_well(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(rest_s=0)
    work.error = RuntimeError("no")
    worker = Worker("work", work.turn, again_s=0)
    worker.start()
    await work.until(3)
    assert worker.fault == "failed with RuntimeError"
    assert caplog.records[0].message == "worker_failed"
    work.error = None
    await work.until(work.turns + 2)
    assert worker.fault is None
    await worker.stop()


async def test_a_part_that_is_away_is_no_fault_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(rest_s=0)
    work.error = UnavailableError("It is away.")
    worker = Worker("work", work.turn, again_s=0)
    with caplog.at_level(logging.WARNING):
        worker.start()
        await work.until(5)
    assert worker.fault is None
    assert [each.message for each in caplog.records] == ["worker_waits"]
    await worker.stop()


async def test_the_turn_under_way_has_its_grace_and_no_more() -> None:
    patient, hanging = Work(), Work()
    workers = [
        Worker("work", work.turn, grace_s=grace_s) for work, grace_s in ((patient, 5), (hanging, 0.01))
    ]
    for work, worker in zip((patient, hanging), workers, strict=True):
        work.goes_on.clear()
        worker.start()
        await work.until(1)
    asyncio.get_running_loop().call_soon(patient.goes_on.set)
    async with asyncio.timeout(2):
        await asyncio.gather(*(worker.stop() for worker in workers))
    assert [worker.is_stopping for worker in workers] == [True, True]
    assert (patient.turns, hanging.turns) == (1, 1)


async def test_one_that_has_ended_by_itself_shows_it() -> None:
    async def turn() -> float:
        raise asyncio.CancelledError

    worker = Worker("work", turn)
    worker.start()
    await asyncio.sleep(0.01)
    assert worker.fault == "it has ended"


async def test_a_worker_that_fails_makes_the_process_not_ready(parts: Parts) -> None:
    work = Work(rest_s=0)
    worker = Worker("work", work.turn, again_s=0.01)
    parts.readiness.watch([worker])
    worker.start()
    async with asking(parts) as client:
        assert (await client.get("/health/ready")).status_code == 200
        work.error = RuntimeError("no")
        await work.until(work.turns + 2)
        answer = await client.get("/health/ready")
    await worker.stop()
    assert (answer.status_code, answer.json()["parts"]["workers"]) == (
        503,
        "work failed with RuntimeError",
    )
