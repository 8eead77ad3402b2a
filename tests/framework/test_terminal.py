"""Progress lines, questions and exit codes in a plain terminal."""

import asyncio
import os
import pty
from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from typing import TextIO

import pytest

from framework.clock import ManualClock
from framework.errors import RunPausedError
from framework.events import AgentEvent, EventType
from framework.graph import ExecutionResult
from framework.model.events import BranchOutcome, ErrorFacts, QuestionAsked
from framework.model.value import Value
from framework.terminal import LineReader, PlainDisplay, TerminalPerson, exit_code, printable

QUESTION = QuestionAsked(
    question_id="q1", node_id="intake", text=Value.of("Which \x1b[2Jrepo?"), options=("a", "b")
)
LOST = BranchOutcome(lane="b", succeeded=False, at_join=False, digest="")
LONG = ErrorFacts(error="E", message="x" * 999)
MODEL_FACTS = {"input_tokens": 9, "output_tokens": 2, "latency_ms": 1234.0}


def shown(*events: tuple[EventType, str, dict[str, object]], is_verbose: bool = False) -> list[str]:
    stream = StringIO()
    display = PlainDisplay(stream, is_verbose=is_verbose, clock=ManualClock())
    for kind, node_id, data in events:
        display(AgentEvent(type=kind, run_id="r", node_id=node_id, lane="m", data=data))
    return [line.split("  ", 1)[-1] for line in stream.getvalue().splitlines()]


@pytest.fixture
def keyboard() -> Iterator[tuple[int, TextIO]]:
    ours, theirs = pty.openpty()
    with ExitStack() as stack:
        stack.callback(os.close, ours)
        yield ours, stack.enter_context(os.fdopen(theirs, encoding="utf-8"))


def test_a_line_holds_time_node_and_event() -> None:
    stream = StringIO()
    clock = ManualClock()

    PlainDisplay(stream, clock=clock)(
        AgentEvent(type=EventType.NODE_STARTED, run_id="r", node_id="classify", data={"visit": 1})
    )

    assert stream.getvalue() == f"{clock.now().astimezone():%H:%M:%S}  classify  started (visit 1)\n"


@pytest.mark.parametrize(
    ("kind", "data", "line"),
    [
        (EventType.MODEL_ANSWERED, MODEL_FACTS, "n  model answered (9 + 2 tokens, 1.2 s)"),
        (EventType.TOOL_CALL_STARTED, {"tool": "search", "arguments": "secret"}, "n  tool search called"),
        (
            EventType.TOOL_CALL_COMPLETED,
            {"tool": "search", "status": "ok", "content": "secret"},
            "n  tool search ok",
        ),
        (EventType.EDGE_TRAVERSED, {"targets": ("a", "b")}, "n  -> a, b"),
        (EventType.NODE_FAILED, {"error": ErrorFacts(error="E", message="no\nluck")}, "n  failed: no luck"),
        (EventType.NODE_RETRY, {"attempt": 2, "error": LONG}, f"n  attempt 2 follows: {'x' * 300}..."),
        (EventType.EXECUTION_STARTED, {"run_id": "r7", "input": {"a": "secret"}}, "run  started (r7)"),
        (EventType.EXECUTION_COMPLETED, {}, "run  succeeded"),
        (EventType.EXECUTION_PAUSED, {"reason": "Waits."}, "run  paused: Waits."),
        (EventType.BRANCHES_JOINED, {"branches": (LOST,)}, "n  1 branches joined, 1 of them failed"),
    ],
)
def test_each_event_is_one_line(kind: EventType, data: dict[str, object], line: str) -> None:
    assert shown((kind, "n", data)) == [line]


def test_outputs_verdicts_and_requests_are_shown_when_asked_for() -> None:
    events = (
        (EventType.MODEL_REQUESTED, "n", {"model": "m", "purpose": "turn", "system": "secret"}),
        (EventType.OUTPUT_SET, "n", {"values": {"label": "secret"}}),
        (EventType.JUDGE_VERDICT, "n", {"action": "ACCEPT", "feedback": "secret"}),
    )

    assert shown(*events) == []
    assert shown(*events, is_verbose=True) == ["n  asks m (turn)", "n  set label", "n  judged ACCEPT"]


