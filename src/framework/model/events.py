"""The events of a journal: the closed union of everything that can happen in a run.

An event holds content alone. Sequence number, time, lane and durations are
the entry's, not the event's, so two runs that did the same thing hold equal
events. ``hashed`` is False for events that depend on where and when a run was
executed (a resume, a pause, captured output); they stand outside the hash chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar, dataclass_transform

from framework.model.value import Value

_T = TypeVar("_T")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def _event(cls: type[_T]) -> type[_T]:
    """Make a slotted, keyword-only dataclass that the type checker holds to be frozen.

    Freezing at run time makes construction three times as slow, and several
    events are made for every node visited.
    """
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(cls)


@_event
class ErrorFacts:
    """What went wrong: the error's class, its sentence, and whether trying again may help."""

    error: str
    message: str
    retryable: bool = False


@_event
class ToolRequest:
    """A call that a model asked for; ``error`` says why its arguments did not parse."""

    id: str
    name: str
    arguments: Value
    error: str | None = None


@_event
class UnreadRequest(ToolRequest):
    """A call whose arguments did not parse; ``arguments_text`` is what the model wrote.

    A type of its own, so that a call that did parse is written, and hashed, without the field.
    """

    arguments_text: Value


@_event
class BranchOutcome:
    """How one branch of a fan-out ended; ``digest`` is its lane's hash."""

    lane: str
    succeeded: bool
    at_join: bool
    digest: str
    error: ErrorFacts | None = None


class _Event:
    """What all events share."""

    __slots__ = ()
    kind: ClassVar[str]
    hashed: ClassVar[bool] = True


@_event
class RunStarted(_Event):
    """The run's agent, version, goal, graph and input."""

    kind: ClassVar[str] = "run_started"
    agent: str
    version: str
    entry: str
    goal: Value
    graph: Value
    input: dict[str, Value]


@_event
class RunResumed(_Event):
    """Another process, or the same one later, carries on."""

    kind: ClassVar[str] = "run_resumed"
    hashed: ClassVar[bool] = False
    reason: str


@_event
class RunForked(_Event):
    """The run begins with a prefix of another's journal; ``changes`` overwrite its memory.

    ``version`` and ``graph`` are those it goes on with, when they are not the other's.
    """

    kind: ClassVar[str] = "run_forked"
    origin: str
    at_seq: int
    changes: dict[str, Value]
    version: str = ""
    graph: Value | None = None


@_event
class OwnerChanged(_Event):
    """Another process took the run over; ``epoch`` fences the one before."""

    kind: ClassVar[str] = "owner_changed"
    hashed: ClassVar[bool] = False
    owner: str
    epoch: int


@_event
class RunPaused(_Event):
    """The run waits for a person, was asked to stop at a node's boundary, or was interrupted.

    ``also_at`` names the nodes at work in the other branches of a fan-out.
    """

    kind: ClassVar[str] = "run_paused"
    hashed: ClassVar[bool] = False
    node_id: str
    reason: str
    also_at: tuple[str, ...] = ()


@_event
class RunFinished(_Event):
    """The run ended; ``status`` is succeeded, failed or cancelled."""

    kind: ClassVar[str] = "run_finished"
    status: str
    error: ErrorFacts | None = None
    evaluation: Value | None = None


@_event
class RunRejected(_Event):
    """A person rejects what a run that ended well came to; ``reason`` says why."""

    kind: ClassVar[str] = "run_rejected"
    hashed: ClassVar[bool] = False
    reason: str


@_event
class NodeStarted(_Event):
    """A visit of a node begins.

    ``opening`` is the message that opens a model's first turn; it continues the
    lane's conversation when ``continues`` is set. ``clears`` names the memory
    keys that a revisit clears. For a function node this is also the intent of its effect: the call is in
    doubt while no ``node_finished`` or ``attempt_failed`` follows; ``node_retried`` is the next intent.
    """

    kind: ClassVar[str] = "node_started"
    node_id: str
    visit: int
    effect: str | None = None
    opening: Value | None = None
    continues: bool = False
    clears: tuple[str, ...] = ()


@_event
class NodeRetried(_Event):
    """An attempt failed and ``attempt`` begins."""

    kind: ClassVar[str] = "node_retried"
    node_id: str
    attempt: int
    error: ErrorFacts


