"""The state of one visit of a node."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.journal.conversation import ConversationChain, ConversationMark
    from framework.model.events import ErrorFacts, GuardRuled, QuestionAsked, ToolRequest, ToolReturned
    from framework.model.value import Value

NODE_CALL = "node"
"""Stands for the id of the call that a function node's own visit is."""


class Step(Enum):
    """What one node's loop does next."""

    ASK_MODEL = "ask_model"
    RUN_TOOLS = "run_tools"
    TURN_OVER = "turn_over"
    ACCEPTED = "accepted"
    ESCALATED = "escalated"


class Unsettled(NamedTuple):
    """A call of an earlier attempt that never came back: what a person is asked about it, or said last."""

    question: QuestionAsked | None
    reply: Value | None


# Shared by all visits: what is seldom added to is replaced then, and takes no memory until then.
_NO_RULINGS: Mapping[str, GuardRuled] = MappingProxyType({})
_NO_CALLS: frozenset[str] = frozenset()
_NOTHING_UNSETTLED: Mapping[str, Unsettled] = MappingProxyType({})

_ASK_MODEL = Step.ASK_MODEL  # Up to Python 3.11 every look-up of an enum's member is a function call.


def ruling_key(guard: str, call_id: str) -> str:
    """Return the name of one guard's ruling on one call."""
    return f"{guard}\0{call_id}"


class NodeState:
    """One visit of a node while it lasts.

    Attributes:
        attempt: the attempt under way, from 1.
        outputs: outputs set so far, not yet in the memory.
        turn: the model's turn under way, from 1.
        answers: model answers in this turn.
        calls: the tool calls of the last answer.
        returned: what came back of them, by call id.
        turn_calls: names of the calls of this turn, in order.
        signatures: what each step did, for stall detection.
        waiting: the questions that wait for a person, by the id of the call they are about; the node's own
            is under the empty id.
        replies: what a person answered about calls, by call id, until what follows from it is recorded.
        rulings: what guards ruled on calls, by ``ruling_key``.
        in_doubt: ids of the calls of which nobody knows whether they took effect.
        replied: whether a person answered the turn that just ended.
        exchanges: what a person was asked by the node and answered, in order.
        compacted: whether the conversation was compacted for the request that comes next.
        reads: values that this attempt read from outside, in order.
        receipts: what each call of this visit returned, by key; survives a retry.
        unsettled: the calls of earlier attempts that never came back and that this one has not come to, by
            key; survives a retry.
        intents: keys of the calls of this attempt, by call id.
        failed: why the last attempt failed, while the next one waits to begin.
        effect: what running the node twice does, when it is a function that changes something.
        origin: the run in which the visit began, if this run was forked off during the visit; else empty.
        ordinals: identical calls of this attempt so far, by content.
    """

    __slots__ = (
        "answers",
        "attempt",
        "calls",
        "compacted",
        "effect",
        "exchanges",
        "failed",
        "feedback",
        "in_doubt",
        "intents",
        "node_id",
        "opening",
        "ordinals",
        "origin",
        "outputs",
        "questions", "reads",
        "receipts",
        "replied",
        "replies",
        "returned",
        "rulings",
        "signatures",
        "step",
        "text",
        "turn",
        "turn_calls",
        "unsettled",
        "visit",
        "waiting",
    )  # fmt: skip

    def __init__(self, node_id: str, visit: int, effect: str | None = None) -> None:
        """Begin the first attempt of a visit."""
        self.node_id = node_id
        self.visit = visit
        self.effect = effect
        self.origin = ""
        self.attempt = 1
        self.questions = 0
        self.opening: tuple[ConversationChain, ConversationMark] | None = None
        self.receipts: dict[str, ToolReturned] = {}
        self.unsettled = _NOTHING_UNSETTLED
        self.restart()

    def restart(self) -> None:
        """Forget what the attempt did."""
        self.failed: ErrorFacts | None = None
        self.reads: list[Value] = []
        self.outputs: dict[str, Value] = {}
        self.step = _ASK_MODEL
        self.turn = 1
        self.answers = 0
        self.calls: tuple[ToolRequest, ...] = ()
        self.returned: dict[str, ToolReturned] = {}
        self.turn_calls: tuple[ToolRequest, ...] = ()
        self.signatures: list[bytes] = []
        self.text = ""
        self.feedback = ""
        self.waiting: dict[str, QuestionAsked] = {}
        self.replied = False
        self.exchanges: tuple[tuple[Value, Value], ...] = ()
        self.compacted = False
        self.replies: dict[str, Value] = {}
        self.rulings: Mapping[str, GuardRuled] = _NO_RULINGS
        self.in_doubt: frozenset[str] = _NO_CALLS
        self.intents: dict[str, str] = {}
        self.ordinals: dict[str, int] = {}

    def give_up(self) -> None:
        """End the attempt: what it did is forgotten, but not the calls that never came back."""
        lost = {
            key: Unsettled(self.waiting.get(call_id), self.replies.get(call_id))
            for call_id, key in self.intents.items()
            if key not in self.receipts
        }
        if lost:
            self.unsettled = {**self.unsettled, **lost}
        self.restart()

    def take_up(self, call_id: str, key: str) -> None:
        """Let a call of this attempt be the one of an earlier attempt that has the same key."""
        if key not in self.unsettled:
            return
        question, reply = self.unsettled[key]
        self.unsettled = {known: left for known, left in self.unsettled.items() if known != key}
        if question is not None:
            self.waiting[call_id] = question
        if reply is not None:
            self.replies[call_id] = reply

    def open_questions(self) -> list[QuestionAsked]:
        """Return the questions of this visit that wait for a person."""
        left = [each.question for each in self.unsettled.values() if each.question is not None]
        return [*self.waiting.values(), *left]
