"""The walk: from node to node along the edges, driven by the state of each lane.

A lane's phase, which is part of the journal's fold, says what comes next;
the walk holds nothing that the journal does not.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from framework.credentials.tracked import NO_CREDENTIALS
from framework.errors import NodeError, NodeTimeoutError, NotJsonError, RunPausedError, StepLimitError
from framework.graph.contract import check_outputs
from framework.graph.fanout import LaneEnd, run_branches
from framework.graph.goals import violated_constraint
from framework.graph.raised import raised_facts
from framework.graph.routing import route
from framework.journal.log import LaneLog
from framework.journal.state import MAIN_LANE, Phase
from framework.loop.context import NodeResult
from framework.loop.event_loop_node import EventLoopNode
from framework.loop.function_node import FunctionNode, check_complete
from framework.loop.node_effects import ONCE, execute_once
from framework.loop.prompts import Before, opening, phase_change
from framework.model.events import (
    AttemptFailed,
    EdgeTaken,
    ErrorFacts,
    NodeFinished,
    NodeRetried,
    NodeStarted,
    OutputSet,
)
from framework.model.value import Value
from framework.tools.calls import FAILURES, stops_the_caller
from framework.tools.programs import OwnedPrograms, ProgramsOfPart

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from framework.credentials.tracked import TrackedCredentials
    from framework.graph.routing import Route
    from framework.graph.scope import RunScope
    from framework.journal.state import NodeState, WalkLane
    from framework.loop.context import NodeContext, NodeProtocol
    from framework.model.edge import EdgeSpec
    from framework.model.node import NodeSpec

_log = logging.getLogger("framework.graph")

# Names of this module: up to Python 3.11 every look-up of an enum's member is a function call.
_READY, _INSIDE, _LEFT = Phase.READY, Phase.INSIDE, Phase.LEFT
_FORKED, _FAILED = Phase.FORKED, Phase.FAILED
_UNDER_WAY = (_READY, _INSIDE, _FORKED)

_FIRST_RETRY_WAIT_S = 0.1
_LONGEST_RETRY_WAIT_S = 5.0


async def walk_lane(run: RunScope, lane_id: str) -> ErrorFacts | None:
    """Walk a lane to its end; return why it failed, or None.

    Raises:
        RunPausedError: if the run must wait for a person.
        StepLimitError: if the run used up its steps.
        JournalError: if the journal cannot be written.
    """
    lane = run.log.state.walk(lane_id)
    while True:
        phase = lane.phase
        if phase is _READY:
            if run.cut_off:
                await _hold_at_cut(run, lane_id)
            _enter(run, lane)
        elif phase is _INSIDE:
            await _visit(run, lane)
        elif phase is _LEFT:
            end = _leave(run, lane)
            if end is not None:
                return end.error
        elif phase is _FORKED:
            await run_branches(run, lane, walk_lane, known_end)
        else:  # At the join, ended, or failed.
            return lane.error if phase is _FAILED else None


async def _hold_at_cut(run: RunScope, lane_id: str) -> None:
    """Wait where a lane began no other node because its branch was cut off, which a replay knows."""
    await run.log.commit()
    if run.limits.is_cut_here(lane_id):
        await asyncio.Event().wait()


def known_end(run: RunScope, lane_id: str) -> LaneEnd | None:
    """Return how a lane ended, None if it has more to do; a lane between two nodes goes on to the next."""
    lane = run.log.state.walk(lane_id)
    if lane.phase is _LEFT:
        try:
            end = _leave(run, lane)
        except RunPausedError:  # The walk of the lane says so again.
            return None
        if end is not None:
            return end
    if lane.phase in _UNDER_WAY:
        return None
    return LaneEnd(lane.error if lane.phase is _FAILED else None)


def _enter(run: RunScope, lane: WalkLane) -> None:
    """Record the start of a visit."""
    graph, state = run.plan.graph, run.log.state
    spec = run.plan.nodes[str(lane.node_id)]
    if run.pause_requested():
        raise RunPausedError("The run was asked to pause.", node_id=spec.id)
    if state.steps >= graph.max_steps:
        # Which of several branches comes to the limit is chance: only the main walk names its node.
        where = f" before node {spec.id!r}" if lane.id == MAIN_LANE else ""
        raise StepLimitError(
            f"The run used up its {graph.max_steps} steps{where}; "
            "raise max_steps, or look for a loop that does not end."
        )
    visit = lane.visits.get(spec.id, 0) + 1
    if visit == 1 and spec.id not in run.plan.loops:
        started = run.plan.usual[spec.id].started
        run.log.record_encoded(lane.id, started.event, started.body)
        return
    clears = _cleared(spec) if visit > 1 else ()
    text, continues = _opening(run, lane, spec, clears) if spec.id in run.plan.loops else (None, False)
    run.log.record(
        lane.id,
        NodeStarted(
            node_id=spec.id,
            visit=visit,
            effect=run.plan.effects.get(spec.id),
            opening=text,
            continues=continues,
            clears=clears,
        ),
    )


def _cleared(spec: NodeSpec) -> tuple[str, ...]:
    """Return the keys that a revisit clears."""
    return tuple(key for key in spec.output_keys if key in spec.nullable_output_keys)


def _opening(
    run: RunScope, lane: WalkLane, spec: NodeSpec, clears: Sequence[str]
) -> tuple[Value | None, bool]:
    """Return what an event-loop node begins with, and whether it goes on with the conversation before it."""
    try:
        inputs = run.inputs(lane, spec, clears)
    except NodeError:
        return Value.of(""), False  # The visit itself reports what is missing.
    if run.continues_conversations and len(lane.conversation):
        return Value.of(phase_change(spec, inputs, _before(run, lane))), True
    return Value.of(opening(spec, inputs)), False


def _before(run: RunScope, lane: WalkLane) -> Before:
    sources = [run.plan.edges[edge_id].source for edge_id in lane.edges_in]
    return Before(
        nodes=[run.plan.nodes[source] for source in dict.fromkeys(sources)],
        outputs=lane.last_output,
        error=lane.error.message if lane.error else None,
    )


async def _visit(run: RunScope, lane: WalkLane) -> None:
    """Run the node's attempts until one succeeds or none is left."""
    spec = run.plan.nodes[str(lane.node_id)]
    node = lane.node
    if node is not None and node.failed is not None:
        run.log.record(lane.id, _retried(node, node.failed))
    error = await _attempt(run, lane, spec)
    if error is None or node is None:
        return
    if run.files is not None and run.files.is_asked(lane.id):
        await run.files.note(LaneLog(run.log, lane.id))
    if _is_worth_retrying(spec, node, error) and node.attempt < spec.max_retries:
        facts = error_facts(error, run.credentials)
        wait_s = min(_FIRST_RETRY_WAIT_S * 2 ** (node.attempt - 1), _LONGEST_RETRY_WAIT_S)
        is_once = node.effect == ONCE  # Then what stands for the next attempt is recorded when it begins.
        waiting = AttemptFailed(node_id=spec.id, error=facts) if is_once else _retried(node, facts)
        run.log.record(lane.id, waiting, raised_facts(error))
        await run.log.commit()
        await run.clock.sleep(wait_s)
        return
    facts = error_facts(error, run.credentials)
    failed = NodeFinished(node_id=spec.id, succeeded=False, error=facts)
    run.log.record(lane.id, failed, raised_facts(error))