@_event
class AttemptFailed(_Event):
    """An attempt of a node with effect ``once`` failed for good, and another is to begin after a while.

    ``node_retried`` follows when it begins; until then the node is at nothing that could be in doubt.
    """

    kind: ClassVar[str] = "attempt_failed"
    hashed: ClassVar[bool] = False
    node_id: str
    error: ErrorFacts


@_event
class NodeFinished(_Event):
    """A visit ended; on success the outputs set so far reach the memory in one step."""

    kind: ClassVar[str] = "node_finished"
    node_id: str
    succeeded: bool
    error: ErrorFacts | None = None


@_event
class ModelRequested(_Event):
    """A model is asked; ``head`` names the conversation, ``prompt`` stands for a call outside it."""

    kind: ClassVar[str] = "model_requested"
    purpose: str
    model: str
    head: str
    system: Value
    tools: Value
    prompt: Value | None = None


@_event
class ModelAnswered(_Event):
    """A model answered; ``cost_usd`` is a decimal number as text, None when unknown."""

    kind: ClassVar[str] = "model_answered"
    purpose: str
    model: str
    text: Value
    tool_calls: tuple[UnreadRequest | ToolRequest, ...] = ()
    stop_reason: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: str | None = None


@_event
class ToolIntended(_Event):
    """A tool is about to be called; ``key`` identifies the call across resumes."""

    kind: ClassVar[str] = "tool_intended"
    call_id: str
    tool: str
    arguments: Value
    effect: str
    key: str


@_event
class ToolReturned(_Event):
    """A call is over; ``content`` is what the model reads, ``status`` how it ended.

    ``status`` is ok, error (a time-out, too), unknown, refused or discarded.
    """

    kind: ClassVar[str] = "tool_returned"
    call_id: str
    tool: str
    status: str
    content: Value


@_event
class ToolInDoubt(_Event):
    """A call was intended and nobody knows whether it happened."""

    kind: ClassVar[str] = "tool_in_doubt"
    hashed: ClassVar[bool] = False
    call_id: str
    tool: str
    key: str


@_event
class OutputSet(_Event):
    """A node set outputs; they reach the memory when the node finishes."""

    kind: ClassVar[str] = "output_set"
    values: dict[str, Value]


@_event
class JudgeRuled(_Event):
    """A judge ruled on a turn: ACCEPT, RETRY or ESCALATE."""

    kind: ClassVar[str] = "judge_ruled"
    action: str
    feedback: Value


@_event
class QuestionAsked(_Event):
    """A person is asked."""

    kind: ClassVar[str] = "question_asked"
    question_id: str
    node_id: str
    text: Value
    options: tuple[str, ...] = ()
    call_id: str | None = None


@_event
class QuestionAnswered(_Event):
    """A person answered."""

    kind: ClassVar[str] = "question_answered"
    question_id: str
    text: Value


@_event
class InputInjected(_Event):
    """A person or a system added a message to a live node."""

    kind: ClassVar[str] = "input_injected"
    node_id: str
    text: Value


@_event
class EdgeConsidered(_Event):
    """A conditional edge was evaluated, or an edge was refused; ``reason`` says why not."""

    kind: ClassVar[str] = "edge_considered"
    edge_id: str
    matched: bool
    reason: str = ""


@_event
class EdgeTaken(_Event):
    """The lane goes on along these edges; several are a fan-out that joins at ``join``."""

    kind: ClassVar[str] = "edge_taken"
    edge_ids: tuple[str, ...]
    targets: tuple[str, ...]
    join: str | None = None


@_event
class BranchesJoined(_Event):
    """A fan-out is over; the branches' writes merge in declared order."""

    kind: ClassVar[str] = "branches_joined"
    join: str | None
    succeeded: bool
    branches: tuple[BranchOutcome, ...]


@_event
class ConversationCompacted(_Event):
    """A new chain of messages replaces the one that ends at ``head``."""

    kind: ClassVar[str] = "conversation_compacted"
    head: str
    level: str
    messages: Value


@_event
class PassedLimit:
    """The limit that a blocked call would have passed, and how much of it was used; US dollars as text.

    ``scope`` is run, node or agent, ``held_usd`` what was reserved for calls under way, and ``set_by``
    where the limit was set, as far as that is known.
    """

    scope: str
    limit_usd: str
    spent_usd: str
    held_usd: str
    set_by: str = ""


