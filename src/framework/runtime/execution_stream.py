"""The runs of one entry point: those that wait, those under way, and what the last ones came to."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.errors import QueueFullError
from framework.graph.result import ExecutionResult
from framework.journal.state import RunStatus
from framework.runtime.entry_point import EntryPointSpec
from framework.runtime.session import Session

__all__ = ["EntryPointSpec", "Execution", "ExecutionStream"]


@dataclass(slots=True, kw_only=True, eq=False)
class Execution:
    """One run that was asked for.

    Attributes:
        number: its place among all runs asked for, from 1.
        is_resumed: whether it carries a stored run on.
        kept: the input with which it was stored as it had to wait for its turn, None if it was not.
        keeping: held while it is stored; it begins after that.
        session: what it shares with other runs, if anything.
        is_cancelled: whether it was asked to end for good.
        task: runs it; None while it waits.
        result: what it came to, once its task knows.
        done: has the result when the run is over and its place is free.
    """

    run_id: str
    number: int
    input_data: Mapping[str, Any]
    correlation_id: str | None = None
    is_resumed: bool = False
    kept: Mapping[str, Any] | None = None
    keeping: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_cancelled: bool = False
    session: Session | None = None
    task: asyncio.Task[None] | None = None
    result: ExecutionResult | None = None
    done: asyncio.Future[ExecutionResult] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def is_stored(self) -> bool:
        """Whether it is stored before it begins, so that it can be carried on if it does not."""
        return self.is_resumed or self.kept is not None

    async def outcome(self, timeout_s: float | None = None) -> ExecutionResult | None:
        """Return the result, None if it takes longer than ``timeout_s`` seconds."""
        await asyncio.wait({self.done}, timeout=timeout_s)
        return self.done.result() if self.done.done() else None


def not_run(run_id: str, error: str, status: RunStatus = RunStatus.CANCELLED) -> ExecutionResult:
    """Return the result of a run that has none in its journal."""
    return ExecutionResult(
        success=False, run_id=run_id, status=status.value, error=error, execution_quality="failed"
    )


def put_off(run_id: str, reason: str) -> ExecutionResult:
    """Return the result of a stored run that does not begin now and can be carried on."""
    return ExecutionResult(
        success=True,
        run_id=run_id,
        status=RunStatus.PAUSED.value,
        error=reason,
        session_state={"run_id": run_id},
    )


_ENDS = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.PAUSED, RunStatus.CANCELLED)


class ExecutionStream:
    """Admits the runs of one entry point: a limited number at a time, the others in order of arrival.

    Attributes:
        spec: the entry point.
        skipped: ticks of its timer that found no free place.
    """

    def __init__(self, spec: EntryPointSpec, *, max_waiting: int, results_kept: int) -> None:
        """Let ``max_waiting`` runs wait and keep the results of the last ``results_kept``."""
        self.spec = spec
        self.skipped = 0
        self._max_waiting = max_waiting
        self._results_kept = results_kept
        self._waiting: OrderedDict[str, Execution] = OrderedDict()
        self._running: dict[str, Execution] = {}
        self._results: OrderedDict[str, ExecutionResult] = OrderedDict()
        self._counts: Counter[str] = Counter()

    @property
    def has_free_place(self) -> bool:
        """Whether a run asked for now would not have to wait for another of this entry point."""
        return len(self._running) + len(self._waiting) < self.spec.limit

    @property
    def next(self) -> Execution | None:
        """The run to begin next; None when none waits or there is no room."""
        if not self._waiting or len(self._running) >= self.spec.limit:
            return None
        return next(iter(self._waiting.values()))

    def put(self, execution: Execution) -> None:
        """Let a run wait for its turn.

        Raises:
            QueueFullError: if too many wait already.
        """
        if len(self._waiting) >= self._max_waiting:
            self._counts["refused"] += 1
            raise QueueFullError(
                f"{len(self._waiting)} runs wait at the entry point {self.spec.id!r} already, the most; "
                "ask again later, or raise max_waiting or max_concurrent."
            )
        self._waiting[execution.run_id] = execution
        self._counts["asked"] += 1

    def begin(self, execution: Execution) -> None:
        """Move a run from those that wait to those under way."""
        del self._waiting[execution.run_id]
        self._running[execution.run_id] = execution

    def withdraw(self, execution: Execution, result: ExecutionResult) -> None:
        """Drop a run that waits."""
        del self._waiting[execution.run_id]
        self._conclude(execution, result)

    def end(self, execution: Execution, result: ExecutionResult) -> None:
        """Free the place of a run that is over."""
        del self._running[execution.run_id]
        self._conclude(execution, result)

    def waiting(self) -> list[Execution]:
        """Return the runs that wait, in order."""
        return list(self._waiting.values())

    def result(self, run_id: str) -> ExecutionResult | None:
        """Return what a run came to, None if that is not known or was long ago."""
        return self._results.get(run_id)

    def stats(self) -> dict[str, int]:
        """Return how many runs there were and are."""
        return {
            "waiting": len(self._waiting),
            "running": len(self._running),
            "max_concurrent": self.spec.limit,
            "asked": self._counts["asked"],
            **{status.value: self._counts[status.value] for status in _ENDS},
            "refused": self._counts["refused"],
            "skipped_ticks": self.skipped,
        }

    def _conclude(self, execution: Execution, result: ExecutionResult) -> None:
        self._counts[result.status] += 1
        self._results[execution.run_id] = result
        self._results.move_to_end(execution.run_id)
        while len(self._results) > self._results_kept:
            self._results.popitem(last=False)
        if not execution.done.done():
            execution.done.set_result(result)
