"""The state of a run: what a fold over its events yields, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from framework.journal.conversation import ConversationChain
from framework.journal.entry import absorb, chain, first_hash
from framework.journal.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.conversation import ConversationMark
    from framework.model.events import (
        BranchOutcome,
        BudgetRuled,
        ErrorFacts,
        GuardRuled,
        ModelAnswered,
        QuestionAsked,
        ToolRequest,
        ToolReturned,
    )
    from framework.model.value import Value

MAIN_LANE = "m"
"""Id of the main walk's lane."""


NODE_CALL = "node"
"""Stands for the id of the call that a function node's own visit is."""


class Phase(Enum):
    """Where a lane stands."""

    READY = "ready"
    INSIDE = "inside"
    LEFT = "left"
    FORKED = "forked"
    AT_JOIN = "at_join"
    ENDED = "ended"
    FAILED = "failed"


class Step(Enum):
    """What one node's loop does next."""

    ASK_MODEL = "ask_model"
    RUN_TOOLS = "run_tools"
    TURN_OVER = "turn_over"
    ACCEPTED = "accepted"
    ESCALATED = "escalated"


# Names of this module: up to Python 3.11 every look-up of an enum's member is a function call.
_READY, _AT_JOIN = Phase.READY, Phase.AT_JOIN
_ASK_MODEL = Step.ASK_MODEL


class RunStatus(Enum):
    """The durable status of a run."""

    NEW = "new"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the run is over."""
        return self in {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED}


class Usage:
    """Tokens and money a run has used; ``unpriced`` counts answers whose price is unknown."""

    __slots__ = ("answers", "cached_tokens", "cost_usd", "input_tokens", "output_tokens", "unpriced")

    def __init__(self) -> None:
        """Start at nothing."""
        self.answers = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.cached_tokens = 0
        self.cost_usd = Decimal(0)
        self.unpriced = 0

    @property
    def total_tokens(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


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
        self.turn_calls: list[ToolRequest] = []
        self.signatures: list[bytes] = []
        self.text = ""
        self.feedback = ""
        self.waiting: dict[str, QuestionAsked] = {}
        self.replied = False
        self.exchanges: list[tuple[Value, Value]] = []
        self.compacted = False
        self.replies: dict[str, Value] = {}
        self.rulings: dict[str, GuardRuled] = {}
        self.in_doubt: dict[str, None] = {}  # A dict, as an empty set takes three times as much.
        self.intents: dict[str, str] = {}
        self.ordinals: dict[str, int] = {}


class Lane:
    """One path of concurrency: the main walk, a branch, or a tool call.

    Attributes:
        files: names of the files written in this lane and the digest of their content.
    """

    __slots__ = ("children", "digest", "files", "id", "parent")

    def __init__(self, lane_id: str, parent: str | None) -> None:
        """Start at the lane's first hash."""
        self.id = lane_id
        self.parent = parent
        self.digest = first_hash(lane_id)
        self.children: dict[str, Lane] = {}
        self.files: dict[str, str] = {}

    def advance(self, kind: str, body: bytes) -> bytes:
        """Chain one event; call lanes that ended are folded in first, in declared order."""
        if self.children:
            ordered = sorted(self.children.values(), key=lambda lane: lane.id)
            self.digest = absorb(self.digest, [lane.digest for lane in ordered])
            self.children.clear()
        self.digest = chain(self.digest, kind, body)
        return self.digest


class View(NamedTuple):
    """What an edge saw when it was taken: its source's last output, and the memory of its lane."""

    output: dict[str, Value]
    memory: dict[str, Value]