def _retried(node: NodeState, error: ErrorFacts) -> NodeRetried:
    return NodeRetried(node_id=node.node_id, attempt=node.attempt + 1, error=error)


async def _attempt(run: RunScope, lane: WalkLane, spec: NodeSpec) -> BaseException | None:
    """Run one attempt; record its success, or return why it failed."""
    worker, node = run.workers[spec.id], cast("NodeState", lane.node)
    is_once = node.effect == ONCE
    await run.log.commit(durable=is_once)
    programs = ProgramsOfPart()
    try:
        has_returned = bool(node.outputs) and isinstance(worker, FunctionNode)  # Before the run stopped.
        if not has_returned:
            with programs:
                result = await _execution(run, lane, spec, worker)
            values = _new_outputs(spec, node, worker, result)
            if run.files is not None and run.files.is_asked(lane.id):
                await run.files.note(LaneLog(run.log, lane.id))
            if values:
                _set_outputs(run, lane, values)
    except RunPausedError:
        raise
    except FAILURES as error:  # The boundary of a node: whatever it raises is its failure.
        if stops_the_caller(error):
            raise
        if run.log.failure is not None:
            raise run.log.failure from None
        if isinstance(error, asyncio.CancelledError):
            await programs.end()
        return _failed_attempt(run, spec, error)
    succeeded = run.plan.usual[spec.id].succeeded
    run.log.record_encoded(lane.id, succeeded.event, succeeded.body)
    if is_once:
        await run.log.commit(durable=True)
    return None


