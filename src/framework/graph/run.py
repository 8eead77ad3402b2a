"""One run from where its journal stands to its last entry: finished, paused or interrupted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework.clock import Clock
from framework.credentials.tracked import TrackedCredentials, in_run
from framework.errors import FrameworkError, JournalError, ProviderError, RunPausedError, RunTimeoutError
from framework.graph.contract import broken_promise
from framework.graph.goals import evaluate_goal
from framework.graph.walk import error_facts, walk_lane
from framework.journal.at_work import nodes_at_work
from framework.journal.ledger import GOAL
from framework.journal.log import LaneLog
from framework.journal.state import MAIN_LANE, RunStatus
from framework.llm.base import LLMProvider
from framework.loop.budget.base import BudgetGate
from framework.loop.captured_output import capturing
from framework.loop.model_call import ask_aside
from framework.model.events import ErrorFacts, RunFinished, RunPaused
from framework.model.value import Value
from framework.tools.programs import OwnedPrograms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.graph.goals import Ask, GoalEvaluation
    from framework.graph.scope import RunScope
    from framework.model.goal import Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """Asks a model on behalf of the whole run."""

    log: LaneLog
    clock: Clock
    llm: LLMProvider
    model: str
    max_tokens: int
    budget: BudgetGate | None
    credentials: TrackedCredentials
    node_id: str = GOAL


async def drive(run: RunScope) -> None:
    """Walk the run to its end, or to where it waits, and record which it was.

    Raises:
        JournalError: if the journal cannot be written.
    """
    log = run.log
    try:
        if run.cancel_requested():
            log.record(MAIN_LANE, cancelled())
            await log.commit(durable=True)
            return
        with in_run(run.credentials), capturing():
            async with OwnedPrograms():
                await _finish(run, await _walked(run))
    except RunPausedError as pause:
        nodes = dict.fromkeys((pause.node_id, *nodes_at_work(log.state)))
        log.record(MAIN_LANE, _paused([*nodes], run.credentials.failure_text(str(pause))))
    except asyncio.CancelledError:
        with suppress(JournalError):
            log.record(MAIN_LANE, _stopped(run))
            await asyncio.shield(log.commit(durable=True))
        raise
    await log.commit(durable=True)


def _stopped(run: RunScope) -> RunFinished | RunPaused:
    """Return how a run ends whose task was cancelled: for good if that was asked for, else resumable."""
    if run.cancel_requested():
        return cancelled()
    state = run.log.state
    return _paused(nodes_at_work(state) or [str(state.main.node_id)], "The run was interrupted.")


def _paused(nodes: Sequence[str], reason: str) -> RunPaused:
    first, *others = nodes
    return RunPaused(node_id=first, reason=reason, also_at=tuple(others))


def cancelled() -> RunFinished:
    """Return the end of a run that was cancelled for good."""
    return RunFinished(
        status=RunStatus.CANCELLED.value,
        error=ErrorFacts(error="Cancelled", message="The run was cancelled."),
    )


async def _walked(run: RunScope) -> ErrorFacts | None:
    """Walk the run to its end; return why it failed, or None."""
    limit_s = run.plan.graph.timeout_s
    try:
        if limit_s is None:
            return await walk_lane(run, MAIN_LANE)
        return await _walked_within(run, limit_s)
    except (JournalError, RunPausedError):
        raise
    except FrameworkError as error:
        return error_facts(error, run.credentials)


async def _walked_within(run: RunScope, limit_s: float) -> ErrorFacts | None:
    deadline = run.limits.of_run(limit_s)
    try:
        async with deadline, OwnedPrograms():
            return await walk_lane(run, MAIN_LANE)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise RunTimeoutError(
            f"The run took longer than {limit_s:g} s; raise timeout_s, or look for what hangs."
        ) from None


async def _finish(run: RunScope, error: ErrorFacts | None) -> None:
    """Measure what the run achieved and record its end."""
    evaluation, main = None, run.log.state.main
    if error is None and run.goal is not None and run.goal.output_schema:
        error = _broken_promise(run, run.goal)
    if run.goal is not None and (run.goal.success_criteria or run.goal.constraints):
        written = frozenset[str]().union(*(node.output_keys for node in run.plan.graph.nodes))
        is_failed = error is not None
        found = await evaluate_goal(
            run.goal, main, _ask(run), is_due=lambda metric: is_failed or metric in written
        )
        evaluation = Value.of(found.to_json())
        error = error or _violation(found)
    status = "succeeded" if error is None else "failed"
    run.log.record(MAIN_LANE, RunFinished(status=status, error=error, evaluation=evaluation))


def _broken_promise(run: RunScope, goal: Goal) -> ErrorFacts | None:
    memory = run.log.state.main.memory
    message = broken_promise(goal, {key: value.load() for key, value in memory.items()})
    if message is None:
        return None
    return ErrorFacts(error="OutputContractError", message=run.credentials.failure_text(message))


def _violation(found: GoalEvaluation) -> ErrorFacts | None:
    broken = [ruling for ruling in found.constraints if ruling.is_hard and ruling.kept is False]
    if not broken:
        return None
    message = f"Constraint {broken[0].id!r} is violated. {broken[0].note}".strip()
    return ErrorFacts(error="ConstraintViolated", message=message)


def _ask(run: RunScope) -> Ask | None:
    llm = run.llm_of(MAIN_LANE)
    if llm is None:
        return None
    asking = _Asking(
        log=LaneLog(run.log, MAIN_LANE),
        clock=run.clock,
        llm=llm,
        model=run.plan.graph.default_model,
        max_tokens=run.plan.graph.max_tokens,
        budget=run.budget,
        credentials=run.credentials,
    )

    async def ask(system: str, prompt: str, schema: dict[str, Any]) -> str:
        try:
            return await ask_aside(asking, GOAL, system, prompt, schema)
        except ProviderError as error:
            raise ProviderError(run.credentials.failure_text(str(error))) from error

    return ask
