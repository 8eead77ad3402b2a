"""The walk: from node to node along the edges, driven by the state of each lane.

A lane's phase, which is part of the journal's fold, says what comes next;
the walk holds nothing that the journal does not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from framework.errors import JournalError, NodeError, NotJsonError, RunPausedError, StepLimitError
from framework.graph.fanout import run_branches
from framework.graph.goals import violated_constraint
from framework.graph.routing import route
from framework.graph.scope import is_loop
from framework.journal.log import LaneLog
from framework.journal.state import MAIN_LANE, Phase
from framework.loop.prompts import opening, phase_change
from framework.model.events import EdgeTaken, ErrorFacts, NodeFinished, NodeRetried, NodeStarted, OutputSet
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.graph.scope import RunScope
    from framework.journal.state import WalkLane
    from framework.loop.context import NodeResult
    from framework.model.node import NodeSpec

_log = logging.getLogger("framework.graph")

_FIRST_RETRY_WAIT_S = 0.1
_LONGEST_RETRY_WAIT_S = 5.0


async def walk_lane(run: RunScope, lane_id: str) -> ErrorFacts | None:
    """Walk a lane to its end; return why it failed, or None.

    Raises:
        RunPausedError: if the run must wait for a person.
        StepLimitError: if the run used up its steps.
        JournalError: if the journal cannot be written.
    """
    while True:
        lane = run.log.state.walk(lane_id)
        match lane.phase:
            case Phase.READY:
                _enter(run, lane)
            case Phase.INSIDE:
                await _visit(run, lane)
            case Phase.LEFT:
                end = _leave(run, lane)
                if end is not None:
                    return end.error
            case Phase.FORKED:
                await run_branches(run, lane, walk_lane)
            case Phase.FAILED:
                return lane.error
            case Phase.AT_JOIN | Phase.ENDED:
                return None


def _enter(run: RunScope, lane: WalkLane) -> None:
    """Record the start of a visit."""
    graph, state = run.plan.graph, run.log.state
    spec = run.plan.nodes[str(lane.node_id)]
    if run.pause_requested():
        raise RunPausedError("The run was asked to pause.", node_id=spec.id)
    if state.steps >= graph.max_steps:
        raise StepLimitError(
            f"The run used up its {graph.max_steps} steps before node {spec.id!r}; "
            "raise max_steps, or look for a loop that does not end."
        )
    visit = lane.visits.get(spec.id, 0) + 1
    text, continues = _opening(run, lane, spec)
    run.log.record(
        lane.id,
        NodeStarted(
            node_id=spec.id,
            visit=visit,
            opening=text,
            continues=continues,
            clears=_cleared(spec) if visit > 1 else (),
        ),
    )


def _cleared(spec: NodeSpec) -> tuple[str, ...]:
    """Return the keys that a revisit clears."""
    return tuple(key for key in spec.output_keys if key in spec.nullable_output_keys)


def _opening(run: RunScope, lane: WalkLane, spec: NodeSpec) -> tuple[Value | None, bool]:
    if not is_loop(spec):
        return None, False
    try:
        inputs = run.inputs(lane, spec)
    except NodeError:
        return Value.of(""), False  # The visit itself reports what is missing.
    if run.continues_conversations and len(lane.conversation):
        return Value.of(phase_change(spec, inputs, lane.last_output)), True
    return Value.of(opening(spec, inputs)), False


async def _visit(run: RunScope, lane: WalkLane) -> None:
    """Run the node's attempts until one succeeds or none is left."""
    spec = run.plan.nodes[str(lane.node_id)]
    error = await _attempt(run, lane, spec)
    node = lane.node
    if error is None or node is None:
        return
    if _is_worth_retrying(spec, error) and node.attempt < spec.max_retries:
        run.log.record(
            lane.id, NodeRetried(node_id=spec.id, attempt=node.attempt + 1, error=error_facts(error))
        )
        await run.log.commit()
        await run.clock.sleep(min(_FIRST_RETRY_WAIT_S * 2 ** (node.attempt - 2), _LONGEST_RETRY_WAIT_S))
        return
    run.log.record(lane.id, NodeFinished(node_id=spec.id, succeeded=False, error=error_facts(error)))


async def _attempt(run: RunScope, lane: WalkLane, spec: NodeSpec) -> Exception | None:
    """Run one attempt; record its success, or return why it failed."""
    await run.log.commit()
    try:
        result = await run.workers[spec.id].execute(run.context(lane, spec))
        if not result.success:
            return NodeError(result.error or f"Node {spec.id!r} failed and did not say why.", node_id=spec.id)
        _finish(LaneLog(run.log, lane.id), spec, result)
    except (JournalError, RunPausedError, StepLimitError):
        raise
    except Exception as error:  # noqa: BLE001  (the boundary of a node: whatever it raises is its failure)
        _log.info("node_attempt_failed", extra={"node_id": spec.id, "error": type(error).__name__})
        _log.debug("node_attempt_traceback", exc_info=error)
        return error
    return None


def _finish(log: LaneLog, spec: NodeSpec, result: NodeResult) -> None:
    if not is_loop(spec) and result.output:
        allowed = {key: result.output[key] for key in spec.output_keys if key in result.output}
        try:
            log.record(OutputSet(values={key: Value.of(value) for key, value in allowed.items()}))
        except NotJsonError as error:
            raise NodeError(
                f"Node {spec.id!r} returned something that is no JSON: {error}",
                node_id=spec.id,
                retryable=False,
            ) from error
    log.record(NodeFinished(node_id=spec.id, succeeded=True))


def _is_worth_retrying(spec: NodeSpec, error: Exception) -> bool:
    if not getattr(error, "retryable", True):
        return False
    return not spec.retry_on or any(kind.__name__ in spec.retry_on for kind in type(error).__mro__)


def error_facts(error: BaseException) -> ErrorFacts:
    """Return an error as the journal keeps it."""
    return ErrorFacts(
        error=type(error).__name__,
        message=str(error) or type(error).__name__,
        retryable=bool(getattr(error, "retryable", True)),
    )


class _End:
    """The end of a lane's walk."""

    __slots__ = ("error",)

    def __init__(self, error: ErrorFacts | None = None) -> None:
        self.error = error


def _leave(run: RunScope, lane: WalkLane) -> _End | None:
    """Take the edges that lead on, or return how the lane ends."""
    node_id = str(lane.node_id)
    violation = violated_constraint(run.goal, lane) if lane.id == MAIN_LANE and lane.error is None else None
    if violation is not None:
        return _End(ErrorFacts(error="ConstraintViolated", message=violation))
    succeeded = lane.error is None
    if succeeded and node_id in run.plan.pause and run.log.state.released != node_id:
        raise RunPausedError(f"The graph pauses after node {node_id!r}.", node_id=node_id)
    if succeeded and (node_id in run.plan.terminal or not any(run.plan.exits[node_id])):
        return _End()
    found = route(run.plan, lane)
    for ruling in found.considered:
        if ruling.edge_id not in lane.considered:
            run.log.record(lane.id, ruling)
    if not found.edges:
        return _End(lane.error or ErrorFacts(error="DeadEnd", message=found.dead_end))
    targets = tuple(edge.target for edge in found.edges)
    join = run.plan.topology.join_of(targets) if len(targets) > 1 else None
    edge_ids = tuple(edge.id for edge in found.edges)
    run.log.record(lane.id, EdgeTaken(edge_ids=edge_ids, targets=targets, join=join))
    return None
