"""Agents in a plain terminal: progress lines, questions, exit codes."""

from __future__ import annotations

import asyncio
import os
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TextIO

from framework.clock import Clock, SystemClock
from framework.errors import RunPausedError
from framework.events.bus import AgentEvent, EventType
from framework.journal.state import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph.result import ExecutionResult
    from framework.model.events import QuestionAsked

_LONGEST_REASON = 300
_READ_BYTES = 4096
_LONGEST_LINE = 1_000_000


class ExitCode(IntEnum):
    """How a command ended, for the shell."""

    OK = 0
    RUN_FAILED = 1
    UNUSABLE = 2
    WAITING = 3
    INTERRUPTED = 130


def exit_code(result: ExecutionResult) -> int:
    """Return the exit code of a run's result."""
    if result.status == RunStatus.PAUSED.value:
        return ExitCode.WAITING
    return ExitCode.OK if result.success else ExitCode.RUN_FAILED


def printable(text: str) -> str:
    """Return text without the control characters that would steer a terminal."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


class PlainDisplay:
    """Prints what happens in a run, a line for each event; subscribe it to an event bus.

    Tool arguments, results, prompts and answers are not shown; what a node
    says to the person is.
    """

    def __init__(
        self, stream: TextIO | None = None, *, is_verbose: bool = False, clock: Clock | None = None
    ) -> None:
        """Print to ``stream``, standard error by default.

        Args:
            stream: where to print.
            is_verbose: also print outputs, verdicts and model requests.
            clock: tells the time of each line.
        """
        self._stream = stream or sys.stderr
        self._clock = clock or SystemClock()
        self._is_mid_line = False
        self._said: set[str] = set()
        self._shown: set[str] = set()
        self._lines = _LINES | _VERBOSE_LINES if is_verbose else _LINES

    def __call__(self, event: AgentEvent) -> None:
        """Print one event."""
        if event.type is EventType.CLIENT_OUTPUT_DELTA:
            self._say(event)
        elif event.type is EventType.CLIENT_INPUT_REQUESTED:
            self._ask(event)
        elif event.type in self._lines:
            if event.type is EventType.MODEL_ANSWERED:
                self._end_line()
            self._line(event, self._lines[event.type](event.data))

    def has_shown(self, question_id: str) -> bool:
        """Whether the text of this question is on the screen already."""
        return question_id in self._shown

    def _say(self, event: AgentEvent) -> None:
        text = printable(str(event.data.get("content", "")))
        if text:
            self._said.add(event.lane)
            self._stream.write(text)
            self._stream.flush()
            self._is_mid_line = not text.endswith("\n")

    def _ask(self, event: AgentEvent) -> None:
        self._line(event, "asks a person")
        text = str(event.data.get("text", ""))
        was_streamed = event.data.get("call_id") is None and event.lane in self._said
        self._said.discard(event.lane)
        if not was_streamed:
            self._stream.write(f"{printable(text)}\n")
        self._shown.add(str(event.data.get("question_id", "")))

    def _line(self, event: AgentEvent, text: str) -> None:
        self._end_line()
        time = self._clock.now().astimezone().strftime("%H:%M:%S")
        is_about_run = event.type in _RUN_EVENTS
        who = "run" if is_about_run else event.node_id
        self._stream.write(f"{time}  {printable(f'{who}  {text}')}\n")
        self._stream.flush()

    def _end_line(self) -> None:
        if self._is_mid_line:
            self._stream.write("\n")
            self._is_mid_line = False


def _answered(data: dict[str, Any]) -> str:
    tokens = f"{data.get('input_tokens', 0)} + {data.get('output_tokens', 0)} tokens"
    return f"model answered ({tokens}{_duration(data)})"


def _returned(data: dict[str, Any]) -> str:
    return f"tool {data.get('tool', '')} {data.get('status', '')}{_duration(data, ' ({})')}"


def _duration(data: dict[str, Any], form: str = ", {}") -> str:
    latency = data.get("latency_ms")
    return "" if latency is None else form.format(f"{latency / 1000:.1f} s")


def _reason(data: dict[str, Any]) -> str:
    error = data.get("error")
    text = " ".join(str(getattr(error, "message", error or "no reason given")).split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _joined(data: dict[str, Any]) -> str:
    branches = data.get("branches", ())
    failed = sum(not branch.succeeded for branch in branches)
    return f"{len(branches)} branches joined" + (f", {failed} of them failed" if failed else "")


_LINES: dict[EventType, Callable[[dict[str, Any]], str]] = {
    EventType.EXECUTION_STARTED: lambda data: f"started ({data.get('run_id', '')})",
    EventType.EXECUTION_RESUMED: lambda _: "carries on",
    EventType.EXECUTION_PAUSED: lambda data: f"paused: {data.get('reason', '')}",
    EventType.EXECUTION_COMPLETED: lambda _: "succeeded",
    EventType.EXECUTION_FAILED: lambda data: f"failed: {_reason(data)}",
    EventType.NODE_STARTED: lambda data: f"started (visit {data.get('visit', 1)})",
    EventType.NODE_COMPLETED: lambda _: "done",
    EventType.NODE_FAILED: lambda data: f"failed: {_reason(data)}",
    EventType.NODE_RETRY: lambda data: f"attempt {data.get('attempt', '')} follows: {_reason(data)}",
    EventType.MODEL_ANSWERED: _answered,
    EventType.TOOL_CALL_STARTED: lambda data: f"tool {data.get('tool', '')} called",
    EventType.TOOL_CALL_COMPLETED: _returned,
    EventType.ESCALATION: lambda data: f"guard {data.get('guard', '')} refused: {data.get('reason', '')}",
    EventType.CLIENT_INPUT_RECEIVED: lambda _: "was answered",
    EventType.EDGE_TRAVERSED: lambda data: f"-> {', '.join(data.get('targets', ()))}",
    EventType.BRANCHES_JOINED: _joined,
    EventType.CONVERSATION_COMPACTED: lambda _: "conversation compacted",
}
_RUN_EVENTS = frozenset(kind for kind in EventType if kind.value.startswith("execution_"))
_VERBOSE_LINES: dict[EventType, Callable[[dict[str, Any]], str]] = {
    EventType.MODEL_REQUESTED: lambda data: f"asks {data.get('model', '')} ({data.get('purpose', '')})",
    EventType.OUTPUT_SET: lambda data: f"set {', '.join(data.get('values', ()))}",
    EventType.JUDGE_VERDICT: lambda data: f"judged {data.get('action', '')}",
}


class TerminalPerson:
    """Asks the person at the terminal; pauses the run when nobody sits there."""

    def __init__(
        self,
        display: PlainDisplay | None = None,
        *,
        source: TextIO | None = None,
        stream: TextIO | None = None,
    ) -> None:
        """Ask on ``stream`` and read answers from ``source``; standard error and input by default.

        Args:
            display: prints questions already; what it has shown is not printed again.
            source: where answers are typed; must be a terminal for anyone to be asked.
            stream: where questions are printed.
        """
        self._display = display
        self._lines = LineReader(source or sys.stdin)
        self._stream = stream or sys.stderr
        self._turn = asyncio.Lock()

    async def ask(self, question: QuestionAsked) -> str:
        """Return what the person types; with options, the number of one stands for it.

        Raises:
            RunPausedError: if the input is no terminal, or the person closed it.
        """
        if not self._lines.is_terminal:
            raise RunPausedError(
                f"Node {question.node_id!r} asks a person, and the input is no terminal.",
                node_id=question.node_id,
            )
        async with self._turn:
            self._print(question)
            line = await self._lines.next()
        if line is None:
            raise RunPausedError(
                f"Node {question.node_id!r} asks a person, who closed the input.", node_id=question.node_id
            )
        return chosen(line.strip(), question.options)

    def _print(self, question: QuestionAsked) -> None:
        if self._display is None or not self._display.has_shown(question.question_id):
            self._stream.write(f"{printable(str(question.text.load()))}\n")
        for number, option in enumerate(question.options, start=1):
            self._stream.write(f"  {number}. {printable(option)}\n")
        self._stream.write("> ")
        self._stream.flush()


class LineReader:
    """Reads the lines of a terminal, a pipe or a file, without a thread, so that a wait can be cancelled.

    Attributes:
        is_terminal: whether a person types them.
    """

    def __init__(self, source: TextIO) -> None:
        """Read from the file that ``source`` stands for."""
        self.is_terminal = source.isatty()
        self._source = source
        self._typed = b""

    async def next(self) -> str | None:
        """Return the next line without its end; None at the end of the input.

        At a terminal that is one line's end: whoever asks again reads anew.
        """
        while b"\n" not in self._typed and len(self._typed) < _LONGEST_LINE:
            await self._readable()
            found = os.read(self._source.fileno(), _READ_BYTES)
            if not found:
                break
            self._typed += found
        if not self._typed:
            return None
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")

    async def _readable(self) -> None:
        loop, fd, ready = asyncio.get_running_loop(), self._source.fileno(), asyncio.Event()
        try:
            loop.add_reader(fd, ready.set)
        except PermissionError:
            return  # A regular file always has its next bytes at hand.
        try:
            await ready.wait()
        finally:
            loop.remove_reader(fd)


def chosen(line: str, options: tuple[str, ...]) -> str:
    """Return the option whose number was typed, else what was typed."""
    if line.isdecimal() and 1 <= int(line) <= len(options):
        return options[int(line) - 1]
    return line
