"""The state of a whole run."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from framework.journal.ledger import Ledger
from framework.journal.state.lane import MAIN_LANE, Lane, Phase, WalkLane, belongs_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from framework.journal.raised import Raised
    from framework.model.events import BranchOutcome, ErrorFacts, QuestionAsked
    from framework.model.value import Value


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


# Shared by all runs, so nobody may write into them: what few runs have is replaced when it grows.
_NO_NAMES: Mapping[str, str] = MappingProxyType({})
_NO_NUMBERS: Mapping[str, int] = MappingProxyType({})


class RunState:
    """Everything a run knows, folded from its journal.

    Attributes:
        steps: node visits so far, all lanes.
        ledger: US dollars spent on models.
        inherited: keys of the calls that were intended before a fork, and the run that intended them.
        retries: attempts beyond the first, by node.
        failures: nodes that failed a visit or an attempt, in order, once each.
        files: names of the data folder's files and their content's digest.
        file_sizes: bytes of those files that were last found, and not written, by name.
        left_out: names of those whose content the journal does not keep, and why.
        questions: the open questions, by id.
        question_numbers: what each question that was ever asked is called for short, by id: its place in the
            order in which they were asked, from 1.
        raised: errors that the own code of nodes raised and that ended their visits, in order.
        rejection: why a person rejects what the run came to, None unless one does.
    """

    __slots__ = (
        "agent",
        "branch_failed",
        "ended_at_us",
        "error",
        "evaluation",
        "failures",
        "file_sizes",
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
        "question_numbers",
        "questions",
        "raised",
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
        self.inherited: Mapping[str, str] = _NO_NAMES
        self.retries: Mapping[str, int] = _NO_NUMBERS
        self.failures: dict[str, str] = {}
        self.branch_failed = False
        self.files: dict[str, str] = {}
        self.file_sizes: Mapping[str, int] = _NO_NUMBERS
        self.left_out: Mapping[str, str] = _NO_NAMES
        self.questions: dict[str, QuestionAsked] = {}
        self.question_numbers: Mapping[str, int] = _NO_NUMBERS
        self.paused_at: str | None = None
        self.error: ErrorFacts | None = None
        self.evaluation: Value | None = None
        self.raised: list[Raised] = []
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

    def withdraw_questions(self, questions: Iterable[QuestionAsked]) -> None:
        """Close questions that nobody needs to answer any more."""
        for question in questions:
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
        for lane_id in [name for name in self.lanes if belongs_to(name, branch)]:
            lane = self.lanes.pop(lane_id)
            if isinstance(lane, WalkLane) and lane.node is not None:
                self.withdraw_questions(lane.node.open_questions())
