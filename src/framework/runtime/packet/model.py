"""What a failure packet holds, in the words of its file."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from framework.runtime.packet.category import Category

FORMAT = 1
"""Version of the file's format."""


class _Part(BaseModel):
    """What a newer program adds is kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ShownSign(_Part):
    """A sign of why the run failed, and the entry that shows it."""

    kind: str
    seq: int
    text: str


class Failure(_Part):
    """What failed, where, and which rule puts it into its category.

    Attributes:
        rule: the error class, or the kind of sign, that decided.
        error: the error class; ``GoalMissed`` or ``RunRejected`` of a run that ended well.
        node_id: the node, empty when the run failed outside of one.
        seq: the entry that failed it; ``visit_seq`` that with which the node's visit began.
    """

    category: Category
    rule: str
    error: str
    message: str
    retryable: bool = False
    node_id: str = ""
    lane: str = "m"
    seq: int = 0
    visit_seq: int = 0
    signs: list[ShownSign] = Field(default_factory=list[ShownSign])


class Exchange(_Part):
    """One request to a model, and its answer word for word.

    Attributes:
        system: the system prompt, ``tools`` what was offered: values, or references to ``Packet.blobs``.
        messages: how many messages of the conversation it was sent, as that stood then: the first so many of
            ``Packet.conversation``, unless it was compacted or an attempt began anew since. 0 of a call
            outside of the conversation, such as a judge's.
        prompt: what was asked outside the conversation.
        answer: the raw text, None when none came.
    """

    seq: int
    purpose: str
    model: str
    system: Any
    tools: Any
    messages: int = 0
    prompt: Any = None
    answer: Any = None
    tool_calls: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    stop_reason: str = ""


class CallMade(_Part):
    """One tool call: its parameters, and what came back.

    Attributes:
        arguments_text: what the model wrote, of a call that was not made as its arguments did not parse.
    """

    seq: int
    tool: str
    call_id: str
    arguments: Any = None
    arguments_text: Any = None
    status: str = "no return"
    result: Any = None


class Feedback(_Part):
    """What a person said: an answer, a message, a rejection."""

    seq: int
    kind: str
    asked: Any = None
    said: Any = None


class Versions(_Part):
    """Of what the run was made."""

    package: str
    framework: str
    python: str


class Packet(_Part):
    """A failed run in one file.

    A value of more than 4 KiB is a reference, ``{"$blob": SHA-256}``, to ``blobs``.

    Attributes:
        conversation: the messages of the failing lane when it failed.
        memory: what the failing node saw, by key.
        slice: entries of the failing lane just before it failed, for a reader.
        journal: every entry of the run, as a journal stores it.
        blobs: JSON texts by SHA-256.
        secrets: how many secrets were replaced.
        left_out: why journal and blobs are not in here; empty when they are.
    """

    format: int = FORMAT
    run_id: str
    agent: str
    status: str
    failure: Failure
    versions: Versions
    exchanges: list[Exchange] = Field(default_factory=list[Exchange])
    conversation: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    tool_calls: list[CallMade] = Field(default_factory=list[CallMade])
    memory: dict[str, Any] = Field(default_factory=dict[str, Any])
    feedback: list[Feedback] = Field(default_factory=list[Feedback])
    slice: list[int] = Field(default_factory=list[int])
    journal: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    blobs: dict[str, str] = Field(default_factory=dict[str, str])
    secrets: int = 0
    left_out: str = ""