class WalkLane(Lane):
    """A lane that walks nodes: the main walk or a branch.

    Attributes:
        memory: the values this lane sees.
        written: keys it wrote, in order, to merge at the join.
        visits: visits by node in this lane.
        path: nodes visited in this lane, in order.
        stop_at: the join at which this branch ends.
        node_id: the node it stands at: about to start, inside, or left.
        edges_in: the edges that led to that node; ``views`` holds what each of them saw.
        considered: rulings on edges since the last node.
        released: whether the pause after the node it left is over.
        requested: key of the model call that is not answered yet.
        overhead: characters of the last request of the conversation besides its messages.
        ruled: what a budget said of the model call that is not answered yet.
        asides: answers outside the conversation that nothing has used yet, by key.
        forks: fan-outs so far; answers: model answers so far (both name child lanes).
    """

    __slots__ = (
        "_conversation", "answers", "asides", "branches", "considered", "edges_in", "error", "forks", "join",
        "last_output", "memory", "node", "node_id", "overhead", "path", "phase", "released", "requested",
        "ruled", "stop_at", "views", "visits", "written",
    )  # fmt: skip

    def __init__(self, lane_id: str, parent: WalkLane | None, *, stop_at: str | None = None) -> None:
        """Start with a copy of what ``parent`` sees."""
        super().__init__(lane_id, parent.id if parent else None)
        self.memory: dict[str, Value] = dict(parent.memory) if parent else {}
        self.visits: dict[str, int] = dict(parent.visits) if parent else {}
        self._conversation: ConversationChain | None = parent.conversation_copy() if parent else None
        self.last_output: dict[str, Value] = parent.last_output if parent else {}
        self.written: dict[str, None] = {}
        self.path: list[str] = []
        self.stop_at = stop_at
        self.phase = _READY
        self.node_id: str | None = None
        self.edges_in: tuple[str, ...] = ()
        self.views: tuple[View, ...] = ()
        self.node: NodeState | None = None
        self.error: ErrorFacts | None = None
        self.considered = 0
        self.released = False
        self.requested: str | None = None
        self.ruled: BudgetRuled | None = None
        self.overhead = 0
        self.asides: dict[str, ModelAnswered] = {}
        self.branches: tuple[str, ...] = ()
        self.join: str | None = None
        self.forks = 0
        self.answers = 0

    @property
    def conversation(self) -> ConversationChain:
        """The conversation of this lane's event-loop nodes; made when the first of them needs it."""
        if self._conversation is None:
            self._conversation = ConversationChain()
        return self._conversation

    @conversation.setter
    def conversation(self, conversation: ConversationChain) -> None:
        self._conversation = conversation

    def conversation_copy(self) -> ConversationChain | None:
        """Return a copy of the conversation, None while there is none."""
        return self._conversation.copy() if self._conversation is not None else None

    def go_to(self, node_id: str, edge_ids: tuple[str, ...] = ()) -> None:
        """Stand before a node, or at the join if it is that."""
        view = View(self.last_output, self.memory)
        self.arrive(node_id, edge_ids, (view,) if len(edge_ids) == 1 else (view,) * len(edge_ids))

    def arrive(self, node_id: str, edge_ids: tuple[str, ...], views: tuple[View, ...]) -> None:
        """Stand before a node to which edges led that saw ``views``."""
        self.node_id = node_id
        self.edges_in = edge_ids
        self.views = views
        self.released = False
        self.phase = _AT_JOIN if node_id == self.stop_at else _READY

    def call_lane_id(self, index: int) -> str:
        """Return the id of the lane of one call of the last answer."""
        return f"{self.id}.c{self.answers}.{index:03d}"


