"""Recording: an event is stored before anybody hears of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from framework.clock import ManualClock
from framework.errors import JournalConflictError, JournalWriteError, NotJsonError
from framework.journal.entry import decode_line
from framework.journal.log import LaneLog, RunLog
from framework.journal.memory import MemoryJournal
from framework.journal.reading import fold_entries, read_entries, read_state
from framework.journal.state import RunStatus
from framework.model import events as ev
from tests.support.event_samples import (
    LARGE_TEXT,
    node_finished,
    node_started,
    output_set,
    run_started,
    value,
)
from tests.support.states import state_dict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.base import JournalWriter
    from framework.journal.entry import Entry


class GatedWriter:
    """A writer that waits before or after storing, or fails, when told to."""

    def __init__(self, inner: JournalWriter) -> None:
        self.inner = inner
        self.batches: list[int] = []
        self.blob_batches: list[int] = []
        self.durable: list[bool] = []
        self.before = asyncio.Event()
        self.after = asyncio.Event()
        self.reached = asyncio.Event()
        self.error: Exception | None = None
        self.before.set()
        self.after.set()

    @property
    def last_seq(self) -> int:
        return self.inner.last_seq

    async def append(
        self,
        lines: Sequence[bytes],
        *,
        expected: int,
        blobs: Mapping[str, bytes],
        durable: bool = False,
    ) -> None:
        self.reached.set()
        await self.before.wait()
        if self.error is not None:
            raise self.error
        await self.inner.append(lines, expected=expected, blobs=blobs, durable=durable)
        self.batches.append(len(lines))
        self.blob_batches.append(len(blobs))
        self.durable.append(durable)
        await self.after.wait()

    async def close(self) -> None:
        await self.inner.close()


class Recorder:
    """A run's log with a gated writer, and the numbers its listener heard."""

    def __init__(self, journal: MemoryJournal, writer: GatedWriter) -> None:
        self.journal = journal
        self.writer = writer
        self.heard: list[Entry] = []
        self.log = RunLog(writer, ManualClock(), listeners=[self.heard.append])

    @property
    def numbers(self) -> list[int]:
        return [entry.seq for entry in self.heard]

    async def stored(self) -> list[int]:
        return [decode_line(line).seq for line in await self.journal.read("run")]

    def record(self, count: int = 1) -> None:
        for _ in range(count):
            self.log.record("m", ev.RunResumed(reason="x"))


@pytest.fixture
async def run() -> Recorder:
    journal = MemoryJournal()
    return Recorder(journal, GatedWriter(await journal.create("run")))


async def test_recording_folds_at_once_and_stores_nothing(run: Recorder) -> None:
    run.log.record("m", run_started())

    assert run.log.state.status is RunStatus.RUNNING
    assert run.log.state.last_seq == 1
    assert await run.stored() == []
    assert run.heard == []


async def test_a_commit_stores_all_that_is_queued_in_one_batch(run: Recorder) -> None:
    run.record(3)
    await run.log.commit()

    assert run.writer.batches == [3]
    assert await run.stored() == [1, 2, 3]


async def test_a_commit_without_events_touches_nothing(run: Recorder) -> None:
    await run.log.commit()
    run.record()
    await run.log.commit()
    await run.log.commit()

    assert run.writer.batches == [1]


async def test_a_durable_commit_reaches_the_writer_even_without_events(run: Recorder) -> None:
    run.record()
    await run.log.commit()
    await run.log.commit(durable=True)

    assert run.writer.durable == [False, True]


async def test_nothing_is_announced_before_it_is_stored(run: Recorder) -> None:
    run.writer.before.clear()
    run.record(2)
    commit = asyncio.create_task(run.log.commit())
    await run.writer.reached.wait()
    assert run.heard == []

    run.writer.before.set()
    await commit

    assert run.numbers == [1, 2]


async def test_what_is_announced_is_what_reads_back(run: Recorder) -> None:
    run.log.record("m", run_started(topic="bees"), {"host": "here"})
    run.log.record("m", node_started("first", opening=LARGE_TEXT))
    await run.log.commit()

    assert run.heard == await read_entries(run.journal, "run")


async def test_every_listener_hears_every_event(run: Recorder) -> None:
    heard: list[tuple[str, int]] = []
    listeners = [lambda e: heard.append(("one", e.seq)), lambda e: heard.append(("two", e.seq))]
    log = RunLog(run.writer, ManualClock(), listeners=listeners)
    log.record("m", ev.RunResumed(reason="x"))
    log.record("m", ev.RunResumed(reason="y"))
    await log.commit()

    assert heard == [("one", 1), ("two", 1), ("one", 2), ("two", 2)]


async def test_concurrent_commits_keep_the_order(run: Recorder) -> None:
    async def lane(number: int) -> None:
        for _ in range(5):
            run.log.record("m", ev.RunResumed(reason=str(number)))
            await run.log.commit()
            await asyncio.sleep(0)

    await asyncio.gather(*(lane(number) for number in range(8)))

    assert await run.stored() == list(range(1, 41))
    assert run.numbers == list(range(1, 41))


async def test_a_commit_waits_for_the_commit_that_carries_its_events(run: Recorder) -> None:
    run.writer.before.clear()
    run.record()
    first = asyncio.create_task(run.log.commit())
    await run.writer.reached.wait()
    second = asyncio.create_task(run.log.commit())
    await asyncio.sleep(0)
    assert not second.done()

    run.writer.before.set()
    await asyncio.gather(first, second)

    assert run.writer.batches == [1]


