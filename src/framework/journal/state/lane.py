"""The state of one lane: what it saw, wrote and visited, and its hash."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from framework.journal.conversation import ConversationChain
from framework.journal.entry import absorb, chain, first_hash

if TYPE_CHECKING:
    from framework.journal.state.node import NodeState
    from framework.model.events import BudgetRuled, ErrorFacts, ModelAnswered
    from framework.model.value import Value

MAIN_LANE = "m"
"""Id of the main walk's lane."""


class Phase(Enum):
    """Where a lane stands."""

    READY = "ready"
    INSIDE = "inside"
    LEFT = "left"
    FORKED = "forked"
    AT_JOIN = "at_join"
    ENDED = "ended"
    FAILED = "failed"


# Names of this module: up to Python 3.11 every look-up of an enum's member is a function call.
_READY, _AT_JOIN = Phase.READY, Phase.AT_JOIN


def belongs_to(lane_id: str, branch: str) -> bool:
    """Whether a lane is the one of ``branch``, or lies within it."""
    return lane_id == branch or lane_id.startswith(f"{branch}.")


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
