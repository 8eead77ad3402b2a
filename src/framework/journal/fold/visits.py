"""The events of a visit of a node: begun, tried again, ruled on, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.conversation import ConversationChain
from framework.journal.fold.places import node_of, walk_of
from framework.journal.state import Lane, NodeState, Phase, RunState, Step
from framework.model import events as ev
from framework.model.message import Message, Role

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler

_INSIDE, _LEFT = Phase.INSIDE, Phase.LEFT  # Up to Python 3.11 a look-up of a member is a function call.


def _node_started(state: RunState, lane: Lane, event: ev.NodeStarted) -> None:
    walk = walk_of(state, lane)
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
    node = node_of(state, lane)
    asked = node.open_questions()
    node.attempt = event.attempt
    node.give_up()
    if asked:
        kept = node.open_questions()
        state.withdraw_questions(question for question in asked if question not in kept)
    walk = walk_of(state, lane)
    walk.requested = walk.ruled = None
    walk.asides.clear()
    if node.opening is not None:
        conversation, mark = node.opening
        conversation.rewind(mark)
        walk.conversation = conversation
    state.retries = {**state.retries, event.node_id: state.retries.get(event.node_id, 0) + 1}
    state.failures.setdefault(event.node_id, event.error.message)


def _attempt_failed(state: RunState, lane: Lane, event: ev.AttemptFailed) -> None:
    node_of(state, lane).failed = event.error


def _node_finished(state: RunState, lane: Lane, event: ev.NodeFinished) -> None:
    walk = walk_of(state, lane)
    node = node_of(state, lane)
    if node.waiting or node.unsettled:
        state.withdraw_questions(node.open_questions())
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


def _output_set(state: RunState, lane: Lane, event: ev.OutputSet) -> None:
    node_of(state, lane).outputs.update(event.values)


def _judge_ruled(state: RunState, lane: Lane, event: ev.JudgeRuled) -> None:
    node = node_of(state, lane)
    feedback: str = event.feedback.load()
    node.feedback = feedback
    walk_of(state, lane).asides.clear()
    if event.action == "ACCEPT":
        node.step = Step.ACCEPTED
        return
    if event.action == "ESCALATE":
        node.step = Step.ESCALATED
        return
    node.turn += 1
    node.answers = 0
    node.turn_calls = ()
    node.replied = False
    node.step = Step.ASK_MODEL
    if feedback:
        walk_of(state, lane).conversation.add(Message(Role.USER, feedback))


HANDLERS: dict[str, Handler] = {
    ev.NodeStarted.kind: _node_started,
    ev.NodeRetried.kind: _node_retried,
    ev.AttemptFailed.kind: _attempt_failed,
    ev.NodeFinished.kind: _node_finished,
    ev.OutputSet.kind: _output_set,
    ev.JudgeRuled.kind: _judge_ruled,
}
"""What each kind of event changes."""
