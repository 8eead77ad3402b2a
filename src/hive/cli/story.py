"""The story of a run, told from its journal: one line for what matters of each entry.

What was said to models, and what tools returned, is told only on request.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.graph.result import named_nodes
from framework.journal.raised import RAISED_AT
from framework.journal.reading import LOST_FILES_FACT
from framework.model import events as ev
from framework.model.budget_rule import Action
from framework.runner.agent_runner import BUDGET_FACT
from hive.cli.text import count, duration, money, one_line, printable, size
from hive.cli.view import call_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.model.value import Value

_PREVIEW = 100
_REASON = 300
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One thing that happened.

    Attributes:
        at_us: microseconds since the run began.
        depth: 0 for the run and its nodes, 1 inside a node; each branch adds one.
        tone: ``plain``, ``good``, ``bad``, ``warn`` or ``quiet``.
        detail: content shown below the line, when asked for.
    """

    at_us: int
    seq: int
    lane: str
    depth: int
    kind: str
    text: str
    tone: str = "plain"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    text: str
    tone: str = "plain"
    inside: bool = True
    detail: str = ""


class _Teller:
    """Tells entries one after the other, remembering when what began."""

    def __init__(self) -> None:
        self.visits: dict[str, int] = {}
        self.requests: dict[str, int] = {}
        self.questions: dict[str, int] = {}

    def tell(self, entry: Entry) -> _Told | None:
        event = entry.event
        lane = entry.lane.split(".c", 1)[0]
        if isinstance(event, ev.NodeStarted):
            self.visits[lane] = entry.at_us
        if isinstance(event, ev.ModelRequested):
            self.requests[lane] = entry.at_us
        if isinstance(event, ev.NodeFinished):
            return _node_finished(event, entry.at_us - self.visits.get(lane, entry.at_us), entry.meta)
        if isinstance(event, ev.ModelAnswered):
            return _model_answered(event, entry.at_us - self.requests.get(lane, entry.at_us))
        if isinstance(event, ev.QuestionAsked):
            number = self.questions.setdefault(event.question_id, len(self.questions) + 1)
            return _question_asked(event, number)
        if isinstance(event, ev.QuestionAnswered):
            return _question_answered(event, self.questions.get(event.question_id, 0))
        teller = _TELLERS.get(event.kind)
        return (
            teller(event, entry.meta)
            if teller is not None
            else _Told(f"{entry.event_kind} happened", "quiet")
        )


def tell(entries: Sequence[Entry]) -> list[StoryLine]:
    """Return the story of a run."""
    begun = entries[0].at_us if entries else 0
    teller = _Teller()
    lines: list[StoryLine] = []
    for entry in entries:
        told = teller.tell(entry)
        if told is not None:
            depth = entry.lane.count(".b") + int(told.inside)
            lines.append(
                StoryLine(
                    at_us=entry.at_us - begun,
                    seq=entry.seq,
                    lane=entry.lane,
                    depth=depth,
                    kind=entry.event_kind,
                    text=one_line(told.text, _LONGEST),
                    tone=told.tone,
                    detail=told.detail,
                )
            )
    return lines


def event_line(entry: Entry) -> str:
    """Return one entry as it is stored, in one line."""
    return f"{entry.seq:>5}  {entry.lane:<12} {entry.event_kind:<18} {one_line(entry.body.decode(), _REASON)}"


def _run_started(event: ev.RunStarted, meta: Mapping[str, Any]) -> _Told:
    del meta
    given = ", ".join(f"{key}={_short(value)}" for key, value in event.input.items())
    return _Told(
        f"run started with {one_line(given, _REASON)}" if given else "run started without input", inside=False
    )


def _run_resumed(event: ev.RunResumed, meta: Mapping[str, Any]) -> _Told:
    budget = meta.get(BUDGET_FACT)
    told = f", with a budget of ${one_line(str(budget), _REASON)}" if budget else ""
    lost = meta.get(LOST_FILES_FACT)
    if isinstance(lost, dict):
        reasons = cast("dict[str, object]", lost)
        names = ", ".join(f"{name} ({why})" for name, why in reasons.items())
        told += f", without {one_line(names, _REASON)}"
    return _Told(
        f"run resumed ({one_line(event.reason, _REASON)}){told}", "warn" if lost else "plain", inside=False
    )