async def test_a_failed_append_surfaces_and_nothing_is_announced(run: Recorder) -> None:
    run.writer.error = JournalWriteError("The disk is full.")
    run.record()

    with pytest.raises(JournalWriteError, match="disk is full"):
        await run.log.commit()
    assert run.heard == []


async def test_after_a_failed_append_no_commit_succeeds(run: Recorder) -> None:
    run.writer.error = JournalWriteError("The disk is full.")
    run.record()
    with pytest.raises(JournalWriteError):
        await run.log.commit()

    run.writer.error = None
    with pytest.raises(JournalWriteError):
        await run.log.commit()
    run.record()
    with pytest.raises(JournalWriteError):
        await run.log.commit()

    assert await run.stored() == []


async def test_every_lane_whose_events_were_lost_is_told(run: Recorder) -> None:
    run.writer.before.clear()
    run.record(2)
    commits = [asyncio.create_task(run.log.commit()) for _ in range(3)]
    await run.writer.reached.wait()
    run.writer.error = JournalWriteError("The disk is full.")
    run.writer.before.set()

    results = await asyncio.gather(*commits, return_exceptions=True)

    assert [type(result) for result in results] == [JournalWriteError] * 3


async def test_a_second_writer_makes_the_first_fail(run: Recorder) -> None:
    run.record()
    await run.log.commit()
    await run.writer.inner.append([b'{"seq":2}'], expected=1, blobs={})
    run.record()

    with pytest.raises(JournalConflictError, match="this writer expected 1"):
        await run.log.commit()


@pytest.mark.parametrize("gate", ["before", "after"])
async def test_a_cancelled_commit_loses_no_event_of_another_lane(run: Recorder, gate: str) -> None:
    getattr(run.writer, gate).clear()
    run.record(2)
    cancelled = asyncio.create_task(run.log.commit())
    await run.writer.reached.wait()
    await asyncio.sleep(0)
    run.record()
    other = asyncio.create_task(run.log.commit())
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled

    getattr(run.writer, gate).set()
    await other

    assert await run.stored() == [1, 2, 3]
    assert run.numbers == [1, 2, 3]


async def test_blobs_of_a_cancelled_commit_are_stored_by_the_next(run: Recorder) -> None:
    run.writer.before.clear()
    run.log.record("m", ev.LogWritten(stream="stdout", text=value(LARGE_TEXT)))
    cancelled = asyncio.create_task(run.log.commit())
    await run.writer.reached.wait()
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)

    run.writer.before.set()
    await run.log.close()

    assert len(await read_entries(run.journal, "run")) == 1


async def test_content_that_recurs_is_sent_once(run: Recorder) -> None:
    for _ in range(3):
        run.log.record("m", ev.LogWritten(stream="stdout", text=value(LARGE_TEXT)))
        await run.log.commit()

    assert run.writer.blob_batches == [1, 0, 0]


async def test_closing_stores_what_is_queued_and_frees_the_run(run: Recorder) -> None:
    run.record()
    await run.log.close()

    assert await run.stored() == [1]
    await run.journal.open("run")


async def test_closing_frees_the_run_even_when_storing_fails(run: Recorder) -> None:
    run.writer.error = JournalWriteError("The disk is full.")
    run.record()
    with pytest.raises(JournalWriteError):
        await run.log.close()

    await run.journal.open("run")


@pytest.mark.parametrize("meta", [{"took": float("nan")}, {"took": object()}])
async def test_an_event_that_cannot_be_written_changes_nothing(
    run: Recorder, meta: dict[str, object]
) -> None:
    run.log.record("m", run_started())
    before = state_dict(run.log.state)

    with pytest.raises(NotJsonError):
        run.log.record("m", node_started("first"), meta)
    with pytest.raises(NotJsonError):
        run.log.record("m", ev.RunPaused(node_id="first", reason="\ud800"))

    assert state_dict(run.log.state) == before
    run.log.record("m", node_started("first"))
    await run.log.commit()
    assert (await read_state(run.journal, "run")).last_seq == 2


async def test_a_log_goes_on_from_a_state_that_was_read(run: Recorder) -> None:
    run.log.record("m", run_started())
    run.log.record("m", node_started("first"))
    await run.log.close()
    state = await read_state(run.journal, "run")

    log = RunLog(await run.journal.open("run"), ManualClock(), state=state)
    lane = LaneLog(log, "m")
    lane.record(output_set(title="Bees"))
    lane.record(node_finished("first"))
    await lane.commit(durable=True)
    await log.close()

    entries = await read_entries(run.journal, "run")
    assert state_dict(fold_entries("run", entries)) == state_dict(lane.state)
    assert lane.at("m.b1.000").lane_id == "m.b1.000"


async def test_times_come_from_the_clock() -> None:
    journal, clock = MemoryJournal(), ManualClock()
    log = RunLog(await journal.create("run"), clock)
    log.record("m", run_started())
    clock.advance(1.5)
    log.record("m", ev.RunFinished(status="succeeded"))
    await log.close()

    first, last = await read_entries(journal, "run")
    assert last.at_us - first.at_us == 1_500_000
    assert (log.state.started_at_us, log.state.ended_at_us) == (first.at_us, last.at_us)
