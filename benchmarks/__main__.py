"""``make bench``: prints our figure, a raw baseline of the same run, and the ratio."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from benchmarks import agents, bounds, fanout, imports, ingest, journals, walks

if TYPE_CHECKING:
    from benchmarks.measure import Row


def line(row: Row) -> str:
    """Return one row of the table as text."""
    limit = "" if row.limit is None else f"<= {row.limit:g} x"
    if row.absolute_limit is not None:
        limit += f", <= {row.absolute_limit:g}"
    verdict = "ok" if row.is_met else "MISSED"
    note = f"  {row.note}" if row.note else ""
    figures = f"{row.ours:10.2f} {row.baseline:10.2f} {row.unit:8} {row.ratio:6.2f} x"
    return f"{row.name:50} {figures}  {limit:16} {verdict}{note}"


async def main() -> None:
    """Print the table."""
    print(f"{'':50} {'ours':>10} {'baseline':>10} {'':8} {'ratio':>8}  target")
    for part in (walks, agents, journals, imports, bounds, ingest, fanout):
        for row in await part.rows():
            print(line(row), flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
