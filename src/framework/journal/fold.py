"""The fold: how each event changes the state of a run.

Live execution and reading back use this one function, so a run's state is
what its journal says and nothing else.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from framework.journal.conversation import ConversationChain, Counted
from framework.journal.ledger import GOAL, NO_ANSWER
from framework.journal.state import (
    NODE_CALL,
    Lane,
    NodeState,
    Phase,
    RunState,
    RunStatus,
    Step,
    Usage,
    View,
    WalkLane,
    ruling_key,
)
from framework.model import events as ev
from framework.model.message import Message, Role
from framework.model.tool import Effect, ToolUse
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

TURN = "turn"
"""Purpose of the model calls that make up a node's conversation."""

RESUME_INPUT = "resume_input"
"""Source of a value that was given when the run was carried on."""

BRANCH_CANCELLED = "BranchCancelled"
"""Error of a branch that was cancelled because a sibling failed."""


_INSIDE, _LEFT = Phase.INSIDE, Phase.LEFT  # Up to Python 3.11 a look-up of a member is a function call.


def apply(state: RunState, lane: Lane, event: ev.Event, at_us: int) -> None:
    """Change ``state`` by one event that happened in a lane at a time."""
    handler = _HANDLERS.get(event.kind)
    if handler is not None:
        handler(state, lane, event)
    state.started_at_us = state.started_at_us or at_us
    state.ended_at_us = at_us


def _walk(state: RunState, lane: Lane) -> WalkLane:
    if isinstance(lane, WalkLane):
        return lane
    return state.walk(cast("str", lane.parent))


def _node(state: RunState, lane: Lane) -> NodeState:
    node = _walk(state, lane).node
    if node is None:
        raise TypeError(f"Lane {lane.id!r} is inside no node.")
    return node


def _run_started(state: RunState, lane: Lane, event: ev.RunStarted) -> None:
    del lane
    state.status = RunStatus.RUNNING
    state.agent = event.agent
    state.version = event.version
    state.goal = event.goal
    state.graph = event.graph
    state.input = event.input
    state.main.memory.update(event.input)
    state.main.go_to(event.entry)


def _run_forked(state: RunState, lane: Lane, event: ev.RunForked) -> None:
    walk = _walk(state, lane)
    # A new dict: the edges that led here keep the memory they saw.
    walk.memory = walk.memory | event.changes
    walk.views = tuple(View(view.output, view.memory | event.changes) for view in walk.views)
    state.status = RunStatus.RUNNING
    state.version = event.version or state.version
    state.graph = event.graph or state.graph
    state.error = state.evaluation = None
    for each in state.lanes.values():
        if isinstance(each, WalkLane) and each.node is not None:
            for key in each.node.intents.values():
                state.inherited.setdefault(key, event.origin)


def _run_resumed(state: RunState, lane: Lane, event: ev.RunResumed) -> None:
    state.status = RunStatus.RUNNING
    state.ledger.note(lane.id, event)
    for walk in state.lanes.values():
        if not isinstance(walk, WalkLane):
            continue
        if walk.phase is Phase.LEFT and walk.node_id == state.paused_at:
            walk.released = True
        node = walk.node
        if node is not None and node.effect == Effect.ONCE and not (node.outputs or node.failed):
            node.in_doubt[NODE_CALL] = None
    state.paused_at = None


def _run_paused(state: RunState, lane: Lane, event: ev.RunPaused) -> None:
    del lane
    state.status = RunStatus.PAUSED
    state.paused_at = event.node_id


def _run_finished(state: RunState, lane: Lane, event: ev.RunFinished) -> None:
    del lane
    state.status = RunStatus(event.status)
    state.error = event.error
    state.evaluation = event.evaluation


def _run_rejected(state: RunState, lane: Lane, event: ev.RunRejected) -> None:
    del lane
    state.rejection = event.reason


def _node_started(state: RunState, lane: Lane, event: ev.NodeStarted) -> None:
    walk = _walk(state, lane)
    state.steps += 1
    walk.visits[event.node_id] = event.visit
    walk.path.append(event.node_id)
    walk.phase = _INSIDE
    walk.node_id = event.node_id
    walk.node = NodeState(event.node_id, event.visit, event.effect)
    if event.clears:
        # A new dict: the edges that led here keep the memory they saw.
        walk.memory = {key: value for key, value in walk.memory.items() if key not in event.clears}
        walk.written.update(dict.fromkeys(event.clears))
    if event.opening is not None:
        if not event.continues:
            walk.conversation = ConversationChain()
        walk.conversation.add(Message(Role.USER, event.opening.load()))
        walk.node.opening = (walk.conversation, walk.conversation.mark())