def _run_forked(event: ev.RunForked, meta: Mapping[str, Any]) -> _Told:
    del meta
    changed = f", changing {', '.join(event.changes)}" if event.changes else ""
    return _Told(f"forked from run {event.origin} after entry {event.at_seq}{changed}", inside=False)


def _run_paused(event: ev.RunPaused, meta: Mapping[str, Any]) -> _Told:
    del meta
    nodes = named_nodes((event.node_id, *event.also_at))
    return _Told(f"run paused at {nodes}: {one_line(event.reason, _REASON)}", "warn", inside=False)


def _run_finished(event: ev.RunFinished, meta: Mapping[str, Any]) -> _Told:
    del meta
    tone = "good" if event.status == "succeeded" else "bad"
    return _Told(f"run {event.status}{_because(event.error, {})}", tone, inside=False)


def _run_rejected(event: ev.RunRejected, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"a person rejects the run: {one_line(event.reason, _REASON)}", "bad", inside=False)


def _owner_changed(event: ev.OwnerChanged, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"{event.owner!r} took the run over", "quiet", inside=False)


def _node_started(event: ev.NodeStarted, meta: Mapping[str, Any]) -> _Told:
    del meta
    visit = f" (visit {event.visit})" if event.visit > 1 else ""
    return _Told(f"node {event.node_id}{visit}", inside=False, detail=_content(event.opening))


def _node_retried(event: ev.NodeRetried, meta: Mapping[str, Any]) -> _Told:
    return _Told(f"attempt {event.attempt} begins{_because(event.error, meta)}", "warn")


def _attempt_failed(event: ev.AttemptFailed, meta: Mapping[str, Any]) -> _Told:
    return _Told(f"the attempt failed, another is to begin{_because(event.error, meta)}", "warn")


def _node_finished(event: ev.NodeFinished, took_us: int, meta: Mapping[str, Any]) -> _Told:
    word = "done" if event.succeeded else "failed"
    tone = "good" if event.succeeded else "bad"
    return _Told(
        f"node {event.node_id} {word} in {duration(took_us)}{_because(event.error, meta)}", tone, inside=False
    )


def _model_requested(event: ev.ModelRequested, meta: Mapping[str, Any]) -> _Told:
    del meta
    parts = [("system", event.system), ("prompt", event.prompt)]
    detail = "\n".join(
        f"{name}: {_content(value)}" for name, value in parts if value is not None and _content(value)
    )
    return _Told(f"asks {event.model or 'the model'}{_purpose(event.purpose)}", "quiet", detail=detail)


def _model_answered(event: ev.ModelAnswered, took_us: int) -> _Told:
    price = "unknown price" if event.cost_usd is None else money(Decimal(event.cost_usd))
    calls = ", ".join(call.name for call in event.tool_calls)
    said = _short(event.text)
    parts = [f"calls {calls}"] if calls else []
    parts += [said] if event.text.raw != b'""' else []
    figures = f"{event.input_tokens:,} in, {event.output_tokens:,} out, {price}, {duration(took_us)}"
    text = f"{event.model} answered{_purpose(event.purpose)} ({figures})"
    return _Told(": ".join([text, " ".join(parts)]) if parts else text, detail=_said(event))


def _said(event: ev.ModelAnswered) -> str:
    """Return an answer's text, and the arguments that did not parse as the model wrote them."""
    unread = [call for call in event.tool_calls if isinstance(call, ev.UnreadRequest)]
    told = [f"arguments of {printable(call.name)}: {_content(call.arguments_text)}" for call in unread]
    return "\n".join([text for text in (_content(event.text), *told) if text])


def _tool_intended(event: ev.ToolIntended, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"tool {event.tool}({call_arguments(event.arguments.load(), _PREVIEW)})")