class RunState:
    """Everything a run knows, folded from its journal.

    Attributes:
        steps: node visits so far, all lanes.
        ledger: US dollars spent on models.
        inherited: keys of the calls that were intended before a fork, and the run that intended them.
        retries: attempts beyond the first, by node.
        failures: nodes that failed a visit or an attempt, in order, once each.
        files: names of the data folder's files and their content's digest.
        left_out: names of those whose content the journal does not keep, and why.
        rejection: why a person rejects what the run came to, None unless one does.
    """

    __slots__ = (
        "agent",
        "branch_failed",
        "ended_at_us",
        "error",
        "evaluation",
        "failures",
        "files",
        "goal",
        "graph",
        "inherited",
        "input",
        "lanes",
        "last_seq",
        "ledger",
        "left_out",
        "paused_at",
        "questions",
        "rejection",
        "retries",
        "run_id",
        "started_at_us",
        "status",
        "steps",
        "usage",
        "version",
    )  # fmt: skip

    def __init__(self) -> None:
        """Start before the first event."""
        self.status = RunStatus.NEW
        self.last_seq = 0
        self.run_id = ""
        self.agent = ""
        self.version = ""
        self.goal: Value | None = None
        self.graph: Value | None = None
        self.input: dict[str, Value] = {}
        self.lanes: dict[str, Lane] = {MAIN_LANE: WalkLane(MAIN_LANE, None)}
        self.steps = 0
        self.usage = Usage()
        self.ledger = Ledger()
        self.inherited: dict[str, str] = {}
        self.retries: dict[str, int] = {}
        self.failures: dict[str, str] = {}
        self.branch_failed = False
        self.files: dict[str, str] = {}
        self.left_out: dict[str, str] = {}
        self.questions: dict[str, QuestionAsked] = {}
        self.paused_at: str | None = None
        self.error: ErrorFacts | None = None
        self.evaluation: Value | None = None
        self.rejection: str | None = None
        self.started_at_us = 0
        self.ended_at_us = 0

    @property
    def main(self) -> WalkLane:
        """The main walk's lane."""
        return self.walk(MAIN_LANE)

    def walk(self, lane_id: str) -> WalkLane:
        """Return a lane that walks nodes."""
        lane = self.lanes[lane_id]
        if not isinstance(lane, WalkLane):
            raise TypeError(f"Lane {lane_id!r} is a tool call's and walks no nodes.")
        return lane

    def lane(self, lane_id: str) -> Lane:
        """Return a lane; a tool call's lane begins with its first event."""
        lane = self.lanes.get(lane_id)
        if lane is None:
            parent_id = lane_id.rsplit(".c", 1)[0]
            siblings = self.lanes[parent_id].children
            lane = self.lanes[lane_id] = siblings[lane_id] = Lane(lane_id, parent_id)
        return lane

    def withdraw_questions(self, node: NodeState) -> None:
        """Close the questions of an attempt that ended without an answer."""
        for question in node.waiting.values():
            self.questions.pop(question.question_id, None)

    def fork(self, lane: WalkLane, edges_to: Mapping[str, Sequence[str]], join: str | None) -> None:
        """Open one branch for every target of ``edges_to``, which holds the edges that lead there."""
        lane.forks += 1
        lane.join = join
        lane.released = False
        names: list[str] = []
        prefix = f"{lane.id}.b{lane.forks}."
        for index, (target, edge_ids) in enumerate(edges_to.items()):
            branch = WalkLane(f"{prefix}{index:03d}", lane, stop_at=join)
            self.lanes[branch.id] = branch
            branch.go_to(target, tuple(edge_ids))
            names.append(branch.id)
        lane.branches = tuple(names)
        lane.phase = Phase.FORKED

    def merge(self, lane: WalkLane, outcome: BranchOutcome) -> None:
        """Take over what one branch did."""
        branch = self.walk(outcome.lane)
        lane.path.extend(branch.path)
        for node_id in branch.path:
            lane.visits[node_id] = max(branch.visits[node_id], lane.visits.get(node_id, 0))
        if not outcome.succeeded:
            self.branch_failed = True
            self._forget(outcome.lane)
            return
        del self.lanes[outcome.lane]
        lane.last_output.update(branch.last_output)
        for key in branch.written:
            lane.written[key] = None
            if key in branch.memory:
                lane.memory[key] = branch.memory[key]
            else:
                lane.memory.pop(key, None)

    def _forget(self, branch: str) -> None:
        """Drop a branch that was cut off, the lanes it left open and the questions it asked."""
        for lane_id in [name for name in self.lanes if name == branch or name.startswith(f"{branch}.")]:
            lane = self.lanes.pop(lane_id)
            if isinstance(lane, WalkLane) and lane.node is not None:
                self.withdraw_questions(lane.node)