def _node_retried(state: RunState, lane: Lane, event: ev.NodeRetried) -> None:
    node = _node(state, lane)
    state.withdraw_questions(node)
    node.attempt = event.attempt
    node.restart()
    walk = _walk(state, lane)
    walk.requested = walk.ruled = None
    walk.asides.clear()
    if node.opening is not None:
        conversation, mark = node.opening
        conversation.rewind(mark)
        walk.conversation = conversation
    state.retries[event.node_id] = state.retries.get(event.node_id, 0) + 1
    state.failures.setdefault(event.node_id, event.error.message)


def _attempt_failed(state: RunState, lane: Lane, event: ev.AttemptFailed) -> None:
    _node(state, lane).failed = event.error


def _node_finished(state: RunState, lane: Lane, event: ev.NodeFinished) -> None:
    walk = _walk(state, lane)
    node = _node(state, lane)
    state.withdraw_questions(node)
    outputs = node.outputs if event.succeeded else {}
    if outputs:
        walk.memory.update(outputs)
        walk.written.update(dict.fromkeys(outputs))
    walk.last_output = outputs
    walk.considered = 0
    walk.requested = walk.ruled = None
    if walk.asides:
        walk.asides.clear()
    walk.error = event.error
    walk.node = None
    walk.phase = _LEFT
    if not event.succeeded:
        state.failures[event.node_id] = event.error.message if event.error else ""


def request_key(purpose: str, system: Value, prompt: Value | None) -> str:
    """Return what tells a model call from the others of its lane: its purpose, or what it asks aside."""
    if prompt is None:
        return purpose
    return sha256(b"\0".join((purpose.encode(), system.raw, prompt.raw))).hexdigest()


def _model_requested(state: RunState, lane: Lane, event: ev.ModelRequested) -> None:
    walk = _walk(state, lane)
    walk.requested = request_key(event.purpose, event.system, event.prompt)
    if walk.ruled is not None:
        _note_cost(state, walk, event)
    if event.purpose == TURN:
        walk.overhead = event.system.size + event.tools.size


def _model_answered(state: RunState, lane: Lane, event: ev.ModelAnswered) -> None:
    walk = _walk(state, lane)
    walk.ruled = None
    _note_cost(state, walk, event)
    if event.stop_reason != NO_ANSWER:
        _count(state.usage, event)
    if event.purpose == TURN:
        _turn_answered(walk, _node(state, lane), event)
    elif walk.requested is not None:
        walk.asides[walk.requested] = event
    walk.requested = None


def _count(usage: Usage, event: ev.ModelAnswered) -> None:
    usage.answers += 1
    usage.input_tokens += event.input_tokens
    usage.output_tokens += event.output_tokens
    usage.cached_tokens += event.cached_tokens
    if event.cost_usd is None:
        usage.unpriced += 1
    else:
        usage.cost_usd += Decimal(event.cost_usd)


def _turn_answered(walk: WalkLane, node: NodeState, event: ev.ModelAnswered) -> None:
    calls = tuple(ToolUse(c.id, c.name, c.arguments.load(), c.error) for c in event.tool_calls)
    walk.answers += 1
    walk.conversation.add(Message(Role.ASSISTANT, event.text.load(), calls))
    node.answers += 1
    node.text = event.text.load()
    node.compacted = False
    node.calls = event.tool_calls
    node.returned = {}
    node.turn_calls.extend(event.tool_calls)
    node.signatures.append(_signature(event))
    if event.input_tokens:
        walk.conversation.counted = Counted(
            event.input_tokens + event.output_tokens,
            walk.conversation.characters + walk.overhead,
            walk.overhead,
        )
    node.step = Step.RUN_TOOLS if event.tool_calls else Step.TURN_OVER


def _signature(event: ev.ModelAnswered) -> bytes:
    calls = [call.name.encode() + b"\0" + call.arguments.raw for call in event.tool_calls]
    return sha256(b"\1".join(calls or [event.text.raw])).digest()[:8]


def _tool_intended(state: RunState, lane: Lane, event: ev.ToolIntended) -> None:
    node = _node(state, lane)
    content = f"{event.tool}\0{event.arguments.raw.decode()}"
    node.intents[event.call_id] = event.key
    node.replies.pop(event.call_id, None)
    node.ordinals[content] = node.ordinals.get(content, 0) + 1