@_event
class BudgetRuled(_Event):
    """A budget ruled on a call before it was made; ``passed`` comes with a block by a limit."""

    kind: ClassVar[str] = "budget_ruled"
    action: str
    reason: str
    estimate_usd: str
    model: str
    passed: PassedLimit | None = None


@_event
class BudgetRuledAgain(_Event):
    """A budget ruled on another try of a request that was ruled on and recorded before."""

    kind: ClassVar[str] = "budget_ruled_again"
    hashed: ClassVar[bool] = False
    action: str
    reason: str
    estimate_usd: str
    model: str
    passed: PassedLimit | None = None


@_event
class BudgetSettled(_Event):
    """What a budget counts for a model call that gave no price, or no answer."""

    kind: ClassVar[str] = "budget_settled"
    hashed: ClassVar[bool] = False
    cost_usd: str


@_event
class GuardRuled(_Event):
    """A guard ruled on a tool call before it was made."""

    kind: ClassVar[str] = "guard_ruled"
    guard: str
    call_id: str
    allowed: bool
    reason: str


@_event
class FileWritten(_Event):
    """A file of the run's data folder has this content (base64 when it is not text)."""

    kind: ClassVar[str] = "file_written"
    name: str
    content: Value
    encoding: str = "utf-8"


@_event
class FileFound(_Event):
    """A file was seen to have changed in the data folder after a node used the folder by itself.

    ``content`` is what it holds now (base64 when it is not text), None when it is
    gone; ``left_out`` says why its content is not kept. A file that has grown begins
    with the ``offset`` bytes that it held before: ``content`` is what follows them, and
    ``digest`` stands for all of it. It may be the work of another branch, so it stands
    outside the hash.
    """

    kind: ClassVar[str] = "file_found"
    hashed: ClassVar[bool] = False
    name: str
    content: Value | None = None
    encoding: str = "utf-8"
    left_out: str = ""
    offset: int = 0
    size: int = 0
    digest: str = ""


@_event
class ValueRead(_Event):
    """A value from outside the run (clock, random, shared memory) was read.

    With the source ``resume_input`` it is the input given when the run was
    carried on, by key; the main walk's memory takes it over.
    """

    kind: ClassVar[str] = "value_read"
    source: str
    value: Value


@_event
class MessageSent(_Event):
    """A node or agent sent a message to another."""

    kind: ClassVar[str] = "message_sent"
    sender: str
    recipient: str
    content: Value


@_event
class LogWritten(_Event):
    """A node or tool wrote to stdout or stderr."""

    kind: ClassVar[str] = "log_written"
    hashed: ClassVar[bool] = False
    stream: str
    text: Value


@_event
class UnknownEvent(_Event):
    """An event of a kind that this version does not know; read, kept, never written."""

    kind: ClassVar[str] = "unknown"
    name: str
    body: Value


Event = (
    RunStarted
    | RunResumed
    | RunForked
    | OwnerChanged
    | RunPaused
    | RunFinished
    | RunRejected
    | NodeStarted
    | NodeRetried
    | AttemptFailed
    | NodeFinished
    | ModelRequested
    | ModelAnswered
    | ToolIntended
    | ToolReturned
    | ToolInDoubt
    | OutputSet
    | JudgeRuled
    | QuestionAsked
    | QuestionAnswered
    | InputInjected
    | EdgeConsidered
    | EdgeTaken
    | BranchesJoined
    | ConversationCompacted
    | BudgetRuled
    | BudgetRuledAgain
    | BudgetSettled
    | GuardRuled
    | FileWritten
    | FileFound
    | ValueRead
    | MessageSent
    | LogWritten
    | UnknownEvent
)
"""Every event a journal can hold; the kind ``snapshot`` is reserved and not built."""

EVENT_TYPES: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        RunStarted, RunResumed, RunForked, OwnerChanged, RunPaused, RunFinished, NodeStarted, NodeRetried,
        NodeFinished, ModelRequested, ModelAnswered, ToolIntended, ToolReturned, ToolInDoubt, OutputSet,
        JudgeRuled, QuestionAsked, QuestionAnswered, InputInjected, EdgeConsidered, EdgeTaken, BranchesJoined,
        ConversationCompacted, BudgetRuled, BudgetRuledAgain, BudgetSettled, GuardRuled, FileWritten,
        ValueRead, MessageSent, LogWritten, RunRejected, FileFound, AttemptFailed,
    )
}  # fmt: skip
"""The type of every kind."""
