"""Fan-out: branches run concurrently, each in its lane, and join once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from framework.errors import JournalError, RunPausedError
from framework.journal.fold import BRANCH_CANCELLED, BRANCH_TIMEOUT
from framework.journal.state import Phase
from framework.model.events import BranchesJoined, BranchOutcome, ErrorFacts
from framework.tools.programs import OwnedPrograms

if TYPE_CHECKING:
    from framework.graph.scope import RunScope
    from framework.journal.state import WalkLane

_AT_JOIN = Phase.AT_JOIN  # Up to Python 3.11 every look-up of an enum's member is a function call.

LaneWalk = Callable[["RunScope", str], Awaitable[ErrorFacts | None]]


class LaneEnd:
    """The end of a lane's walk: why it failed, or None."""

    __slots__ = ("error",)

    def __init__(self, error: ErrorFacts | None = None) -> None:
        """End a walk."""
        self.error = error


KnownEnd = Callable[["RunScope", str], LaneEnd | None]
"""Gives how a lane ended that needs no more work, None where there is some left."""

_CANCELLED = ErrorFacts(error=BRANCH_CANCELLED, message="The branch was cancelled because a sibling failed.")


async def run_branches(run: RunScope, lane: WalkLane, walk: LaneWalk, known_end: KnownEnd) -> None:
    """Run the branches of ``lane`` to their ends and record the join.

    When a run that stopped is carried on, a branch that had come to its end keeps
    it, and if it failed cuts its siblings off before they go any further.

    Raises:
        RunPausedError: if a branch waits for a person, once the others are done.
        StepLimitError: if the run used up its steps.
    """
    fanout = _Fanout(run, lane, walk)
    fanout.settle(known_end)
    await run.log.commit()
    is_at_once = run.is_parallel or run.limits.is_end_here(lane.id)  # There each of them waits where it was.
    ends = await (fanout.all_at_once() if is_at_once else fanout.one_by_one())
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
        self._walk = _owned(walk) if limit_s is None else _timed(_owned(walk), limit_s)
        self._ends: dict[str, ErrorFacts | None] = dict.fromkeys(lane.branches, _CANCELLED)
        self._under_way: list[str] = []
        self._pauses: dict[str, RunPausedError] = {}
        self._is_cut_off = False
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def settle(self, known_end: KnownEnd) -> None:
        """Note how the branches ended that need no more work, before any other goes on."""
        for branch_id in self._lane.branches:
            end = known_end(self._run, branch_id)
            if end is None:
                self._under_way.append(branch_id)
            else:
                self._ends[branch_id] = end.error
                self._cut_off_siblings(branch_id)

    async def all_at_once(self) -> dict[str, ErrorFacts | None]:
        """Run the branches concurrently and return how each ended."""
        try:
            async with asyncio.TaskGroup() as group:
                for branch_id in self._under_way:
                    if not self._are_others_lost:
                        self._tasks[branch_id] = group.create_task(self._follow(branch_id))
        except BaseExceptionGroup as several:
            errors = several.exceptions
            raise next((error for error in errors if isinstance(error, JournalError)), errors[0]) from several
        return self._settled()

    async def one_by_one(self) -> dict[str, ErrorFacts | None]:
        """Run the branches in their declared order and return how each ended."""
        for branch_id in self._under_way:
            if not self._are_others_lost:
                await self._follow(branch_id)
        return self._settled()

    async def _follow(self, branch_id: str) -> None:
        try:
            if self._is_known_to_be_cut_off(branch_id):
                await self._follow_to_cut(branch_id)
                return
            self._ends[branch_id] = await self._walk(self._run, branch_id)
            await self._run.log.commit()  # So that its end is heard now, not when a slower sibling is done.
        except RunPausedError as pause:
            self._pauses[branch_id] = pause
            return
        self._cut_off_siblings(branch_id)

    async def _follow_to_cut(self, branch_id: str) -> None:
        """Walk a branch that a replay knows to be cut off, up to where it was."""
        if self._run.limits.is_over(branch_id):
            return
        deadline = self._run.limits.of_cut_off(branch_id)
        try:
            async with deadline:
                await self._walk(self._run, branch_id)
        except TimeoutError:
            if not deadline.expired():
                raise

    def _cut_off_siblings(self, branch_id: str) -> None:
        """Cut the siblings of a branch off if it failed and that fails all."""
        if self._ends[branch_id] is None or self._run.parallel.on_branch_failure != "fail_all":
            return
        self._is_cut_off = True
        if self._run.cut_off is not None:
            return  # In a replay each of them ends where it did.
        for sibling, task in self._tasks.items():
            if sibling != branch_id:
                task.cancel()

    @property
    def _are_others_lost(self) -> bool:
        """Whether the branches that have not begun never will."""
        return self._is_cut_off and self._run.cut_off is None

    def _is_pause_lost(self, branch_id: str) -> bool:
        """Whether a branch that waits never goes on because a sibling failed.

        In a replay the sibling may fail before this one has gone on as it did: only what is left of it tells.
        """
        if self._run.cut_off is None:
            return self._is_cut_off
        return self._is_known_to_be_cut_off(branch_id) and self._run.limits.is_over(branch_id)

    def _is_known_to_be_cut_off(self, branch_id: str) -> bool:
        return self._run.cut_off is not None and branch_id in self._run.cut_off

    def _settled(self) -> dict[str, ErrorFacts | None]:
        for branch_id, pause in self._pauses.items():
            if not self._is_pause_lost(branch_id):
                raise pause
        lost = self._run.cut_off or ()  # In a replay, as recorded, wherever they had come to.
        return {name: _CANCELLED if name in lost else error for name, error in self._ends.items()}


def _owned(walk: LaneWalk) -> LaneWalk:
    """Return a walk that ends the programs of its nodes when it is cut off."""

    async def owned(run: RunScope, branch_id: str) -> ErrorFacts | None:
        async with OwnedPrograms():
            return await walk(run, branch_id)

    return owned


def _timed(walk: LaneWalk, limit_s: float) -> LaneWalk:
    """Return a walk that fails when it takes longer than ``limit_s`` seconds."""

    async def timed(run: RunScope, branch_id: str) -> ErrorFacts | None:
        deadline = run.limits.of_branch(branch_id, limit_s)
        try:
            async with deadline:
                return await walk(run, branch_id)
        except TimeoutError:
            if not deadline.expired():
                raise
            return ErrorFacts(
                error=BRANCH_TIMEOUT, message=f"Branch {branch_id!r} took longer than {limit_s} s."
            )

    return timed


def _outcome(run: RunScope, branch_id: str, error: ErrorFacts | None) -> BranchOutcome:
    branch = run.log.state.walk(branch_id)
    return BranchOutcome(
        lane=branch_id,
        succeeded=error is None,
        at_join=error is None and branch.phase is _AT_JOIN,
        digest=branch.digest.hex() if error is None else "",
        error=error,
    )


def _is_success(run: RunScope, outcomes: tuple[BranchOutcome, ...]) -> bool:
    if run.parallel.on_branch_failure == "continue_others":
        return any(outcome.succeeded for outcome in outcomes)
    return all(outcome.succeeded for outcome in outcomes)
