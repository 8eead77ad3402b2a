"""What a run gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from framework.journal.at_work import nodes_at_work
from framework.journal.raised import told_error
from framework.journal.state import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.state import RunState, WalkLane

Quality = Literal["clean", "degraded", "failed"]

_MOST_NAMED = 5


# The order of the fields is public contract, so they may be given by position.
@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """The outcome of one run, read from its journal's fold.

    Attributes:
        output: the whole memory under its keys, terminal nodes' outputs included.
        total_cost_usd: US dollars; calls to unpriced models count as 0.
        total_latency_ms: milliseconds from the first event to the last.
        path: nodes visited, branches in declared order.
        paused_at: the node at which the run waits, if it does.
        session_state: pass it to ``execute`` to carry a paused run on.
        execution_quality: clean, degraded (something failed on the way) or failed.
        run_id: the run's id; empty when a program made the result without a run.
        status: the run's status, for example ``succeeded``.
        evaluation: the goal's scores, as ``GoalEvaluation.to_json`` gives them.
        at_nodes: the nodes at which the run waits, is at work or was cut off; several within a fan-out.
    """

    success: bool
    output: dict[str, Any] = field(default_factory=dict[str, Any])
    error: str | None = None
    steps_executed: int = 0
    total_tokens: int = 0
    total_cost_usd: float = 0.0
    total_latency_ms: int = 0
    path: list[str] = field(default_factory=list[str])
    paused_at: str | None = None
    session_state: dict[str, Any] = field(default_factory=dict[str, Any])
    total_retries: int = 0
    nodes_with_failures: list[str] = field(default_factory=list[str])
    retry_details: dict[str, int] = field(default_factory=dict[str, int])
    had_partial_failures: bool = False
    execution_quality: Quality = "clean"
    node_visit_counts: dict[str, int] = field(default_factory=dict[str, int])
    run_id: str = ""
    status: str = ""
    evaluation: dict[str, Any] | None = None
    at_nodes: list[str] = field(default_factory=list[str])

    @property
    def where(self) -> str:
        """Those nodes in words, ``node 'a'``; empty when there are none."""
        nodes = self.at_nodes or ([self.paused_at] if self.paused_at else [])
        return named_nodes(nodes) if nodes else ""


def result_of(state: RunState) -> ExecutionResult:
    """Return the result that a run's state stands for."""
    is_paused = state.status is RunStatus.PAUSED
    success = state.status is RunStatus.SUCCEEDED or is_paused
    return ExecutionResult(
        success=success,
        run_id=state.run_id,
        status=state.status.value,
        output={key: value.load() for key, value in state.main.memory.items()},
        error=told_error(state),
        steps_executed=state.steps,
        total_tokens=state.usage.total_tokens,
        total_cost_usd=float(state.usage.cost_usd),
        total_latency_ms=(state.ended_at_us - state.started_at_us) // 1000,
        path=_path(state, state.main),
        paused_at=state.paused_at,
        session_state={"run_id": state.run_id, "paused_at": state.paused_at} if is_paused else {},
        total_retries=sum(state.retries.values()),
        nodes_with_failures=list(state.failures),
        retry_details=dict(state.retries),
        had_partial_failures=state.branch_failed,
        execution_quality=_quality(state, success=success),
        node_visit_counts=_visits(state, state.main),
        evaluation=state.evaluation.load() if state.evaluation else None,
        at_nodes=nodes_at_work(state),
    )


def named_nodes(nodes: Sequence[str]) -> str:
    """Return nodes in words: ``node 'a'``, or ``nodes 'a', 'b' and 'c'``; of many the first."""
    *names, last = [repr(node) for node in nodes]
    if len(names) >= _MOST_NAMED:
        names, last = names[: _MOST_NAMED - 1], f"{len(nodes) - _MOST_NAMED + 1} more"
    return f"nodes {', '.join(names)} and {last}" if names else f"node {last}"


def _path(state: RunState, lane: WalkLane) -> list[str]:
    """Return the nodes a lane visited, those of branches under way last and in declared order."""
    under_way = [node_id for branch in lane.branches for node_id in _path(state, state.walk(branch))]
    return lane.path + under_way


def _visits(state: RunState, lane: WalkLane) -> dict[str, int]:
    visits = dict(lane.visits)
    for branch in map(state.walk, lane.branches):
        within = _visits(state, branch)
        visits.update({node_id: count for node_id, count in within.items() if count > visits.get(node_id, 0)})
    return visits


def _quality(state: RunState, *, success: bool) -> Quality:
    if not success:
        return "failed"
    return "degraded" if state.failures or state.branch_failed else "clean"
