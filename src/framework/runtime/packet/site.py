"""Where a run failed: the entry, the lane, the node and its visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.errors import PacketError
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.state import MAIN_LANE
from framework.model.events import ErrorFacts, NodeFinished, NodeStarted, RunFinished, RunRejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.entry import Entry

GOAL_MISSED = "GoalMissed"
"""Stands for the error of a run that ended well and missed its goal."""

REJECTED = "RunRejected"
"""Stands for the error of a run that ended well and that a person rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a run failed; ``visit_seq`` is the entry with which the failing visit began."""

    error: ErrorFacts
    status: str
    lane: str
    node_id: str
    seq: int
    visit_seq: int


def site_of(run_id: str, entries: Sequence[Entry]) -> Site:
    """Return where the run failed; of one that ended well, its end.

    Raises:
        PacketError: if the run has not ended.
    """
    end = next((entry for entry in reversed(entries) if isinstance(entry.event, RunFinished)), None)
    if end is None or not isinstance(end.event, RunFinished):
        raise PacketError(f"Run {run_id!r} has not ended; a packet is made of a run that failed.")
    error = end.event.error
    cause = _cause(entries, error) if error is not None else None
    failed = cause or end
    node_id, visit_seq = _visit(entries, failed)
    return Site(
        error=error or _without_error(entries),
        status=end.event.status,
        lane=failed.lane,
        node_id=node_id,
        seq=failed.seq,
        visit_seq=visit_seq,
    )


def _without_error(entries: Sequence[Entry]) -> ErrorFacts:
    """Return what stands for the error of a run that ended well."""
    for entry in entries:
        if isinstance(entry.event, RunRejected):
            return ErrorFacts(error=REJECTED, message=entry.event.reason)
    return ErrorFacts(error=GOAL_MISSED, message="The run ended well and missed its goal.")


def _cause(entries: Sequence[Entry], error: ErrorFacts) -> Entry | None:
    """Return the failed visit whose error ended the run, None if no visit did."""
    failed = [
        entry
        for entry in entries
        if isinstance(entry.event, NodeFinished)
        and entry.event.error is not None
        and entry.event.error.error == error.error
        and entry.event.error.error != BRANCH_CANCELLED
    ]
    exact = [entry for entry in failed if _message(entry) == error.message]
    begun = [entry for entry in failed if error.message.startswith(_message(entry))]
    return next(reversed(exact or begun), None)


def _message(entry: Entry) -> str:
    error = getattr(entry.event, "error", None)
    return error.message if isinstance(error, ErrorFacts) else ""


def _visit(entries: Sequence[Entry], failed: Entry) -> tuple[str, int]:
    """Return the node whose visit failed, and the entry with which that visit began."""
    lane = failed.lane if isinstance(failed.event, NodeFinished) else MAIN_LANE
    begun = [
        entry
        for entry in entries
        if isinstance(entry.event, NodeStarted) and entry.lane == lane and entry.seq < failed.seq
    ]
    if not begun:
        return "", failed.seq
    last = begun[-1]
    return last.event.node_id if isinstance(last.event, NodeStarted) else "", last.seq
