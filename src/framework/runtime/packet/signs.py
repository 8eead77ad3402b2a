"""Signs in a journal of why a run failed: what a model claimed, what a judge missed, what a person said.

Every sign is found by a fixed rule, so that the same journal always shows the same signs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from framework.model.events import (
    JudgeRuled,
    ModelAnswered,
    ModelRequested,
    NodeStarted,
    RunFinished,
    RunRejected,
    ToolIntended,
    ToolReturned,
)
from framework.runtime.packet.site import after_fork
from framework.tools.synthetic import SET_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from framework.journal.entry import Entry

GOAL_THRESHOLD = 0.8
"""Score below which the goal of a run that ended well counts as missed."""

_LONGEST = 200
_CITED = re.compile(r"\b(?:call|toolu|chatcmpl-tool|fc)_[A-Za-z0-9]{6,}\b")
_FORGED = re.compile(r"<(?:tool_response|tool_result|tool_output|function_results?)>", re.IGNORECASE)
_MISSING = ("These outputs are not set yet:", "Set at least one of these outputs")
_SCHEMA = "The outputs do not fit their schema:"
_VERBS = "called|used|ran|invoked|queried|executed|asked"
_GAVE = "returned|gave|responded|replied|reported|found|says|said|shows|showed|confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One sign; ``seq`` is the entry that shows it."""

    kind: str
    seq: int
    text: str


@dataclass(slots=True)
class _Seen:
    """What one walk's lane has shown so far."""

    offered: tuple[str, ...] = ()
    calls: set[str] = field(default_factory=set[str])
    returned: set[str] = field(default_factory=set[str])


def signs_of(
    entries: Sequence[Entry], *, lane: str, since: int, until: int, threshold: float = GOAL_THRESHOLD
) -> list[Sign]:
    """Return the signs of a failure, in the order they show.

    Args:
        entries: the whole run.
        lane: the lane that failed.
        since: the entry with which the failing visit began.
        until: the entry that failed it.
        threshold: score below which the goal counts as missed.
    """
    found: list[Sign] = []
    complaint: list[Sign] = []
    seen = _Seen()
    for entry in entries:
        if _walk_lane(entry.lane) == lane:
            shown = list(_shown_by(entry, seen))
            if since <= entry.seq <= until:
                found += shown
                complaint = _complaint(entry) if isinstance(entry.event, JudgeRuled) else complaint
    for entry in after_fork(entries):
        found += _ending(entry, threshold)
    return sorted([*found, *complaint], key=lambda sign: sign.seq)


def _walk_lane(lane: str) -> str:
    return lane.split(".c", 1)[0]


def _shown_by(entry: Entry, seen: _Seen) -> Iterator[Sign]:
    match entry.event:
        case ModelRequested() as event:
            tools = cast("list[list[Any]]", event.tools.load())
            seen.offered = tuple(str(tool[0]) for tool in tools)
        case ToolIntended() as event:
            seen.calls.add(event.call_id)
        case ToolReturned() as event:
            seen.calls.add(event.call_id)
            seen.returned.add(event.tool)
            if event.tool == SET_OUTPUT and event.status == "error":
                yield _sign("schema", entry, str(event.content.load()))
            if event.status == "unknown":
                yield _sign("unknown_tool", entry, f"The model called {event.tool!r}, which is no tool.")
        case ModelAnswered() as event:
            yield from _claims(entry, event, seen)
        case NodeStarted():
            seen.offered = ()
        case _:
            pass


def _claims(entry: Entry, event: ModelAnswered, seen: _Seen) -> Iterator[Sign]:
    text = str(event.text.load())
    seen.calls.update(call.id for call in event.tool_calls)
    for call in event.tool_calls:
        if call.error is not None:
            what = f"The arguments of a call of {call.name!r} do not parse: {call.error}"
            yield _sign("bad_arguments", entry, what)
    for cited in dict.fromkeys(_CITED.findall(text)):
        if cited not in seen.calls:
            yield _sign("unknown_call", entry, f"The answer cites the call {cited!r}, which was never made.")
    if _FORGED.search(text):
        yield _sign("claimed_return", entry, "The answer holds a tool's result that no tool returned.")
    for tool in seen.offered:
        if tool not in seen.returned and _is_claimed(tool, text):
            what = f"The answer claims a return of the tool {tool!r}, which had returned nothing."
            yield _sign("claimed_return", entry, what)


def _is_claimed(tool: str, text: str) -> bool:
    """Whether a text says that a tool was called or returned something, by the tool's own name."""
    name = rf"[`'\"*]*{re.escape(tool)}(?:\(\))?[`'\"*]*"
    claim = rf"\b(?:{_VERBS})\s+(?:the\s+)?(?:tool\s+)?{name}(?!\w)|(?<!\w){name}\s+(?:tool\s+)?(?:{_GAVE})\b"
    return re.search(claim, text, re.IGNORECASE) is not None


def _complaint(entry: Entry) -> list[Sign]:
    """Return what a judge missed; only its last word on a visit counts."""
    event = cast("JudgeRuled", entry.event)
    feedback = str(event.feedback.load())
    if feedback.startswith(_MISSING):
        return [_sign("missing_outputs", entry, feedback)]
    return [_sign("schema", entry, feedback)] if feedback.startswith(_SCHEMA) else []


def _ending(entry: Entry, threshold: float) -> Iterator[Sign]:
    event = entry.event
    if isinstance(event, RunRejected):
        yield _sign("rejected", entry, f"A person rejected the run: {event.reason}")
    if not isinstance(event, RunFinished) or event.evaluation is None:
        return
    evaluation = cast("dict[str, Any] | None", event.evaluation.load()) or {}
    for ruling in evaluation.get("constraints", ()):
        if ruling.get("kept") is False and ruling.get("is_hard"):
            what = f"The hard constraint {ruling.get('id')!r} is violated."
            yield _sign("constraint_violated", entry, what)
    score = evaluation.get("score")
    if score is not None and score < threshold:
        yield _sign("goal_missed", entry, f"The goal's score is {score:.2f}, below {threshold:.2f}.")


def _sign(kind: str, entry: Entry, text: str) -> Sign:
    return Sign(kind=kind, seq=entry.seq, text=text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
