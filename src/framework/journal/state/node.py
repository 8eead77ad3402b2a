"""The state of one visit of a node."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

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


# Shared by all visits: what is seldom added to is replaced then, and takes no memory until then.
_NO_RULINGS: Mapping[str, GuardRuled] = {}
_NO_CALLS: frozenset[str] = frozenset()

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