def _tool_returned(event: ev.ToolReturned, meta: Mapping[str, Any]) -> _Told:
    took = f" in {duration(int(float(meta['latency_ms']) * 1000))}" if "latency_ms" in meta else ""
    reused = " (from an earlier attempt)" if meta.get("reused") else ""
    text = f"tool {event.tool} {event.status}{took}{reused}, {size(event.content.size)}"
    is_good = event.status == "ok"
    reason = "" if is_good else f": {one_line(str(event.content.load()), _REASON)}"
    return _Told(text + reason, "plain" if is_good else "warn", detail=_content(event.content))


def _tool_in_doubt(event: ev.ToolInDoubt, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"nobody knows whether the call of {event.tool} happened", "bad")


def _output_set(event: ev.OutputSet, meta: Mapping[str, Any]) -> _Told | None:
    del meta
    if not event.values:
        return None
    return _Told("; ".join(f"{key} = {_short(value)}" for key, value in event.values.items()))


def _judge_ruled(event: ev.JudgeRuled, meta: Mapping[str, Any]) -> _Told:
    del meta
    feedback = str(event.feedback.load() or "")
    tone = {"ACCEPT": "good", "ESCALATE": "bad"}.get(event.action, "warn")
    return _Told(f"judge: {event.action}" + (f", {one_line(feedback, _REASON)}" if feedback else ""), tone)


def _question_asked(event: ev.QuestionAsked, number: int) -> _Told:
    options = f" [{', '.join(event.options)}]" if event.options else ""
    asks = one_line(str(event.text.load()) + options, _REASON)
    return _Told(f"asks a person (question {number}): {asks}", "warn")


def _question_answered(event: ev.QuestionAnswered, number: int) -> _Told:
    return _Told(f"the person answered question {number}: {one_line(str(event.text.load()), _REASON)}")


def _input_injected(event: ev.InputInjected, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"message for {event.node_id}: {one_line(str(event.text.load()), _REASON)}")


def _edge_considered(event: ev.EdgeConsidered, meta: Mapping[str, Any]) -> _Told:
    del meta
    word = "matches" if event.matched else "not taken"
    reason = f": {one_line(event.reason, _REASON)}" if event.reason else ""
    return _Told(f"edge {event.edge_id} {word}{reason}", "quiet")


def _edge_taken(event: ev.EdgeTaken, meta: Mapping[str, Any]) -> _Told:
    del meta
    if len(event.targets) == 1:
        return _Told(f"edge {event.edge_ids[0]} leads to {event.targets[0]}", inside=False)
    join = f", joining at {event.join}" if event.join else ""
    return _Told(f"goes on at once with {', '.join(event.targets)}{join}", inside=False)


def _branches_joined(event: ev.BranchesJoined, meta: Mapping[str, Any]) -> _Told:
    del meta
    failed = [branch for branch in event.branches if not branch.succeeded]
    text = f"{count(len(event.branches), 'branch').replace('branchs', 'branches')} ended"
    text += f", {len(failed)} of them failed{_because(failed[0].error, {})}" if failed else ""
    return _Told(text, "plain" if event.succeeded else "bad", inside=False)


