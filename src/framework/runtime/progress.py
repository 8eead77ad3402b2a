"""Progress towards a goal: what the finished runs scored, read from their journals."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from framework.errors import JournalError
from framework.journal.entry import decode_line
from framework.journal.reading import read_entries
from framework.model.events import RunFinished

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.base import Journal
    from framework.model.goal import Goal

_log = logging.getLogger("framework.runtime")

RUNS_READ = 200
"""Finished runs that count, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    status: str
    evaluation: dict[str, Any]


class GoalProgress:
    """Reads the last stored runs; what a finished one scored never changes and is read once."""

    def __init__(self, journal: Journal, goal: Goal | None) -> None:
        """Measure the runs in ``journal`` against ``goal``."""
        self._journal = journal
        self._goal = goal
        self._known: dict[str, _Ending] = {}

    async def measure(self) -> dict[str, Any]:
        """Return the progress as JSON data; docs/runtime.md says what it holds."""
        endings, unreadable = await self._endings()
        criteria = {item.id: self._criterion(item.id, endings) for item in self._criteria()}
        weights = {item.id: item.weight for item in self._criteria()}
        total = sum(weights.values())
        reached = sum(weights[name] * (found["score"] or 0.0) for name, found in criteria.items())
        return {
            "goal_id": self._goal.id if self._goal else None,
            "overall_progress": round(reached / total, 6) if total else None,
            "criteria_status": criteria,
            "constraint_violations": _violations(endings),
            "runs": {
                "measured": sum(bool(ending.evaluation) for ending in endings),
                **{status: sum(ending.status == status for ending in endings) for status in _STATUSES},
                "unreadable": unreadable,
            },
        }

    def _criteria(self) -> Sequence[Any]:
        return self._goal.success_criteria if self._goal else ()

    def _criterion(self, criterion_id: str, endings: Sequence[_Ending]) -> dict[str, Any]:
        """Return the mean score of one criterion over the runs that measured it."""
        scores = [
            float(found["score"])
            for ending in endings
            for found in cast("list[dict[str, Any]]", ending.evaluation.get("criteria", []))
            if found["id"] == criterion_id and found["score"] is not None
        ]
        spec = next(item for item in self._criteria() if item.id == criterion_id)
        return {
            "description": spec.description,
            "weight": spec.weight,
            "score": round(sum(scores) / len(scores), 6) if scores else None,
            "best": max(scores, default=None),
            "runs_measured": len(scores),
        }

    async def _endings(self) -> tuple[list[_Ending], int]:
        """Return how the last runs ended, and how many of them do not read back."""
        run_ids = (await self._journal.run_ids())[-RUNS_READ:]
        unreadable = 0
        for run_id in run_ids:
            if run_id in self._known:
                continue
            try:
                ending = await self._ending(run_id)
            except JournalError as error:
                _log.warning("run_not_counted", extra={"run_id": run_id, "error": str(error)})
                unreadable += 1
                continue
            if ending is not None:
                self._known[run_id] = ending
        self._known = {run_id: self._known[run_id] for run_id in run_ids if run_id in self._known}
        return list(self._known.values()), unreadable

    async def _ending(self, run_id: str) -> _Ending | None:
        """Return how a run ended, None while it has not."""
        lines = await self._journal.read(run_id)
        last = decode_line(lines[-1]).event if lines else None
        if not isinstance(last, RunFinished):
            return None
        entries = await read_entries(self._journal, run_id, after=len(lines) - 1)
        event = cast("RunFinished", entries[-1].event)
        stored: Any = event.evaluation.load() if event.evaluation is not None else None
        evaluation: dict[str, Any] = stored or {}
        return _Ending(status=event.status, evaluation=evaluation)


_STATUSES = ("succeeded", "failed", "cancelled")


def _violations(endings: Sequence[_Ending]) -> dict[str, int]:
    """Return how many runs broke each constraint."""
    counts: dict[str, int] = {}
    for ending in endings:
        for ruling in cast("list[dict[str, Any]]", ending.evaluation.get("constraints", [])):
            if ruling["kept"] is False:
                counts[ruling["id"]] = counts.get(ruling["id"], 0) + 1
    return counts