def _execution(run: RunScope, lane: WalkLane, spec: NodeSpec, worker: NodeProtocol) -> Awaitable[object]:
    """Return what, awaited, gives what an attempt gives, within its time."""
    context = run.context(lane, spec)
    is_guarded = spec.id in run.plan.effects and context.visit.effect == ONCE
    work = execute_once(context, worker) if is_guarded else worker.execute(context)
    if spec.timeout_s is None:
        return work
    return _timed(context, work, spec.timeout_s, run.limits.of_attempt(lane.id, spec.timeout_s))


async def _timed(
    context: NodeContext, work: Awaitable[object], limit_s: float, deadline: asyncio.Timeout
) -> object:
    try:
        async with deadline, OwnedPrograms():
            return await work
    except TimeoutError:
        if not deadline.expired():
            raise
        is_once = context.visit.effect == ONCE
        doubt = "; it may or may not have taken effect" if is_once else ""
        raise NodeTimeoutError(
            f"Node {context.node_id!r} took longer than {limit_s:g} s{doubt}.",
            node_id=context.node_id,
            retryable=not is_once,
        ) from None


def _set_outputs(run: RunScope, lane: WalkLane, values: dict[str, Value]) -> None:
    if run.credentials.has_given:
        values = {key: _redacted(value, run.credentials) for key, value in values.items()}
    run.log.record(lane.id, OutputSet(values=values))


def _redacted(value: Value, credentials: TrackedCredentials) -> Value:
    text = value.raw.decode()
    return value if credentials.redacted(text) == text else Value.of(credentials.redacted_data(value.load()))


def _failed_attempt(run: RunScope, spec: NodeSpec, error: BaseException) -> BaseException:
    _log.info("node_attempt_failed", extra={"node_id": spec.id, "error": type(error).__name__})
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("node_attempt_traceback", exc_info=run.credentials.loggable(error))
    if isinstance(error, SystemExit):
        return NodeError(
            f"Node {spec.id!r} ended with SystemExit: {error}; return from it, or raise why it failed.",
            node_id=spec.id,
        )
    return error


def _new_outputs(spec: NodeSpec, node: NodeState, worker: NodeProtocol, result: object) -> dict[str, Value]:
    """Return the outputs that the journal does not hold yet.

    Raises:
        NodeError: if the node says it failed, gives something a node cannot give, or lacks an output.
    """
    if not isinstance(result, NodeResult):
        raise NodeError(
            f"Node {spec.id!r} gave a {type(result).__name__}; its execute() must return a NodeResult.",
            node_id=spec.id,
            retryable=False,
        )
    if not result.success:
        raise NodeError(result.error or f"Node {spec.id!r} failed and did not say why.", node_id=spec.id)
    if type(worker) is EventLoopNode:
        return {}  # It sets its outputs as it goes.
    if type(worker) is not FunctionNode:  # That one checks what it gives.
        check_complete(spec, {**node.outputs, **result.output})
    try:
        values = {key: Value.of(result.output[key]) for key in spec.output_keys if key in result.output}
    except NotJsonError as error:
        raise NodeError(
            f"Node {spec.id!r} returned something that is no JSON: {error}", node_id=spec.id, retryable=False
        ) from error
    if spec.output_schema:
        check_outputs(spec, values)
    if not node.outputs:
        return values
    return {key: value for key, value in values.items() if node.outputs.get(key) != value}


