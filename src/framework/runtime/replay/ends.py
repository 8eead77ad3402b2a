"""How a recorded run and its branches ended, as far as that was not their own doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import RunTimeoutError, StepLimitError
from framework.journal.fold import BRANCH_CANCELLED, BRANCH_TIMEOUT
from framework.journal.state import Phase, RunStatus, belongs_to
from framework.model.events import BranchesJoined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from framework.journal.state import RunState
    from framework.model.events import Event


class RecordedEnds:
    """What was cut off in a recorded run.

    A run that was cut off from outside is replayed up to there.

    Attributes:
        is_out_of_steps: whether the run's branches used up the steps between them; which of them came to
            the limit is chance.
        cut_off_by: what cut the run off, in words that follow "the run"; empty if nothing did.
        is_final: whether the run ended by itself.
        timed_out: the branches that ran out of time.
        cancelled: the branches that were cut off because a sibling failed.
    """

    def __init__(self, state: RunState, events: Iterable[Event]) -> None:
        """Read it out of the events of a run that came to ``state``."""
        self.is_out_of_steps = _failed_for(state, StepLimitError) and state.main.phase is Phase.FORKED
        self.cut_off_by = _cut_off_by(state, is_out_of_steps=self.is_out_of_steps)
        self.is_final = state.status.is_final and not self.cut_off_by
        self.timed_out: set[str] = set()
        self.cancelled: set[str] = set()
        for event in events:
            if isinstance(event, BranchesJoined):
                self.timed_out |= _branches(event, BRANCH_TIMEOUT)
                self.cancelled |= _branches(event, BRANCH_CANCELLED)

    def is_cut(self, lane_id: str) -> bool:
        """Whether a lane belongs to a branch that did not come to its own end."""
        return _is_in(lane_id, self.cancelled) or _is_in(lane_id, self.timed_out)


def _branches(joined: BranchesJoined, error: str) -> set[str]:
    return {branch.lane for branch in joined.branches if branch.error and branch.error.error == error}


def _cut_off_by(state: RunState, *, is_out_of_steps: bool) -> str:
    if state.status is RunStatus.CANCELLED:
        return "was cancelled"
    if is_out_of_steps:
        return "used up its steps"
    return "ran out of time" if _failed_for(state, RunTimeoutError) else ""


def _failed_for(state: RunState, kind: type[Exception]) -> bool:
    return state.error is not None and state.error.error == kind.__name__


def _is_in(lane_id: str, branches: Collection[str]) -> bool:
    return any(belongs_to(lane_id, branch) for branch in branches)
