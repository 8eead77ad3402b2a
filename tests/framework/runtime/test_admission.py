"""Whatever is asked for, cancelled and ended, in any order: the limits hold, and each run has one result."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from framework.errors import QueueFullError
from framework.graph.result import ExecutionResult
from framework.runtime.admission import Admission
from framework.runtime.execution_stream import EntryPointSpec, Execution, ExecutionStream
from tests.support.runtimes import entry, settle

if TYPE_CHECKING:
    import pytest

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "cancel", "end", "fail", "settle"]), st.integers(0, 2), st.integers(0, 30)
    ),
    max_size=60,
)


class Work:
    """Runs that last until they are told to end."""

    def __init__(self) -> None:
        self.ends: dict[str, asyncio.Future[None]] = {}
        self.inside: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_of_all = 0

    async def run(self, spec: EntryPointSpec, execution: Execution) -> None:
        self.inside[spec.id] = self.inside.get(spec.id, 0) + 1
        self.most[spec.id] = max(self.most.get(spec.id, 0), self.inside[spec.id])
        self.most_of_all = max(self.most_of_all, sum(self.inside.values()))
        end = self.ends[execution.run_id] = asyncio.get_running_loop().create_future()
        try:
            await end
            await asyncio.sleep(0)
            execution.result = ExecutionResult(success=True, run_id=execution.run_id, status="succeeded")
        finally:
            self.inside[spec.id] -= 1


async def play(steps: list[tuple[str, int, int]]) -> tuple[int, int]:
    """Take the steps; return how many runs were taken, and how many results there are."""
    work = Work()
    admission = Admission(4, work.run)
    limits = [1, 2, 5]
    for index, limit in enumerate(limits):
        spec = entry(str(index), max_concurrent=limit, priority=index)
        admission.streams[spec.id] = ExecutionStream(spec, max_waiting=5, results_kept=100)
    admission.is_open = True
    asked: list[Execution] = []
    for step, stream, which in steps:
        execution = asked[which % len(asked)] if asked else None
        if step == "ask":
            execution = Execution(run_id=f"r{len(asked)}", number=len(asked), input_data={})
            try:
                admission.put(admission.streams[str(stream)], execution)
                asked.append(execution)
            except QueueFullError:
                assert admission.streams[str(stream)].stats()["waiting"] == 5
        elif step == "settle":
            await settle(5)
        elif execution is not None:
            apply(admission, work, step, execution)
    await admission.close(0, "over")
    await settle()
    assert all(work.most.get(str(index), 0) <= limit for index, limit in enumerate(limits))
    assert work.most_of_all <= 4
    assert all(execution.done.done() for execution in asked)
    counted = [stream.stats() for stream in admission.streams.values()]
    assert all(stats["waiting"] == stats["running"] == 0 for stats in counted)
    ends = sum(stats[name] for stats in counted for name in ("succeeded", "failed", "cancelled", "paused"))
    return len(asked), ends


def apply(admission: Admission, work: Work, step: str, execution: Execution) -> None:
    end = work.ends.get(execution.run_id)
    if step == "cancel":
        if not admission.withdraw(execution.run_id, "cancelled") and execution.task is not None:
            execution.task.cancel()
    elif end is not None and not end.done():
        end.set_result(None) if step == "end" else end.cancel()


@given(STEPS)
@settings(max_examples=150)
def test_limits_hold_and_every_run_has_one_result(steps: list[tuple[str, int, int]]) -> None:
    taken, results = asyncio.run(play(steps))
    assert results == taken


async def test_a_run_that_ignores_its_end_is_reported_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("framework.runtime.admission.STUBBORN_S", 0.01)
    freed = asyncio.Event()

    async def stubborn(spec: Any, execution: Any) -> None:
        while not freed.is_set():
            try:
                await freed.wait()
            except asyncio.CancelledError:
                continue

    admission = Admission(1, stubborn)
    spec = entry()
    admission.streams["main"] = ExecutionStream(spec, max_waiting=1, results_kept=1)
    admission.is_open = True
    admission.put(admission.streams["main"], Execution(run_id="r", number=1, input_data={}))
    await settle()
    with caplog.at_level(logging.ERROR):
        await admission.close(0, "over")
    assert [record.message for record in caplog.records] == ["run_does_not_stop"]
    assert admission.running == 1
    freed.set()
    await settle()
    assert admission.running == 0