def _is_worth_retrying(spec: NodeSpec, node: NodeState, error: BaseException) -> bool:
    if not getattr(error, "retryable", True):
        return False
    if node.effect == ONCE and not spec.retry_on:
        return False  # It may have taken effect before it failed.
    return not spec.retry_on or any(kind.__name__ in spec.retry_on for kind in type(error).__mro__)


def error_facts(error: BaseException, credentials: TrackedCredentials = NO_CREDENTIALS) -> ErrorFacts:
    """Return an error as the journal keeps it: without any secret."""
    return ErrorFacts(
        error=type(error).__name__,
        message=credentials.failure_text(str(error) or type(error).__name__)
        .encode("utf-8", "replace")
        .decode(),
        retryable=bool(getattr(error, "retryable", True)),
    )


def _leave(run: RunScope, lane: WalkLane) -> LaneEnd | None:
    """Take the edges that lead on, or return how the lane ends."""
    node_id = str(lane.node_id)
    if lane.error is None:
        violation = violated_constraint(run.goal, lane) if lane.id == MAIN_LANE and run.goal else None
        if violation is not None:
            error = ErrorFacts(error="ConstraintViolated", message=run.credentials.failure_text(violation))
            return LaneEnd(error)
        resumed_at = _after_pause(run, lane, node_id) if node_id in run.plan.pause else None
        if resumed_at is not None:
            run.log.record(lane.id, EdgeTaken(edge_ids=(), targets=(resumed_at,)))
            return None
        if node_id in run.plan.ends:
            return LaneEnd()
        way = run.plan.usual[node_id].way
        if way is not None and (not way.visits or lane.visits.get(way.target, 0) < way.visits):
            run.log.record_encoded(lane.id, way.taken.event, way.taken.body)
            return None
    found = route(run.plan, lane)
    for ruling in found.considered[lane.considered :]:
        run.log.record_encoded(lane.id, ruling, run.plan.usual_edges[ruling.edge_id].body_of(ruling))
    if not found.edges:
        return LaneEnd(_stranded(run, lane.error, found))
    _take(run, lane, found.edges)
    return None


def _take(run: RunScope, lane: WalkLane, edges: tuple[EdgeSpec, ...]) -> None:
    """Record that the lane goes on along ``edges``."""
    if len(edges) == 1:
        taken = run.plan.usual_edges[edges[0].id].taken
        run.log.record_encoded(lane.id, taken.event, taken.body)
        return
    targets = tuple([edge.target for edge in edges])
    edge_ids = tuple([edge.id for edge in edges])
    run.log.record(lane.id, EdgeTaken(edge_ids=edge_ids, targets=targets, join=_join(run, targets)))


def _after_pause(run: RunScope, lane: WalkLane, node_id: str) -> str | None:
    """Return where the run goes on after a pause node, if the graph names an entry point for that.

    Raises:
        RunPausedError: if the pause is not over.
    """
    if not lane.released:
        raise RunPausedError(f"The graph pauses after node {node_id!r}.", node_id=node_id)
    return run.plan.graph.entry_points.get(f"{node_id}_resume") if lane.id == MAIN_LANE else None


def _join(run: RunScope, targets: tuple[str, ...]) -> str | None:
    distinct = tuple(dict.fromkeys(targets))
    return run.plan.topology.join_of(distinct) if len(distinct) > 1 else None


def _stranded(run: RunScope, error: ErrorFacts | None, found: Route) -> ErrorFacts:
    """Return why a lane ends where no edge leads on; a failed node's own error comes first."""
    if error is None:
        return ErrorFacts(error="DeadEnd", message=run.credentials.failure_text(found.dead_end))
    if not found.considered:
        return error
    message = run.credentials.failure_text(f"{error.message} {found.dead_end}")
    return ErrorFacts(error=error.error, message=message, retryable=error.retryable)