def _compacted(event: ev.ConversationCompacted, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(
        f"conversation compacted ({event.level}) to {count(len(event.messages.load()), 'message')}", "quiet"
    )


_RULINGS: dict[str, str] = {
    Action.ALLOW: "allows",
    Action.DEGRADE: "degrades to",
    Action.THROTTLE: "slows down",
    Action.BLOCK: "blocks",
}


def _budget_ruled(event: ev.BudgetRuled | ev.BudgetRuledAgain, meta: Mapping[str, Any]) -> _Told:
    del meta
    word = _RULINGS.get(event.action, event.action)
    again = " again" if isinstance(event, ev.BudgetRuledAgain) else ""
    return _Told(
        _reasoned(f"budget {word} {event.model}{again}", event.reason),
        "quiet" if event.action == Action.ALLOW else "warn",
    )


def _budget_settled(event: ev.BudgetSettled, meta: Mapping[str, Any]) -> _Told | None:
    del meta
    if not Decimal(event.cost_usd):
        return None
    return _Told(f"budget: ${event.cost_usd} counted for a call that gave no price", "quiet")


def _guard_ruled(event: ev.GuardRuled, meta: Mapping[str, Any]) -> _Told:
    del meta
    word = "allows" if event.allowed else "refuses"
    return _Told(_reasoned(f"guard {event.guard} {word}", event.reason), "quiet" if event.allowed else "warn")


def _reasoned(ruling: str, reason: str) -> str:
    """Return a ruling with its reason, if it has one."""
    told = one_line(reason, _REASON)
    return f"{ruling}: {told}" if told else ruling


def _file_written(event: ev.FileWritten, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"file {event.name} written, {size(event.content.size)}")


def _file_found(event: ev.FileFound, meta: Mapping[str, Any]) -> _Told:
    del meta
    if event.left_out:
        return _Told(f"file {event.name} is not kept: {event.left_out}", "warn")
    if event.content is None:
        return _Told(f"file {event.name} is gone")
    what = "grown by" if event.offset else "changed,"
    return _Told(f"file {event.name} has {what} {size(event.content.size)}")


def _value_read(event: ev.ValueRead, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"{event.source} read: {_short(event.value)}", "quiet")


def _message_sent(event: ev.MessageSent, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"{event.sender} to {event.recipient}: {_short(event.content)}")


def _log_written(event: ev.LogWritten, meta: Mapping[str, Any]) -> _Told:
    del meta
    return _Told(f"{event.stream}: {one_line(str(event.text.load()), _REASON)}", "quiet")


def _because(error: ev.ErrorFacts | None, meta: Mapping[str, Any]) -> str:
    if error is None:
        return ""
    place = one_line(str(meta.get(RAISED_AT) or ""), _REASON)
    return f": {one_line(error.message, _REASON)} [{error.error}{', ' if place else ''}{place}]"


def _purpose(purpose: str) -> str:
    return "" if purpose == "turn" else f" for {purpose}"


def _short(value: Value) -> str:
    return one_line(value.raw.decode() if value.is_resolved else f"[{size(value.size)}]", _PREVIEW)


def _content(value: Value | None) -> str:
    if value is None:
        return ""
    loaded = value.load()
    return printable(loaded if isinstance(loaded, str) else orjson.dumps(loaded).decode())


_TELLERS: dict[str, Callable[[Any, Mapping[str, Any]], _Told | None]] = {
    ev.RunStarted.kind: _run_started,
    ev.RunResumed.kind: _run_resumed,
    ev.RunForked.kind: _run_forked,
    ev.RunPaused.kind: _run_paused,
    ev.RunFinished.kind: _run_finished,
    ev.RunRejected.kind: _run_rejected,
    ev.OwnerChanged.kind: _owner_changed,
    ev.NodeStarted.kind: _node_started,
    ev.NodeRetried.kind: _node_retried,
    ev.AttemptFailed.kind: _attempt_failed,
    ev.ModelRequested.kind: _model_requested,
    ev.ToolIntended.kind: _tool_intended,
    ev.ToolReturned.kind: _tool_returned,
    ev.ToolInDoubt.kind: _tool_in_doubt,
    ev.OutputSet.kind: _output_set,
    ev.JudgeRuled.kind: _judge_ruled,
    ev.InputInjected.kind: _input_injected,
    ev.EdgeConsidered.kind: _edge_considered,
    ev.EdgeTaken.kind: _edge_taken,
    ev.BranchesJoined.kind: _branches_joined,
    ev.ConversationCompacted.kind: _compacted,
    ev.BudgetRuled.kind: _budget_ruled,
    ev.BudgetRuledAgain.kind: _budget_ruled,
    ev.BudgetSettled.kind: _budget_settled,
    ev.GuardRuled.kind: _guard_ruled,
    ev.FileWritten.kind: _file_written,
    ev.FileFound.kind: _file_found,
    ev.ValueRead.kind: _value_read,
    ev.MessageSent.kind: _message_sent,
    ev.LogWritten.kind: _log_written,
}
