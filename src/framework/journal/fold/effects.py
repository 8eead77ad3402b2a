"""The events of tool calls, and of the people asked about them or by a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.fold.places import node_of, walk_of
from framework.journal.state import Lane, RunState, Step, ruling_key
from framework.model import events as ev
from framework.model.message import Message, Role

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler


def _tool_intended(state: RunState, lane: Lane, event: ev.ToolIntended) -> None:
    node = node_of(state, lane)
    content = f"{event.tool}\0{event.arguments.raw.decode()}"
    node.intents[event.call_id] = event.key
    node.replies.pop(event.call_id, None)
    node.ordinals[content] = node.ordinals.get(content, 0) + 1
    if node.unsettled:
        node.take_up(event.call_id, event.key)


def _tool_returned(state: RunState, lane: Lane, event: ev.ToolReturned) -> None:
    walk, node = walk_of(state, lane), node_of(state, lane)
    node.returned[event.call_id] = event
    node.replies.pop(event.call_id, None)
    node.in_doubt -= {event.call_id}
    if event.call_id in node.waiting:  # A probe knew before a person did.
        state.withdraw_questions([node.waiting.pop(event.call_id)])
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
    node = walk_of(state, lane).node
    if node is not None:
        node.in_doubt |= {event.call_id}


def _guard_ruled(state: RunState, lane: Lane, event: ev.GuardRuled) -> None:
    node = walk_of(state, lane).node
    if node is not None:
        node.rulings = {**node.rulings, ruling_key(event.guard, event.call_id): event}


def _question_asked(state: RunState, lane: Lane, event: ev.QuestionAsked) -> None:
    node = node_of(state, lane)
    before = node.waiting.get(event.call_id or "")
    if before is not None:  # Earlier versions asked anew what an earlier attempt had asked.
        state.withdraw_questions([before])
    node.waiting[event.call_id or ""] = event
    node.questions += 1
    state.questions[event.question_id] = event
    if event.question_id not in state.question_numbers:
        number = len(state.question_numbers) + 1
        state.question_numbers = {**state.question_numbers, event.question_id: number}


def _question_answered(state: RunState, lane: Lane, event: ev.QuestionAnswered) -> None:
    node = node_of(state, lane)
    question = state.questions.pop(event.question_id)
    # A later attempt may have another id for the call that the question is about.
    names = (name for name, asked in node.waiting.items() if asked.question_id == event.question_id)
    call_id = next(names, question.call_id or "")
    node.waiting.pop(call_id, None)
    node.signatures.clear()
    if call_id not in node.intents:  # A question about a call in doubt is not the node's own.
        node.exchanges += ((question.text, event.text),)
    if call_id:
        node.replies[call_id] = event.text
    else:
        node.replied = True
        walk_of(state, lane).conversation.add(Message(Role.USER, event.text.load()))


HANDLERS: dict[str, Handler] = {
    ev.ToolIntended.kind: _tool_intended,
    ev.ToolReturned.kind: _tool_returned,
    ev.ToolInDoubt.kind: _tool_in_doubt,
    ev.GuardRuled.kind: _guard_ruled,
    ev.QuestionAsked.kind: _question_asked,
    ev.QuestionAnswered.kind: _question_answered,
}
"""What each kind of event changes."""
