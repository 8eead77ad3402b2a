"""What a runtime tells of its runs: that one waits for its turn, began, or is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from framework.graph.result import ExecutionResult


class RunStage(StrEnum):
    """How far a run is in a runtime."""

    WAITS = "waits"
    BEGAN = "began"
    OVER = "over"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNews:
    """One step of a run.

    Attributes:
        run_id: the run; empty where a timer could not ask for one.
        entry_point: where it came in.
        result: what it came to, once it is over; one that paused can be carried on.
    """

    stage: RunStage
    run_id: str
    entry_point: str
    result: ExecutionResult | None = None


RunListener = Callable[[RunNews], None]
