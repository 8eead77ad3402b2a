"""What a person watching a run needs to know, folded from the live events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from framework.events.bus import EventType

if TYPE_CHECKING:
    from framework.events.bus import AgentEvent

_TEXT_KEPT = 4000
_TOOLS_KEPT = 4


class Light(Enum):
    """How a node of the graph shows."""

    WAITING = "waiting"
    RUNNING = "running"
    RETRYING = "retrying"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class NodeLight:
    """One node; ``since`` is when its visit under way began, ``spent`` the seconds of those before."""

    id: str
    light: Light = Light.WAITING
    visits: int = 0
    attempt: int = 1
    retries: int = 0
    since: float | None = None
    spent: float = 0.0
    note: str = ""

    @property
    def is_active(self) -> bool:
        """Whether a visit is under way."""
        return self.since is not None

    def seconds(self, now: float) -> float:
        """Return the seconds spent in all visits."""
        return self.spent + (now - self.since if self.since is not None else 0.0)


@dataclass(slots=True)
class ToolLine:
    """One tool call; ``status`` is empty while it lasts."""

    call_id: str
    node_id: str
    tool: str
    arguments: Any
    since: float
    status: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """Tokens and money so far."""

    answers: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(slots=True)
class Board:
    """The lights of all nodes, what the models say, and what it costs.

    Attributes:
        clock: tells monotonic seconds.
        streams: the end of each running node's text.
        speaker: the node whose text is shown, for as long as its visit lasts.
        status: ``running`` until the run ends or pauses.
    """

    agent: str
    run_id: str
    nodes: dict[str, NodeLight]
    clock: Callable[[], float]
    begun: float
    tally: Tally = field(default_factory=Tally)
    tools: deque[ToolLine] = field(default_factory=lambda: deque[ToolLine](maxlen=_TOOLS_KEPT))
    streams: dict[str, str] = field(default_factory=dict[str, str])
    speaker: str = ""
    status: str = "running"

    def hear(self, event: AgentEvent) -> None:
        """Change by one event."""
        handler = _HANDLERS.get(event.type)
        if handler is not None:
            handler(self, event)

    def node(self, node_id: str) -> NodeLight:
        """Return the light of a node."""
        return self.nodes.setdefault(node_id, NodeLight(node_id))

    @property
    def is_over(self) -> bool:
        """Whether the run has ended or paused."""
        return self.status != "running"


def new_board(agent: str, run_id: str, nodes: Sequence[str], clock: Callable[[], float]) -> Board:
    """Return the board of a run that is about to start."""
    lights = {node_id: NodeLight(node_id) for node_id in nodes}
    return Board(agent=agent, run_id=run_id, nodes=lights, clock=clock, begun=clock())


def _node_started(board: Board, event: AgentEvent) -> None:
    node = board.node(event.node_id)
    node.light = Light.RUNNING
    node.visits = int(event.data.get("visit", node.visits + 1))
    node.attempt = 1
    node.since = board.clock()
    node.note = ""
    board.streams[event.node_id] = ""


def _node_retried(board: Board, event: AgentEvent) -> None:
    node = board.node(event.node_id)
    node.light = Light.RETRYING
    node.retries += 1
    node.attempt = int(event.data.get("attempt", node.attempt + 1))
    node.note = _message(event)
    board.streams[event.node_id] = ""


def _node_ended(board: Board, event: AgentEvent) -> None:
    node = board.node(event.node_id)
    _stop(node, board.clock())
    failed = event.type is EventType.NODE_FAILED
    node.light = Light.FAILED if failed else Light.DONE
    node.note = _message(event) if failed else ""
    board.streams.pop(event.node_id, None)


def _text(board: Board, event: AgentEvent) -> None:
    heard = board.streams.get(event.node_id, "") + str(event.data.get("content", ""))
    board.streams[event.node_id] = heard[-_TEXT_KEPT:]
    if board.speaker not in board.streams:
        board.speaker = event.node_id


def _model_requested(board: Board, event: AgentEvent) -> None:
    node = board.node(event.node_id) if event.node_id in board.nodes else None
    if node is not None:
        node.note = "thinking"


def _model_answered(board: Board, event: AgentEvent) -> None:
    tally, data = board.tally, event.data
    tally.answers += 1
    tally.input_tokens += int(data.get("input_tokens", 0))
    tally.output_tokens += int(data.get("output_tokens", 0))
    if data.get("cost_usd") is None:
        tally.unpriced += 1
    else:
        tally.cost_usd += Decimal(data["cost_usd"])
    if event.node_id in board.nodes:
        board.nodes[event.node_id].note = ""
    if board.streams.get(event.node_id):
        board.streams[event.node_id] += "\n"


def _tool_started(board: Board, event: AgentEvent) -> None:
    data = event.data
    board.tools.append(
        ToolLine(
            call_id=str(data.get("call_id", "")),
            node_id=event.node_id,
            tool=str(data.get("tool", "")),
            arguments=data.get("arguments"),
            since=board.clock(),
        )
    )


def _tool_completed(board: Board, event: AgentEvent) -> None:
    call_id = str(event.data.get("call_id", ""))
    for line in board.tools:
        if line.call_id == call_id and not line.status:
            line.status = str(event.data.get("status", "ok"))
            line.seconds = board.clock() - line.since


def _asked(board: Board, event: AgentEvent) -> None:
    board.node(event.node_id).note = "waits for a person"


def _answered(board: Board, event: AgentEvent) -> None:
    if event.node_id in board.nodes:
        board.nodes[event.node_id].note = ""


def _joined(board: Board, event: AgentEvent) -> None:
    """Put out what a cancelled branch left under way: its nodes never finish."""
    del event
    now = board.clock()
    for node in board.nodes.values():
        if node.is_active:
            _stop(node, now)
            node.light = Light.FAILED
            node.note = "cancelled"


def _run_over(board: Board, event: AgentEvent) -> None:
    now = board.clock()
    board.status = _ENDS[event.type]
    for node in board.nodes.values():
        if node.is_active:
            _stop(node, now)
            node.light = Light.WAITING if event.type is EventType.EXECUTION_PAUSED else Light.FAILED


def _stop(node: NodeLight, now: float) -> None:
    if node.since is not None:
        node.spent += now - node.since
        node.since = None


def _message(event: AgentEvent) -> str:
    error = event.data.get("error")
    return str(getattr(error, "message", error or ""))


_ENDS = {
    EventType.EXECUTION_COMPLETED: "succeeded",
    EventType.EXECUTION_FAILED: "failed",
    EventType.EXECUTION_PAUSED: "paused",
}

_HANDLERS: Mapping[EventType, Callable[[Board, AgentEvent], None]] = {
    EventType.NODE_STARTED: _node_started,
    EventType.NODE_RETRY: _node_retried,
    EventType.NODE_COMPLETED: _node_ended,
    EventType.NODE_FAILED: _node_ended,
    EventType.LLM_TEXT_DELTA: _text,
    EventType.CLIENT_OUTPUT_DELTA: _text,
    EventType.MODEL_REQUESTED: _model_requested,
    EventType.MODEL_ANSWERED: _model_answered,
    EventType.TOOL_CALL_STARTED: _tool_started,
    EventType.TOOL_CALL_COMPLETED: _tool_completed,
    EventType.CLIENT_INPUT_REQUESTED: _asked,
    EventType.CLIENT_INPUT_RECEIVED: _answered,
    EventType.BRANCHES_JOINED: _joined,
    EventType.EXECUTION_COMPLETED: _run_over,
    EventType.EXECUTION_FAILED: _run_over,
    EventType.EXECUTION_PAUSED: _run_over,
}
