"""Fan-out: branches run concurrently, each in its lane, and join once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from framework.errors import RunPausedError
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.state import Phase
from framework.model.events import BranchesJoined, BranchOutcome, ErrorFacts

if TYPE_CHECKING:
    from framework.graph.scope import RunScope
    from framework.journal.state import WalkLane

LaneWalk = Callable[["RunScope", str], Awaitable[ErrorFacts | None]]

_CANCELLED = ErrorFacts(error=BRANCH_CANCELLED, message="The branch was cancelled because a sibling failed.")


async def run_branches(run: RunScope, lane: WalkLane, walk: LaneWalk) -> None:
    """Run the branches of ``lane`` to their ends and record the join.

    Raises:
        RunPausedError: if a branch waits for a person, once the others are done.
        StepLimitError: if the run used up its steps.
    """
    await run.log.commit()
    ends: dict[str, ErrorFacts | None] = dict.fromkeys(lane.branches, _CANCELLED)
    if run.is_parallel:
        await _all_at_once(run, lane, walk, ends)
    else:
        await _one_by_one(run, lane, walk, ends)
    outcomes = tuple(_outcome(run, branch, error) for branch, error in ends.items())
    run.log.record(
        lane.id,
        BranchesJoined(join=lane.join, succeeded=_is_success(run, outcomes), branches=outcomes),
    )


async def _all_at_once(
    run: RunScope, lane: WalkLane, walk: LaneWalk, ends: dict[str, ErrorFacts | None]
) -> None:
    tasks: dict[str, asyncio.Task[None]] = {}
    pauses: list[RunPausedError] = []

    async def branch(branch_id: str) -> None:
        try:
            ends[branch_id] = await _timed(run, branch_id, walk)
        except RunPausedError as pause:
            pauses.append(pause)
            return
        if ends[branch_id] is not None and run.parallel.on_branch_failure == "fail_all":
            for sibling, task in tasks.items():
                if sibling != branch_id:
                    task.cancel()

    try:
        async with asyncio.TaskGroup() as group:
            for branch_id in lane.branches:
                tasks[branch_id] = group.create_task(branch(branch_id))
    except BaseExceptionGroup as group_error:
        raise group_error.exceptions[0] from group_error
    if pauses:
        raise pauses[0]


async def _one_by_one(
    run: RunScope, lane: WalkLane, walk: LaneWalk, ends: dict[str, ErrorFacts | None]
) -> None:
    for branch_id in lane.branches:
        ends[branch_id] = await _timed(run, branch_id, walk)
        if ends[branch_id] is not None and run.parallel.on_branch_failure == "fail_all":
            return


async def _timed(run: RunScope, branch_id: str, walk: LaneWalk) -> ErrorFacts | None:
    limit = run.parallel.branch_timeout_seconds
    if limit is None:
        return await walk(run, branch_id)
    deadline = asyncio.timeout(limit)
    try:
        async with deadline:
            return await walk(run, branch_id)
    except TimeoutError:
        if not deadline.expired():
            raise
        return ErrorFacts(error="BranchTimeout", message=f"Branch {branch_id!r} took longer than {limit} s.")


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
