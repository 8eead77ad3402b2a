"""The file journal beside a raw append: joining the same lines and writing them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import graphs
from benchmarks.measure import Row, side_by_side
from framework.graph import GraphExecutor
from framework.journal.files import FileJournal
from framework.runtime.core import Runtime

_REPEATS = 9
_BATCHES = 2000


async def rows() -> list[Row]:
    """Return every row of this part."""
    runtime = Runtime()
    result = await GraphExecutor(runtime).execute(graphs.chain(100), None, {"n": 0})
    lines = (await runtime.journal.read(result.run_id))[1:5]  # What one function node commits at once.
    with tempfile.TemporaryDirectory() as folder:
        return [await _row(Path(folder), lines)]


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
