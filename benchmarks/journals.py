"""The journals beside raw writes of the same bytes, and reading a stored run back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import orjson

from benchmarks import graphs
from benchmarks.measure import Row, in_turns, side_by_side
from framework.clock import ManualClock
from framework.graph import GraphExecutor
from framework.journal.files import FileJournal
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.model.events import LogWritten, RunStarted
from framework.model.value import Value
from framework.runtime.core import Runtime

_REPEATS = 9
_BATCHES = 2000
_DURABLE_STEPS = 200
_EVENTS = 1000


async def rows() -> list[Row]:
    """Return every row of this part."""
    runtime = Runtime()
    result = await GraphExecutor(runtime).execute(graphs.chain(100), None, {"n": 0})
    lines = (await runtime.journal.read(result.run_id))[1:5]  # What one function node commits at once.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            await _row(folder, lines),
            await _durable_row(folder, lines),
            await _resume_row(folder),
            *await _postgres_rows(lines),
        ]


async def _row(folder: Path, lines: list[bytes]) -> Row:
    writer = await FileJournal(folder, fsync="never").create("bench")

    async def ours() -> None:
        for _ in range(_BATCHES):
            await writer.append(lines, expected=writer.last_seq, blobs={})

    descriptor = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def baseline() -> None:
        for _ in range(_BATCHES):
            os.write(descriptor, b"\n".join((*lines, b"")))

    try:
        mine, theirs = await side_by_side(ours, baseline, _REPEATS)
    finally:
        os.close(descriptor)
        await writer.close()
    return Row(
        name="file journal, the events of one node (no fsync)",
        ours=mine / _BATCHES * 1e6,
        baseline=theirs / _BATCHES * 1e6,
        unit="us",
        limit=1.5,
    )


async def _durable_row(folder: Path, lines: list[bytes]) -> Row:
    writer = await FileJournal(folder).create("durable")

    async def ours() -> None:
        for _ in range(_DURABLE_STEPS):
            await writer.append(lines, expected=writer.last_seq, blobs={}, durable=True)

    descriptor = os.open(folder / "raw-durable", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def baseline() -> None:
        for _ in range(_DURABLE_STEPS):
            os.write(descriptor, b"\n".join((*lines, b"")))
            os.fsync(descriptor)

    try:
        mine, theirs = await in_turns(ours, baseline, _REPEATS)
    finally:
        os.close(descriptor)
        await writer.close()
    return _step_row("file journal, a durable step (write + fsync)", mine, theirs, 1.5)


def _step_row(name: str, mine: float, theirs: float, limit: float) -> Row:
    return Row(
        name=name,
        ours=mine / _DURABLE_STEPS * 1e6,
        baseline=theirs / _DURABLE_STEPS * 1e6,
        unit="us",
        limit=limit,
    )


async def _resume_row(folder: Path) -> Row:
    journal = FileJournal(folder, fsync="never")
    log = RunLog(await journal.create("resumed"), ManualClock())
    nothing = Value.of(None)
    log.record("m", RunStarted(agent="a", version="1", entry="n", goal=nothing, graph=nothing, input={}))
    for number in range(1, _EVENTS):
        log.record("m", LogWritten(stream="stdout", text=Value.of(f"line {number} of what a node said")))
    await log.close()

    async def ours() -> None:
        writer = await journal.open("resumed")
        await read_state(journal, "resumed")
        await writer.close()

    async def baseline() -> None:
        for line in (folder / "runs" / "resumed" / "journal.jsonl").read_bytes().splitlines():
            orjson.loads(line)

    mine, theirs = await in_turns(ours, baseline, _REPEATS)
    return Row(
        name=f"file journal, resume of a run of {_EVENTS} events",
        ours=mine * 1e3,
        baseline=theirs * 1e3,
        unit="ms",
        absolute_limit=50.0,
        note="(baseline: read and parse)",
    )


async def _postgres_rows(lines: list[bytes]) -> list[Row]:
    try:
        from benchmarks.postgres import durable_step  # noqa: PLC0415  (optional dependencies)

        mine, theirs = await durable_step(lines, steps=_DURABLE_STEPS, repeats=_REPEATS)
    except ModuleNotFoundError as error:
        print(f"PostgreSQL journal: skipped, {error.name!r} is missing (pip install 'hive-agents[server]')")
        return []
    return [_step_row("PostgreSQL journal, a durable step (one INSERT)", mine, theirs, 2.0)]
