"""Where a run failed: the entry, the lane, the node and its visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import PacketError
from framework.journal.at_work import lanes_at_work
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.reading import fold_entries
from framework.journal.state import MAIN_LANE, Phase, belongs_to
from framework.model.events import (
    BranchesJoined,
    ErrorFacts,
    NodeFinished,
    NodeStarted,
    RunFinished,
    RunForked,
    RunRejected,
)

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


def after_fork(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return a run's own entries: of a fork, those after the last one that begins a fork."""
    forks = [place for place, entry in enumerate(entries, 1) if isinstance(entry.event, RunForked)]
    return entries[forks[-1] :] if forks else entries


def site_of(run_id: str, entries: Sequence[Entry]) -> Site:
    """Return where the run failed; of one that ended well, its end.

    Raises:
        PacketError: if the run has not ended.
    """
    own = after_fork(entries)
    end = next((entry for entry in reversed(own) if isinstance(entry.event, RunFinished)), None)
    if end is None or not isinstance(end.event, RunFinished):
        raise PacketError(f"Run {run_id!r} has not ended; a packet is made of a run that failed.")
    error = end.event.error
    cause = _cause(entries, error) if error is not None else None
    seq, lane, place = (cause.seq, cause.lane, "") if cause else _cut_off(run_id, entries, end)
    node_id, visit_seq = _visit(entries, lane, seq) or (place, seq)
    return Site(
        error=error or _without_error(own),
        status=end.event.status,
        lane=lane,
        node_id=node_id,
        seq=seq,
        visit_seq=visit_seq,
    )


class _Cut(NamedTuple):
    """Where a run ended that no failed visit did: the entry that says so, the lane, and its node."""

    seq: int
    lane: str
    node_id: str


def _cut_off(run_id: str, entries: Sequence[Entry], end: Entry) -> _Cut:
    """Return the first lane that was at work when the run, or the branch whose end failed it, was ended."""
    entry, within = _ended_branch(entries, end)
    state = fold_entries(run_id, entries[: entry.seq - 1])
    lanes = [lane for lane in lanes_at_work(state) if belongs_to(lane.id, within)]
    lanes.sort(key=lambda lane: lane.phase is not Phase.INSIDE)  # One inside a node shows more.
    lane = lanes[0] if lanes else state.walk(within)
    return _Cut(entry.seq, lane.id, lane.node_id or "")


def _ended_branch(entries: Sequence[Entry], end: Entry) -> tuple[Entry, str]:
    """Return the entry that ended the run and the main lane, or those of the innermost branch that did."""
    error = end.event.error if isinstance(end.event, RunFinished) else None
    found, lane = end, MAIN_LANE
    for entry in reversed(entries):
        joined = entry.event
        if entry.lane != lane or not isinstance(joined, BranchesJoined) or joined.succeeded:
            continue
        for branch in joined.branches:
            if branch.error is not None and branch.error == error:
                found, lane = entry, branch.lane
                break
    return found, lane


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


def _visit(entries: Sequence[Entry], lane: str, seq: int) -> tuple[str, int] | None:
    """Return the node of a lane's last visit before entry ``seq``, and the entry with which it began."""
    for entry in reversed(entries[: seq - 1]):
        if entry.lane == lane and isinstance(entry.event, NodeStarted):
            return entry.event.node_id, entry.seq
    return None