def _tool_returned(state: RunState, lane: Lane, event: ev.ToolReturned) -> None:
    walk, node = _walk(state, lane), _node(state, lane)
    node.returned[event.call_id] = event
    node.replies.pop(event.call_id, None)
    node.in_doubt.pop(event.call_id, None)
    if lane is not walk:
        node.receipts[node.intents[event.call_id]] = event
        del state.lanes[lane.id]
    if len(node.returned) == len(node.calls):
        for call in node.calls:
            walk.conversation.add(_tool_message(node.returned[call.id]))
        if node.step is Step.RUN_TOOLS:
            node.step = Step.ASK_MODEL


def _tool_message(event: ev.ToolReturned) -> Message:
    return Message(Role.TOOL, event.content.load(), tool_use_id=event.call_id, is_error=event.status != "ok")


def _tool_in_doubt(state: RunState, lane: Lane, event: ev.ToolInDoubt) -> None:
    node = _walk(state, lane).node
    if node is not None:
        node.in_doubt[event.call_id] = None


def _guard_ruled(state: RunState, lane: Lane, event: ev.GuardRuled) -> None:
    node = _walk(state, lane).node
    if node is not None:
        node.rulings[ruling_key(event.guard, event.call_id)] = event


def _output_set(state: RunState, lane: Lane, event: ev.OutputSet) -> None:
    _node(state, lane).outputs.update(event.values)


def _judge_ruled(state: RunState, lane: Lane, event: ev.JudgeRuled) -> None:
    node = _node(state, lane)
    feedback: str = event.feedback.load()
    node.feedback = feedback
    _walk(state, lane).asides.clear()
    if event.action == "ACCEPT":
        node.step = Step.ACCEPTED
        return
    if event.action == "ESCALATE":
        node.step = Step.ESCALATED
        return
    node.turn += 1
    node.answers = 0
    node.turn_calls = []
    node.replied = False
    node.step = Step.ASK_MODEL
    if feedback:
        _walk(state, lane).conversation.add(Message(Role.USER, feedback))


def _question_asked(state: RunState, lane: Lane, event: ev.QuestionAsked) -> None:
    node = _node(state, lane)
    node.waiting[event.call_id or ""] = event
    node.questions += 1
    state.questions[event.question_id] = event


def _question_answered(state: RunState, lane: Lane, event: ev.QuestionAnswered) -> None:
    node = _node(state, lane)
    question = state.questions.pop(event.question_id)
    node.waiting.pop(question.call_id or "", None)
    node.signatures.clear()
    if question.call_id not in node.intents:  # A question about a call in doubt is not the node's own.
        node.exchanges.append((question.text, event.text))
    if question.call_id is not None:
        node.replies[question.call_id] = event.text
    else:
        node.replied = True
        _walk(state, lane).conversation.add(Message(Role.USER, event.text.load()))


def _input_injected(state: RunState, lane: Lane, event: ev.InputInjected) -> None:
    _walk(state, lane).conversation.add(Message(Role.USER, event.text.load()))


def _edge_considered(state: RunState, lane: Lane, event: ev.EdgeConsidered) -> None:
    del event
    _walk(state, lane).considered += 1


def _edge_taken(state: RunState, lane: Lane, event: ev.EdgeTaken) -> None:
    walk = _walk(state, lane)
    if len(event.targets) == 1:
        walk.go_to(event.targets[0], event.edge_ids)
        return
    edges_to: dict[str, list[str]] = {}
    for target, edge_id in zip(event.targets, event.edge_ids, strict=True):
        edges_to.setdefault(target, []).append(edge_id)
    if len(edges_to) == 1:
        walk.go_to(event.targets[0], event.edge_ids)
    else:
        state.fork(walk, edges_to, event.join)


def _branches_joined(state: RunState, lane: Lane, event: ev.BranchesJoined) -> None:
    walk = _walk(state, lane)
    arrived = [state.walk(outcome.lane) for outcome in event.branches if outcome.at_join]
    edges_in = tuple(edge for branch in arrived for edge in branch.edges_in)
    views = tuple(view for branch in arrived for view in branch.views)
    walk.last_output = {}
    for outcome in event.branches:
        state.merge(walk, outcome)
    walk.branches = ()
    if not event.succeeded:
        walk.phase = Phase.FAILED
        walk.error = _first_cause(event)
    elif arrived and event.join is not None:
        walk.arrive(event.join, edges_in, views)
    else:
        walk.phase = Phase.ENDED


