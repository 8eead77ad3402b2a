"""``make bench``: prints our figure, a raw baseline of the same run, and the ratio."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from benchmarks import agents, bounds, fanout, imports, ingest, journals, walks
from benchmarks.measure import keep_freed_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Measurements, Row

MEASUREMENTS: Measurements = {
    name: measure
    for part in (walks, agents, journals, imports, bounds, ingest, fanout)
    for name, measure in part.MEASUREMENTS.items()
}
"""What can be measured, by name, in the order of the table."""


def line(row: Row) -> str:
    """Return one row of the table as text."""
    limits = [f"<= {row.limit:g} x"] if row.limit is not None else []
    limits += [f"<= {row.absolute_limit:g}"] if row.absolute_limit is not None else []
    verdict = ("ok" if row.is_met else "MISSED") if row.has_target else ""
    spread = f"({row.spread[0]:.2f}-{row.spread[1]:.2f})" if row.spread is not None else ""
    figures = f"{row.ours:10.2f} {row.baseline:10.2f} {row.unit:8} {row.ratio:6.2f} x {spread:13}"
    return f"{row.name:50} {figures} {', '.join(limits):16} {verdict:6}  {row.note}".rstrip()


def summary(rows: Sequence[Row], skipped: Sequence[str]) -> str:
    """Return the last line: how many rows missed what was promised, and what was not measured."""
    promised = [row for row in rows if row.has_target]
    missed = [row.name for row in promised if not row.is_met]
    names = f": {'; '.join(missed)}" if missed else ""
    left_out = f" Not measured: {', '.join(skipped)}." if skipped else ""
    return f"{len(missed)} of {len(promised)} rows missed their target{names}.{left_out}"


async def measured(names: Sequence[str], *, is_strict: bool) -> int:
    """Print the rows of the named measurements as they come, and return the exit code."""
    keep_freed_memory()
    print(f"{'':50} {'ours':>10} {'baseline':>10} {'':8} {'ratio':>8} {'(middle half)':13} target")
    rows: list[Row] = []
    skipped: list[str] = []
    for name in names:
        found = await MEASUREMENTS[name]()
        skipped += [] if found else [name]
        for row in found:
            print(line(row), flush=True)
        rows += found
    print(summary(rows, skipped))
    return 1 if is_strict and not all(row.is_met for row in rows) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments name, everything by default, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a row misses its target")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"nothing is called {', '.join(map(repr, unknown))}; choose {', '.join(MEASUREMENTS)}")
    return asyncio.run(measured(given.names or list(MEASUREMENTS), is_strict=given.strict))


if __name__ == "__main__":
    sys.exit(main())
