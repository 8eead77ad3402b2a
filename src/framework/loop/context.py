"""What a node gets to run with, and what it gives back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from framework.clock import Clock
from framework.credentials.tracked import NO_CREDENTIALS, TrackedCredentials
from framework.journal.log import LaneLog
from framework.journal.state import WalkLane
from framework.llm.base import LLMProvider
from framework.llm.stream import StreamEvent
from framework.loop.budget.base import BudgetGate
from framework.loop.judges import JudgeProtocol
from framework.loop.outside import OutsideValues
from framework.loop.run_files import RunFiles
from framework.model.goal import Goal
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec
from framework.model.tool import Tool
from framework.model.value import Value
from framework.tools.calls import ToolExecutor

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.state import NodeState
    from framework.model.events import QuestionAsked


class Person(Protocol):
    """Someone who answers questions."""

    async def ask(self, question: QuestionAsked) -> str:
        """Return the answer; may wait as long as it takes.

        Raises:
            RunPausedError: if nobody is there now; the run waits in its journal.
        """
        ...


_NOTHING = Value.blob("")


def _show_nothing(event: StreamEvent) -> None:
    del event


# Not frozen: one is made per attempt, and freezing costs several times as much.
@dataclass(slots=True, kw_only=True)
class NodeContext:
    """Everything one attempt of a node may use; nobody changes it.

    Attributes:
        inputs: the node's inputs, fresh copies.
        log: records the visit in its lane of the journal.
        tools: the tools this node may call.
        system: the rendered system prompt.
        encoded_tools: the tools as the journal keeps them; encoded_system: the prompt likewise.
        show: takes the stream of a model's answer as it arrives.
        person: answers questions; None when nobody is there.
        files: the run's files; None when the run stores nothing.
        budget: rules on what model calls may cost; None when nothing is bounded.
        credentials: those of the run; tools get the ones they name.
        given: what its reads from outside find, before anything is looked up; a replay gives it.
        approved: names of the tools of high risk that may be called without asking a person.
    """

    node_spec: NodeSpec
    inputs: Mapping[str, Any]
    log: LaneLog
    clock: Clock
    config: LoopConfig = field(default_factory=LoopConfig)
    goal: Goal | None = None
    llm: LLMProvider | None = None
    model: str = ""
    max_tokens: int = 4096
    system: str = ""
    tools: Sequence[Tool] = ()
    encoded_system: Value = _NOTHING
    encoded_tools: Value = _NOTHING
    tool_executor: ToolExecutor | None = None
    judge: JudgeProtocol | None = None
    show: Callable[[StreamEvent], None] = _show_nothing
    person: Person | None = None
    files: RunFiles | None = None
    credentials: TrackedCredentials = NO_CREDENTIALS
    approved: frozenset[str] = frozenset()
    budget: BudgetGate | None = None
    given: list[Any] = field(default_factory=list[Any])
    _outside: OutsideValues | None = field(default=None, init=False)
    _inbox: deque[str] | None = field(default=None, init=False)
    _lane: WalkLane | None = field(default=None, init=False)

    @property
    def inbox(self) -> deque[str]:
        """Messages injected from outside, taken at the next turn; made when first asked for."""
        if self._inbox is None:  # Even an empty deque takes 700 bytes, and functions have none.
            self._inbox = deque()
        return self._inbox

    @inbox.setter
    def inbox(self, messages: deque[str]) -> None:
        self._inbox = messages

    @property
    def outside(self) -> OutsideValues:
        """Reads the clock, chance and other things from outside the run so that they can be replayed."""
        if self._outside is None:
            self._outside = OutsideValues(self.log, self.clock, self.given)
        return self._outside

    def prepare_for_function(self) -> None:
        """Make what a function may use at once: the data folder, and what no thread can make by itself."""
        self._outside = self._outside or OutsideValues(self.log, self.clock, self.given)
        if self.files is not None:
            self.files.path.mkdir(parents=True, exist_ok=True)

    @property
    def data_dir(self) -> Path | None:
        """The folder of the run's files, None when the run stores nothing.

        What changes in it is journaled when the node ends, or waits for a person.
        """
        return None if self.files is None else self.files.ask(self.log.lane_id)

    async def note_files(self) -> None:
        """Journal what changed in the data folder, if this node asked for it; the caller commits it."""
        if self.files is not None and self.files.is_asked(self.log.lane_id):
            await self.files.note(self.log)

    @property
    def node_id(self) -> str:
        """The node's id."""
        return self.node_spec.id

    @property
    def input_data(self) -> Mapping[str, Any]:
        """The node's inputs, by the name older nodes use."""
        return self.inputs

    @property
    def lane(self) -> WalkLane:
        """The lane the node runs in."""
        if self._lane is None:  # A lane is one object as long as a node runs in it, and often asked for.
            self._lane = self.log.state.walk(self.log.lane_id)
        return self._lane

    @property
    def idempotency_key(self) -> str:
        """A key for what this visit does outside: the same however often the visit is tried or resumed.

        A visit that had begun before this run was forked off keeps its key: it may have taken effect.
        """
        visit = self.visit
        run_id = visit.origin or self.log.state.run_id
        place = f"{run_id}\0{self.log.lane_id}\0{self.node_id}\0{visit.visit}"
        return sha256(place.encode()).hexdigest()

    @property
    def visit(self) -> NodeState:
        """What the journal says of this visit so far."""
        node = self.lane.node
        if node is None:
            raise TypeError(f"Node {self.node_id!r} is not being visited.")
        return node


# The order of the fields is public contract, so they may be given by position.
@dataclass(slots=True)  # Not frozen, for the same reason.
class NodeResult:
    """What a node gives back; nobody changes it.

    Attributes:
        output: values by output key; outputs a loop set already need not be repeated.
        error: why it failed, when it did.
    """

    success: bool
    output: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: str | None = None


class NodeProtocol(Protocol):
    """Something that runs as a node."""

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Run one attempt.

        Raises:
            NodeError: if it failed; other errors count as failures, too.
        """
        ...
