"""Runs written by hand, as events by lane: what the fold must read back."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from framework.model import events as ev
from framework.tools.written_file import file_found, file_grown
from tests.support.event_samples import (
    FAILED,
    LARGE_TEXT,
    answer,
    asked,
    edge,
    intended,
    joined,
    node_failed,
    node_finished,
    node_started,
    outcome,
    output_set,
    question,
    replied,
    request,
    returned,
    ruled,
    run_started,
    value,
)

if TYPE_CHECKING:
    from framework.model.events import Event

    Run = list[tuple[str, Event]]

SUMMARY = [{"role": "user", "content": "So far: bees."}, {"role": "assistant", "content": "Understood."}]
FINISHED = ev.RunFinished(status="succeeded", evaluation=value({"score": 1.0}))


def on(lane: str, *events: Event) -> Run:
    """Place events in a lane."""
    return [(lane, event) for event in events]


def function_node(lane: str, node_id: str, **outputs: object) -> Run:
    return on(lane, node_started(node_id, effect="none"), output_set(**outputs), node_finished(node_id))


def plain_run() -> Run:
    return [
        *on("m", run_started("first", topic="bees")),
        *function_node("m", "first", title="Bees"),
        *on("m", edge("second")),
        *function_node("m", "second", text=LARGE_TEXT),
        *on("m", FINISHED),
    ]


def retried_run() -> Run:
    return [
        *on("m", run_started("first"), node_started("first", opening="Begin.")),
        *on("m", asked(), answer("wrong", input_tokens=5, cost_usd="0.1"), output_set(title="bad")),
        *on("m", ev.NodeRetried(node_id="first", attempt=2, error=FAILED)),
        *on("m", asked(), answer("right", input_tokens=5, cost_usd="0.2"), output_set(title="good")),
        *on("m", ruled("ACCEPT"), node_finished("first"), FINISHED),
    ]


def nested_branches_run() -> Run:
    left, right = "m.b1.000", "m.b1.001"
    inner = (f"{left}.b1.000", f"{left}.b1.001")
    return [
        *on("m", run_started("first", topic="bees")),
        *function_node("m", "first", title="Bees"),
        *on("m", edge("left", "right", join="end")),
        *on(left, node_started("left")),
        *on(right, node_started("right")),
        *on(left, output_set(l="1"), node_finished("left"), edge("left-a", "left-b", join="left-end")),
        *function_node(inner[1], "left-b", lb="2"),
        *on(inner[1], edge("left-end")),
        *on(right, output_set(r="3"), node_finished("right"), edge("end")),
        *function_node(inner[0], "left-a", la="4"),
        *on(inner[0], edge("left-end")),
        *on(left, joined("left-end", outcome(inner[0]), outcome(inner[1]))),
        *function_node(left, "left-end", le="5"),
        *on(left, edge("end")),
        *on("m", joined("end", outcome(left), outcome(right))),
        *function_node("m", "end", summary="all"),
        *on("m", FINISHED),
    ]


def failed_branch_run() -> Run:
    return [
        *on("m", run_started("first")),
        *function_node("m", "first", title="Bees"),
        *on("m", edge("left", "right", join="end")),
        *function_node("m.b1.000", "left", l="1"),
        *on("m.b1.001", node_started("right"), node_failed("right")),
        *on("m.b1.000", edge("end")),
        *on(
            "m",
            joined(
                "end",
                outcome("m.b1.000"),
                outcome("m.b1.001", succeeded=False, at_join=False),
                succeeded=False,
            ),
        ),
        *on("m", ev.RunFinished(status="failed", error=FAILED)),
    ]


def tool_run(order: tuple[int, ...] = (0, 1, 2)) -> Run:
    """A turn with three concurrent calls that come back in ``order``."""
    names = [f"c{index}" for index in range(3)]
    lanes = [f"m.c1.{index:03d}" for index in range(3)]
    return [
        *on("m", run_started("first"), node_started("first", opening="Begin."), asked()),
        *on("m", answer("calling", *(request(name, url=name) for name in names))),
        *[(lanes[index], intended(names[index])) for index in reversed(order)],
        *[(lanes[index], returned(names[index], f"page {index}")) for index in order],
        *on("m", asked(), answer("done"), output_set(title="Bees"), ruled("ACCEPT"), node_finished("first")),
        *on("m", FINISHED),
    ]


def continuous_run() -> Run:
    return [
        *on("m", run_started("first"), node_started("first", opening="Begin."), asked(), answer("one")),
        *on("m", ruled("RETRY", "Set 'title'."), asked(), answer("two"), output_set(title="Bees")),
        *on("m", ruled("ACCEPT"), node_finished("first"), edge("second")),
        *on("m", node_started("second", opening="Next.", continues=True), asked(), answer("three")),
        *on("m", ruled("ACCEPT"), node_finished("second"), edge("third")),
        *on("m", node_started("third", opening="Afresh."), asked(), answer("four"), ruled("ACCEPT")),
        *on("m", node_finished("third"), FINISHED),
    ]


def compacted_run() -> Run:
    compaction = ev.ConversationCompacted(head="ff" * 32, level="summary", messages=value(SUMMARY))
    return [
        *on("m", run_started("first"), node_started("first", opening="Begin."), asked()),
        *on("m", answer(LARGE_TEXT, input_tokens=30_000), ruled("RETRY", "Shorter."), compaction),
        *on("m", asked(), answer("short", input_tokens=9), ruled("ACCEPT"), node_finished("first"), FINISHED),
    ]


def question_run() -> Run:
    return [
        *on("m", run_started("first"), node_started("first", opening="Begin."), asked()),
        *on("m", answer("What colour?"), question("q1"), ev.RunPaused(node_id="first", reason="question")),
        *on("m", ev.RunResumed(reason="answered"), replied("q1", "blue"), ruled("RETRY")),
        *on("m", asked(), answer("", request("c1", "ask_user"))),
        *on("m.c2.000", intended("c1", "ask_user"), question("q2", "c1"), replied("q2", "red")),
        *on("m.c2.000", returned("c1", "red", "ask_user")),
        *on("m", ev.InputInjected(node_id="first", text=value("Hurry.")), asked(), answer("done")),
        *on("m", ruled("ACCEPT"), node_finished("first"), FINISHED),
    ]


def waiting_run() -> Run:
    """A run that was killed while a person is asked in a branch, and a tool call is under way in another."""
    return [
        *on("m", run_started("first")),
        *function_node("m", "first", title="Bees"),
        *on("m", edge("left", "right", join="end")),
        *on(
            "m.b1.000",
            node_started("left", opening="Begin."),
            asked(),
            answer("What colour?"),
            question("q1"),
        ),
        *on("m.b1.001", node_started("right", opening="Begin."), asked(), answer("", request("c1"))),
        *on("m.b1.001.c1.000", intended("c1"), ev.ToolInDoubt(call_id="c1", tool="fetch", key="key-c1")),
    ]


def forked_run() -> Run:
    fork = ev.RunForked(origin="other", at_seq=4, changes={"title": value("Wasps")})
    return [*plain_run()[:4], ("m", fork), *plain_run()[4:]]


def revisited_run() -> Run:
    again = ev.NodeStarted(node_id="first", visit=2, clears=("title",))
    considered = ev.EdgeConsidered(edge_id="to-second", matched=False, reason="score is 0.2")
    return [
        *on("m", run_started("first", topic="bees")),
        *function_node("m", "first", title="Bees", score=0.2),
        *on("m", considered, edge("first"), again, output_set(score=0.9), node_finished("first")),
        *on("m", ev.FileWritten(name="notes.txt", content=value("bees\n"))),
        *on("m", ev.LogWritten(stream="stdout", text=value("hello\n")), FINISHED),
    ]


def rejected_run() -> Run:
    return [*plain_run(), *on("m", ev.RunRejected(reason="It names no source."))]


def files_left_run() -> Run:
    """Return a run whose node fails once, and that finds files changed, gone and too large."""
    return [
        *on("m", run_started("first", topic="bees")),
        *on("m", node_started("first", effect="once"), ev.FileFound(name="a.txt", content=value("one"))),
        *on("m", ev.AttemptFailed(node_id="first", error=FAILED)),
        *on("m", ev.NodeRetried(node_id="first", attempt=2, error=FAILED)),
        *on("m", ev.FileFound(name="a.txt"), ev.FileFound(name="big.bin", left_out="it has 10 bytes")),
        *on("m", ev.FileFound(name="maps/b.bin", content=value("/w=="), encoding="base64")),
        *on("m", output_set(title="Bees"), node_finished("first"), FINISHED),
    ]


def tried_again_run() -> Run:
    """Return a run whose model broke off, was refused, and had no answer yet when the run was killed."""
    ruling = {"action": "allow", "reason": "", "estimate_usd": "0.5", "model": "scripted/one"}
    again = ev.BudgetRuledAgain(**ruling)
    return [
        *on("m", run_started("first"), node_started("first", opening="Begin.")),
        *on("m", ev.BudgetRuled(**ruling), asked(), ev.BudgetSettled(cost_usd="0.5")),
        *on("m", again, ev.BudgetSettled(cost_usd="0"), again),
        *on(
            "m", ev.RunResumed(reason="session_state"), again, answer("right", input_tokens=5, cost_usd=None)
        ),
        *on("m", output_set(title="good"), ruled("ACCEPT"), node_finished("first"), FINISHED),
    ]


RUNS = {
    "plain": plain_run,
    "retried": retried_run,
    "nested-branches": nested_branches_run,
    "failed-branch": failed_branch_run,
    "tools": tool_run,
    "continuous": continuous_run,
    "compacted": compacted_run,
    "question": question_run,
    "waiting": waiting_run,
    "forked": forked_run,
    "revisited": revisited_run,
    "rejected": rejected_run,
    "files-left": files_left_run,
    "tried-again": tried_again_run,
}
"""Runs by what they show."""

GROWN = (b"one\n", b"two\n", b"three \xff\n")
"""What a file of the run ``grown-file`` is found with, piece by piece."""


def grown_file_run() -> Run:
    """Return a run that finds a file again and again, each time longer, and at last as something else."""
    sizes = list(accumulate(map(len, GROWN)))
    pieces = [file_found("log.txt", GROWN[0])] + [
        file_grown("log.txt", b"".join(GROWN[: number + 1]), sizes[number - 1], f"digest-{number}")
        for number in (1, 2)
    ]
    return [
        *on("m", run_started("first", topic="bees"), node_started("first"), *pieces),
        *on("m", file_found("other.txt", b"else"), file_grown("other.txt", b"elsewhere", 4, "digest-other")),
        *on("m", file_found("other.txt", b"new")),
        *on("m", output_set(title="Bees"), node_finished("first"), FINISHED),
    ]


RUNS_OF_FORMAT_2 = {"grown-file": grown_file_run}
"""Runs that format 1 could not hold."""


def every_kind_run() -> Run:
    """Return a run that makes sense and holds an event of every kind."""
    left, right = "m.b1.000", "m.b1.001"
    return [
        *on("m", run_started("first", topic="B\u00e4ren", nothing=None, facts=[1, 2.5, {"deep": [True]}])),
        *on("m", ev.RunForked(origin="other", at_seq=1, changes={"topic": value("bees")})),
        *on("m", ev.OwnerChanged(owner="worker-2", epoch=3), ev.ValueRead(source="clock", value=value(17))),
        *on("m", node_started("first", opening="Begin.", effect=None), asked()),
        *on("m", ev.BudgetRuled(action="allow", reason="", estimate_usd="0.01", model="scripted/one")),
        *on("m", answer("calling", request("c0", url="x"), request("c1", url="y"), cost_usd="0.00012")),
        *on("m.c1.001", intended("c1"), ev.LogWritten(stream="stderr", text=value("warning\n"))),
        *on("m.c1.000", intended("c0"), ev.ToolInDoubt(call_id="c0", tool="fetch", key="key-c0")),
        *on("m.c1.001", ev.GuardRuled(guard="paths", call_id="c1", allowed=False, reason="outside")),
        *on("m.c1.001", returned("c1", "outside", status="refused")),
        *on(
            "m.c1.000",
            ev.FileWritten(name="notes.txt", content=value(LARGE_TEXT)),
            returned("c0", LARGE_TEXT),
        ),
        *on("m", ev.NodeRetried(node_id="first", attempt=2, error=FAILED), asked()),
        *on("m", answer("What colour?", input_tokens=7, output_tokens=3), question("q1")),
        *on("m", ev.RunPaused(node_id="first", reason="question"), ev.RunResumed(reason="answered")),
        *on(
            "m",
            replied("q1"),
            ruled("RETRY", "Set 'title'."),
            ev.InputInjected(node_id="first", text=value("Hurry.")),
        ),
        *on("m", ev.ConversationCompacted(head="ff" * 32, level="summary", messages=value(SUMMARY)), asked()),
        *on("m", ev.MessageSent(sender="first", recipient="second", content=value({"hello": "there"}))),
        *on(
            "m",
            answer(LARGE_TEXT),
            output_set(title="Bees", text=LARGE_TEXT),
            ruled("ACCEPT"),
            node_finished("first"),
        ),
        *on("m", ev.EdgeConsidered(edge_id="to-end", matched=False, reason="score is 0.2")),
        *on("m", edge("left", "right", join="end")),
        *function_node(right, "right", r="1"),
        *on(left, node_started("left", effect="none"), node_failed("left")),
        *on(right, edge("end")),
        *on("m", joined("end", outcome(left, succeeded=False, at_join=False), outcome(right))),
        *function_node("m", "end", summary="all"),
        *on("m", FINISHED),
    ]
