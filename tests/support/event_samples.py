"""One event of every kind, and runs written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model import events as ev
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.model.events import Event

LARGE_TEXT = "long answer \N{HONEYBEE} " * 400
"""Text that is kept outside its event."""

FAILED = ev.ErrorFacts(error="TimeoutError", message="The tool 'fetch' took too long.", retryable=True)


def value(content: object) -> Value:
    return Value.of(content)


def request(call_id: str, name: str = "fetch", **arguments: object) -> ev.ToolRequest:
    return ev.ToolRequest(id=call_id, name=name, arguments=value(arguments))


def answer(text: str, *calls: ev.ToolRequest, **facts: object) -> ev.ModelAnswered:
    return ev.ModelAnswered(
        purpose="turn", model="scripted/one", text=value(text), tool_calls=calls, **facts,
    )  # fmt: skip


def intended(call_id: str, tool: str = "fetch") -> ev.ToolIntended:
    arguments = value({"url": f"https://example.org/{call_id}"})
    return ev.ToolIntended(
        call_id=call_id, tool=tool, arguments=arguments, effect="once", key=f"key-{call_id}"
    )


def returned(
    call_id: str, content: object = "done", tool: str = "fetch", status: str = "ok"
) -> ev.ToolReturned:
    return ev.ToolReturned(call_id=call_id, tool=tool, status=status, content=value(content))


def asked() -> ev.ModelRequested:
    return ev.ModelRequested(
        purpose="turn", model="scripted/one", head="", system=value("Be brief."), tools=value([]),
    )  # fmt: skip


def run_started(entry: str = "first", **inputs: object) -> ev.RunStarted:
    return ev.RunStarted(
        agent="sample",
        version="0" * 64,
        entry=entry,
        goal=value({"id": "goal"}),
        graph=value({"id": "graph"}),
        input={key: value(item) for key, item in inputs.items()},
    )


def node_started(node_id: str, visit: int = 1, opening: str | None = None, **facts: object) -> ev.NodeStarted:
    text = None if opening is None else value(opening)
    return ev.NodeStarted(node_id=node_id, visit=visit, opening=text, **facts)


def node_failed(node_id: str) -> ev.NodeFinished:
    return ev.NodeFinished(node_id=node_id, succeeded=False, error=FAILED)


def node_finished(node_id: str) -> ev.NodeFinished:
    return ev.NodeFinished(node_id=node_id, succeeded=True)


def output_set(**values: object) -> ev.OutputSet:
    return ev.OutputSet(values={key: value(item) for key, item in values.items()})


def ruled(action: str, feedback: str = "") -> ev.JudgeRuled:
    return ev.JudgeRuled(action=action, feedback=value(feedback))


def edge(*targets: str, join: str | None = None) -> ev.EdgeTaken:
    return ev.EdgeTaken(edge_ids=tuple(f"to-{target}" for target in targets), targets=targets, join=join)


def outcome(lane: str, *, succeeded: bool = True, at_join: bool = True) -> ev.BranchOutcome:
    error = None if succeeded else FAILED
    return ev.BranchOutcome(lane=lane, succeeded=succeeded, at_join=at_join, digest="ab" * 32, error=error)


def joined(join: str | None, *branches: ev.BranchOutcome, succeeded: bool = True) -> ev.BranchesJoined:
    return ev.BranchesJoined(join=join, succeeded=succeeded, branches=branches)


def question(question_id: str, call_id: str | None = None) -> ev.QuestionAsked:
    return ev.QuestionAsked(
        question_id=question_id,
        node_id="first",
        text=value("Which colour?"),
        options=("red", "blue"),
        call_id=call_id,
    )


def replied(question_id: str, text: str = "blue") -> ev.QuestionAnswered:
    return ev.QuestionAnswered(question_id=question_id, text=value(text))


def one_of_each_kind() -> list[Event]:
    """Return an event of every kind, with content inline, outside, unicode and empty."""
    return [
        run_started(topic="B\u00e4ren", nothing=None),
        ev.RunResumed(reason="crash"),
        ev.RunForked(origin="run-1", at_seq=7, changes={"topic": value("bees")}),
        ev.OwnerChanged(owner="worker-2", epoch=3),
        ev.RunPaused(node_id="first", reason="a person is asked", also_at=("second",)),
        ev.RunFinished(status="failed", error=FAILED, evaluation=value({"score": 0.25})),
        node_started("first", opening="Begin.", continues=True, clears=("a", "b"), effect="once"),
        ev.NodeRetried(node_id="first", attempt=2, error=FAILED),
        node_failed("first"),
        asked(),
        answer(LARGE_TEXT, request("c1", url="https://example.org"), input_tokens=7, cost_usd="0.00012"),
        intended("c1"),
        returned("c1", LARGE_TEXT, status="error"),
        ev.ToolInDoubt(call_id="c1", tool="fetch", key="key-c1"),
        output_set(title="Bees", pages=[1, 2.5, None, {"deep": [True]}]),
        ruled("RETRY", "Set 'title'."),
        question("q1", "c2"),
        replied("q1"),
        ev.InputInjected(node_id="first", text=value("Hurry.")),
        ev.EdgeConsidered(edge_id="to-second", matched=False, reason="score is 0.2"),
        edge("left", "right", join="end"),
        joined("end", outcome("m.b1.000"), outcome("m.b1.001", succeeded=False, at_join=False)),
        ev.ConversationCompacted(
            head="ff" * 32, level="summary", messages=value([{"role": "user", "content": "So far: bees."}])
        ),
        ev.BudgetRuled(action="block", reason="spent", estimate_usd="0.5", model="scripted/one"),
        ev.BudgetRuledAgain(action="allow", reason="", estimate_usd="0.5", model="scripted/one"),
        ev.BudgetSettled(cost_usd="0.25"),
        ev.GuardRuled(guard="paths", call_id="c1", allowed=False, reason="outside of the folder"),
        ev.FileWritten(name="notes.txt", content=value("bees\n")),
        ev.ValueRead(source="clock", value=value(1_767_225_600)),
        ev.MessageSent(sender="first", recipient="second", content=value({"hello": "there"})),
        ev.LogWritten(stream="stderr", text=value("warning\n")),
        ev.RunRejected(reason="It names no source."),
        ev.FileFound(name="maps/hive.png", content=value("iVBORw0K"), encoding="base64"),
        ev.AttemptFailed(node_id="first", error=FAILED),
    ]
