"""How tight the predicted bounds are: predicted over observed visits, on random graphs."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.measure import Row

_GRAPHS = 300
_SEED = 7

if TYPE_CHECKING:
    from benchmarks.measure import Measurements


async def rows() -> list[Row]:
    """Return every row of this part."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.support.bound_tightness import bound_tightness  # noqa: PLC0415 - found on the path set above

    ratios = bound_tightness(_GRAPHS, _SEED)
    tenth = quantiles(ratios, n=10)[-1]
    return [
        Row(
            name=f"predicted / observed visits, {_GRAPHS} random graphs",
            ours=median(ratios),
            baseline=1.0,
            unit="median",
            limit=2.0,
            note=f"9 of 10 graphs <= {tenth:.2f} x, never below {min(ratios):.2f} x",
        )
    ]


MEASUREMENTS: Measurements = {"bounds": rows}
"""What this part measures, by name."""
