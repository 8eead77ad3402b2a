"""What importing costs, beside importing Pydantic alone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.measure import Row

_REPEATS = 7
_PROBE = """
import time
started = time.process_time()
{statement}
print(time.process_time() - started)
"""
_FRAMEWORK = "import framework.graph, framework.llm"

if TYPE_CHECKING:
    from benchmarks.measure import Measurements


def seconds(statement: str) -> float:
    """Return the least processor seconds of ``statement`` in a fresh interpreter."""
    code = _PROBE.format(statement=statement)
    runs = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(_REPEATS)
    )
    return min(float(run) for run in runs)


async def rows() -> list[Row]:
    """Return every row of this part."""
    pydantic = seconds("import pydantic") * 1000
    return [
        Row(
            name="import framework.graph and .llm",
            ours=seconds(_FRAMEWORK) * 1000,
            baseline=pydantic,
            unit="ms",
            limit=3.0,
        ),
        Row(
            name="import hive.cli.main",
            ours=seconds("import hive.cli.main") * 1000,
            baseline=pydantic,
            unit="ms",
            limit=4.0,
        ),
    ]


MEASUREMENTS: Measurements = {"imports": rows}
"""What this part measures, by name."""
