"""The events of a conversation: a model asked, its answer, messages given, compaction."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from framework.journal.conversation import ConversationChain, Counted
from framework.journal.fold.costs import note_cost
from framework.journal.fold.places import node_of, walk_of
from framework.journal.ledger import NO_ANSWER
from framework.journal.state import Lane, NodeState, RunState, Step, Usage, WalkLane
from framework.model import events as ev
from framework.model.message import Message, Role
from framework.model.tool import ToolUse

if TYPE_CHECKING:
    from framework.journal.fold.places import Handler
    from framework.model.value import Value

TURN = "turn"
"""Purpose of the model calls that make up a node's conversation."""


def request_key(purpose: str, system: Value, prompt: Value | None) -> str:
    """Return what tells a model call from the others of its lane: its purpose, or what it asks aside."""
    if prompt is None:
        return purpose
    return sha256(b"\0".join((purpose.encode(), system.raw, prompt.raw))).hexdigest()


def _model_requested(state: RunState, lane: Lane, event: ev.ModelRequested) -> None:
    walk = walk_of(state, lane)
    walk.requested = request_key(event.purpose, event.system, event.prompt)
    if walk.ruled is not None:
        note_cost(state, walk, event)
    if event.purpose == TURN:
        walk.overhead = event.system.size + event.tools.size


def _model_answered(state: RunState, lane: Lane, event: ev.ModelAnswered) -> None:
    walk = walk_of(state, lane)
    walk.ruled = None
    note_cost(state, walk, event)
    if event.stop_reason != NO_ANSWER:
        _count(state.usage, event)
    if event.purpose == TURN:
        _turn_answered(walk, node_of(state, lane), event)
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
    node.turn_calls += event.tool_calls
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


def _input_injected(state: RunState, lane: Lane, event: ev.InputInjected) -> None:
    walk_of(state, lane).conversation.add(Message(Role.USER, event.text.load()))


def _conversation_compacted(state: RunState, lane: Lane, event: ev.ConversationCompacted) -> None:
    walk = walk_of(state, lane)
    used = walk.conversation.call_ids
    walk.conversation = ConversationChain(message_from_json(m) for m in event.messages.load())
    walk.conversation.call_ids |= used  # What was ruled on a call must not fall to a later one of its name.
    walk.asides.clear()
    node_of(state, lane).compacted = True


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


HANDLERS: dict[str, Handler] = {
    ev.ModelRequested.kind: _model_requested,
    ev.ModelAnswered.kind: _model_answered,
    ev.InputInjected.kind: _input_injected,
    ev.ConversationCompacted.kind: _conversation_compacted,
}
"""What each kind of event changes."""