def _first_cause(event: ev.BranchesJoined) -> ev.ErrorFacts | None:
    errors = [outcome.error for outcome in event.branches if outcome.error is not None]
    causes = [error for error in errors if error.error != BRANCH_CANCELLED]
    return next(iter(causes or errors), None)


def _conversation_compacted(state: RunState, lane: Lane, event: ev.ConversationCompacted) -> None:
    walk = _walk(state, lane)
    used = walk.conversation.call_ids
    walk.conversation = ConversationChain(message_from_json(m) for m in event.messages.load())
    walk.conversation.call_ids |= used  # What was ruled on a call must not fall to a later one of its name.
    walk.asides.clear()
    _node(state, lane).compacted = True


def message_from_json(record: dict[str, Any]) -> Message:
    """Read a message as a compaction stored it."""
    calls = tuple(ToolUse(**call) for call in record.get("tool_calls", ()))
    return Message(
        Role(record["role"]),
        record["content"],
        calls,
        record.get("tool_use_id"),
        record.get("is_error", False),
    )


def _value_read(state: RunState, lane: Lane, event: ev.ValueRead) -> None:
    walk = _walk(state, lane)
    if event.source != RESUME_INPUT:
        if walk.node is not None:
            walk.node.reads.append(event.value)
        return
    given = {key: Value.of(value) for key, value in event.value.load().items()}
    walk.memory = {**walk.memory, **given}  # A new dict: the edges that led here keep the memory they saw.
    walk.written.update(dict.fromkeys(given))


def _budget_ruled(state: RunState, lane: Lane, event: ev.BudgetRuled) -> None:
    walk = _walk(state, lane)
    walk.ruled = event
    _note_cost(state, walk, event)


def _budget_counted(state: RunState, lane: Lane, event: ev.BudgetRuledAgain | ev.BudgetSettled) -> None:
    _note_cost(state, _walk(state, lane), event)


def _note_cost(state: RunState, walk: WalkLane, event: ev.Event) -> None:
    state.ledger.note(walk.id, event, GOAL if walk.node is None else walk.node.node_id)


def _file_written(state: RunState, lane: Lane, event: ev.FileWritten) -> None:
    state.files[event.name] = lane.files[event.name] = content_digest(event.content)
    state.left_out.pop(event.name, None)


def _file_found(state: RunState, lane: Lane, event: ev.FileFound) -> None:
    del lane
    state.left_out.pop(event.name, None)
    if event.content is not None:
        state.files[event.name] = content_digest(event.content)
        return
    state.files.pop(event.name, None)
    if event.left_out:
        state.left_out[event.name] = event.left_out


def content_digest(content: Value) -> str:
    """Return the SHA-256 by which the state knows a file's content."""
    return content.digest or sha256(content.raw).hexdigest()


_HANDLERS: dict[str, Callable[[RunState, Lane, Any], None]] = {
    ev.RunStarted.kind: _run_started,
    ev.RunForked.kind: _run_forked,
    ev.RunResumed.kind: _run_resumed,
    ev.RunPaused.kind: _run_paused,
    ev.RunFinished.kind: _run_finished,
    ev.RunRejected.kind: _run_rejected,
    ev.NodeStarted.kind: _node_started,
    ev.NodeRetried.kind: _node_retried,
    ev.AttemptFailed.kind: _attempt_failed,
    ev.NodeFinished.kind: _node_finished,
    ev.ModelRequested.kind: _model_requested,
    ev.ModelAnswered.kind: _model_answered,
    ev.ToolIntended.kind: _tool_intended,
    ev.ToolReturned.kind: _tool_returned,
    ev.ToolInDoubt.kind: _tool_in_doubt,
    ev.GuardRuled.kind: _guard_ruled,
    ev.OutputSet.kind: _output_set,
    ev.JudgeRuled.kind: _judge_ruled,
    ev.QuestionAsked.kind: _question_asked,
    ev.QuestionAnswered.kind: _question_answered,
    ev.InputInjected.kind: _input_injected,
    ev.EdgeConsidered.kind: _edge_considered,
    ev.EdgeTaken.kind: _edge_taken,
    ev.BranchesJoined.kind: _branches_joined,
    ev.ConversationCompacted.kind: _conversation_compacted,
    ev.BudgetRuled.kind: _budget_ruled,
    ev.BudgetRuledAgain.kind: _budget_counted,
    ev.BudgetSettled.kind: _budget_counted,
    ev.FileWritten.kind: _file_written,
    ev.FileFound.kind: _file_found,
    ev.ValueRead.kind: _value_read,
}
