"""Fan-out: branches run concurrently, each in its lane, and join once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from framework.errors import JournalError, RunPausedError
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.state import Phase
from framework.model.events import BranchesJoined, BranchOutcome, ErrorFacts

if TYPE_CHECKING:
    from framework.graph.scope import RunScope
    from framework.journal.state import WalkLane

_OVER = frozenset({Phase.LEFT, Phase.FAILED})

LaneWalk = Callable[["RunScope", str], Awaitable[ErrorFacts | None]]

_CANCELLED = ErrorFacts(error=BRANCH_CANCELLED, message="The branch was cancelled because a sibling failed.")


async def run_branches(run: RunScope, lane: WalkLane, walk: LaneWalk) -> None:
    """Run the branches of ``lane`` to their ends and record the join.

    Raises:
        RunPausedError: if a branch waits for a person, once the others are done.
        StepLimitError: if the run used up its steps.
    """
    await run.log.commit()
    fanout = _Fanout(run, lane, walk)
    ends = await (fanout.all_at_once() if run.is_parallel else fanout.one_by_one())
    outcomes = tuple(_outcome(run, branch, error) for branch, error in ends.items())
    run.log.record(
        lane.id,
        BranchesJoined(join=lane.join, succeeded=_is_success(run, outcomes), branches=outcomes),
    )


class _Fanout:
    """The branches of one fan-out while they run.

    A branch that nothing is known of when the others are done was cancelled.
    """

    def __init__(self, run: RunScope, lane: WalkLane, walk: LaneWalk) -> None:
        self._run = run
        self._lane = lane
        limit_s = run.parallel.branch_timeout_seconds
        self._walk = walk if limit_s is None else _timed(walk, limit_s)
        self._ends: dict[str, ErrorFacts | None] = dict.fromkeys(lane.branches, _CANCELLED)
        self._pauses: list[RunPausedError] = []
        self._is_cut_off = False
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def all_at_once(self) -> dict[str, ErrorFacts | None]:
        """Run the branches concurrently and return how each ended."""
        try:
            async with asyncio.TaskGroup() as group:
                for branch_id in self._in_order():
                    self._tasks[branch_id] = group.create_task(self._follow(branch_id))
        except BaseExceptionGroup as several:
            errors = several.exceptions
            raise next((error for error in errors if isinstance(error, JournalError)), errors[0]) from several
        return self._settled()

    async def one_by_one(self) -> dict[str, ErrorFacts | None]:
        """Run the branches in their declared order and return how each ended."""
        for branch_id in self._in_order():
            if not self._is_cut_off:
                await self._follow(branch_id)
        return self._settled()

    def _in_order(self) -> list[str]:
        """Return the branches, first those that have left their last node.

        When a run that stopped is carried on, a branch that failed then cuts
        its siblings off before they go any further, as it did before.
        """
        walk = self._run.log.state.walk
        return sorted(self._lane.branches, key=lambda name: walk(name).phase not in _OVER)

    async def _follow(self, branch_id: str) -> None:
        try:
            error = self._ends[branch_id] = await self._walk(self._run, branch_id)
            await self._run.log.commit()  # So that its end is heard now, not when a slower sibling is done.
        except RunPausedError as pause:
            self._pauses.append(pause)
            return
        if error is None or self._run.parallel.on_branch_failure != "fail_all":
            return
        self._is_cut_off = True
        for sibling, task in self._tasks.items():
            if sibling != branch_id and self._may_be_cut_off(sibling):
                task.cancel()

    def _may_be_cut_off(self, branch_id: str) -> bool:
        return self._run.cut_off is None or branch_id in self._run.cut_off

    def _settled(self) -> dict[str, ErrorFacts | None]:
        if self._pauses and not self._is_cut_off:
            raise self._pauses[0]
        return self._ends


def _timed(walk: LaneWalk, limit_s: float) -> LaneWalk:
    """Return a walk that fails when it takes longer than ``limit_s`` seconds."""

    async def timed(run: RunScope, branch_id: str) -> ErrorFacts | None:
        deadline = asyncio.timeout(limit_s)
        try:
            async with deadline:
                return await walk(run, branch_id)
        except TimeoutError:
            if not deadline.expired():
                raise
            return ErrorFacts(
                error="BranchTimeout", message=f"Branch {branch_id!r} took longer than {limit_s} s."
            )

    return timed


def _outcome(run: RunScope, branch_id: str, error: ErrorFacts | None) -> BranchOutcome:
    branch = run.log.state.walk(branch_id)
    return BranchOutcome(
        lane=branch_id,
        succeeded=error is None,
        at_join=error is None and branch.phase is Phase.AT_JOIN,
        digest=branch.digest.hex() if error is None else "",
        error=error,
    )


def _is_success(run: RunScope, outcomes: tuple[BranchOutcome, ...]) -> bool:
    if run.parallel.on_branch_failure == "continue_others":
        return any(outcome.succeeded for outcome in outcomes)
    return all(outcome.succeeded for outcome in outcomes)