def test_inner_answers_are_not_shown_and_what_is_for_the_person_is() -> None:
    lines = shown(
        (EventType.LLM_TEXT_DELTA, "n", {"content": "secret"}),
        (EventType.CLIENT_OUTPUT_DELTA, "n", {"content": "Hel"}),
        (EventType.CLIENT_OUTPUT_DELTA, "n", {"content": "lo\x1b]0;x\x07"}),
        (EventType.MODEL_ANSWERED, "n", {}),
    )

    assert lines == ["Hello]0;x", "n  model answered (0 + 0 tokens)"]


def test_a_question_is_printed_once() -> None:
    stream = StringIO()
    display = PlainDisplay(stream)
    asked = {"question_id": "q1", "text": "Which repo?", "call_id": "c1"}
    display(AgentEvent(type=EventType.CLIENT_INPUT_REQUESTED, run_id="r", node_id="n", data=asked))

    assert stream.getvalue().count("Which repo?") == 1
    assert display.has_shown("q1")


def test_a_question_that_was_streamed_is_not_printed_again() -> None:
    lines = shown(
        (EventType.CLIENT_OUTPUT_DELTA, "n", {"content": "Which repo?"}),
        (EventType.CLIENT_INPUT_REQUESTED, "n", {"question_id": "q", "text": "Which repo?", "call_id": None}),
    )

    assert lines == ["Which repo?", "n  asks a person"]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\r\x00\x9bc\u202e\n\t") == "a[31mbc\n\t"


@pytest.mark.parametrize(
    ("status", "success", "code"),
    [("succeeded", True, 0), ("failed", False, 1), ("paused", True, 3), ("cancelled", False, 1)],
)
def test_exit_codes(status: str, success: bool, code: int) -> None:
    assert exit_code(ExecutionResult(success=success, run_id="r", status=status)) == code


@pytest.mark.parametrize(("typed", "answer"), [("2\n", "b"), ("9\n", "9"), ("the other ", "the other")])
async def test_the_person_at_the_terminal_answers(
    keyboard: tuple[int, TextIO], typed: str, answer: str
) -> None:
    ours, source = keyboard
    stream = StringIO()
    os.write(ours, typed.encode())
    person = asyncio.create_task(TerminalPerson(source=source, stream=stream).ask(QUESTION))
    await asyncio.sleep(0)
    os.write(ours, b"\n")

    assert await asyncio.wait_for(person, 5) == answer
    assert stream.getvalue() == "Which [2Jrepo?\n  1. a\n  2. b\n> "


async def test_what_is_typed_ahead_answers_the_next_question(keyboard: tuple[int, TextIO]) -> None:
    ours, source = keyboard
    person = TerminalPerson(source=source, stream=StringIO())
    os.write(ours, b"one\ntwo\n")

    answers = [await asyncio.wait_for(person.ask(QUESTION), 5) for _ in range(2)]

    assert answers == ["one", "two"]


async def test_a_person_who_closes_the_input_pauses_the_run(keyboard: tuple[int, TextIO]) -> None:
    ours, source = keyboard
    os.write(ours, b"\x04")

    with pytest.raises(RunPausedError, match="closed the input"):
        await asyncio.wait_for(TerminalPerson(source=source, stream=StringIO()).ask(QUESTION), 5)


async def test_a_terminal_is_read_anew_after_its_end(keyboard: tuple[int, TextIO]) -> None:
    ours, source = keyboard
    lines = LineReader(source)
    os.write(ours, b"\x04")
    assert await asyncio.wait_for(lines.next(), 5) is None
    os.write(ours, b"again\n")
    assert await asyncio.wait_for(lines.next(), 5) == "again"


async def test_waiting_for_a_person_can_be_cancelled(keyboard: tuple[int, TextIO]) -> None:
    waiting = asyncio.create_task(TerminalPerson(source=keyboard[1], stream=StringIO()).ask(QUESTION))
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_nobody_is_asked_when_the_input_is_no_terminal() -> None:
    with pytest.raises(RunPausedError, match="the input is no terminal"):
        await TerminalPerson(source=StringIO("x\n"), stream=StringIO()).ask(QUESTION)
