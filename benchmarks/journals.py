"""The journals beside raw writes of the same bytes, and reading a stored run back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from benchmarks import graphs
from benchmarks.measure import Row, Sides, in_turns, side_by_side
from framework.clock import ManualClock
from framework.graph import GraphExecutor
from framework.journal.files import FileJournal
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.model.events import LogWritten, RunStarted
from framework.model.value import Value
from framework.runtime.core import Runtime

if TYPE_CHECKING:
    from benchmarks.measure import Measurements

_REPEATS = 9
_BATCHES = 2000
_DURABLE_STEPS = 200
_EVENTS = 1000


async def _lines() -> list[bytes]:
    """Return what one function node commits at once."""
    runtime = Runtime()
    result = await GraphExecutor(runtime).execute(graphs.chain(100), None, {"n": 0})
    return (await runtime.journal.read(result.run_id))[1:5]


async def file_rows() -> list[Row]:
    """Return the rows of the journal on disk."""
    lines = await _lines()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [await _row(folder, lines), await _durable_row(folder, lines), await _resume_row(folder)]


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
        sides = await side_by_side(ours, baseline, _REPEATS)
    finally:
        os.close(descriptor)
        await writer.close()
    return Row(
        name="file journal, the events of one node (no fsync)",
        ours=sides.ours / _BATCHES * 1e6,
        baseline=sides.baseline / _BATCHES * 1e6,
        unit="us",
        limit=1.5,
        spread=sides.spread,
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
        sides = await in_turns(ours, baseline, _REPEATS)
    finally:
        os.close(descriptor)
        await writer.close()
    return _step_row("file journal, a durable step (write + fsync)", sides, 1.5)


def _step_row(name: str, sides: Sides, limit: float) -> Row:
    return Row(
        name=name,
        ours=sides.ours / _DURABLE_STEPS * 1e6,
        baseline=sides.baseline / _DURABLE_STEPS * 1e6,
        unit="us",
        limit=limit,
        spread=sides.spread,
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

    sides = await in_turns(ours, baseline, _REPEATS)
    return Row(
        name=f"file journal, resume of a run of {_EVENTS} events",
        ours=sides.ours * 1e3,
        baseline=sides.baseline * 1e3,
        unit="ms",
        absolute_limit=50.0,
        note="(baseline: read and parse)",
        spread=sides.spread,
    )


async def postgres_rows() -> list[Row]:
    """Return the rows of the journal in a database."""
    try:
        from benchmarks.postgres import durable_step  # noqa: PLC0415  (optional dependencies)

        sides = await durable_step(await _lines(), steps=_DURABLE_STEPS, repeats=_REPEATS)
    except ModuleNotFoundError as error:
        print(f"PostgreSQL journal: skipped, {error.name!r} is missing (pip install 'hive-agents[server]')")
        return []
    return [_step_row("PostgreSQL journal, a durable step (one INSERT)", sides, 2.0)]


MEASUREMENTS: Measurements = {"journal": file_rows, "postgres": postgres_rows}
"""What this part measures, by name."""
