"""What the shell shows: the agent's words, its questions, and what a run came to."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, TextIO

from framework.events.bus import AgentEvent, EventType
from framework.journal.state import RunStatus
from framework.terminal import printable

if TYPE_CHECKING:
    from framework.graph.result import ExecutionResult
    from framework.model.graph import GraphSpec


class ShellDisplay:
    """Shows one conversation; subscribe it to the event bus.

    Attributes:
        listening: the node that talks with the person and is at work now, if one is.
    """

    def __init__(self, stream: TextIO, graph: GraphSpec) -> None:
        """Write to ``stream``."""
        self.listening: str | None = None
        self._stream = stream
        self._graph = graph
        self._talkers = frozenset(node.id for node in graph.nodes if node.client_facing)
        self._run_id: str | None = None
        self._active: set[str] = set()
        self._seen: set[str] = set()
        self._said: set[str] = set()
        self._unanswered: set[str] = set()
        self._is_mid_line = False
        self._is_free = asyncio.Event()
        self._is_free.set()

    def __call__(self, event: AgentEvent) -> None:
        """Show one event of the run."""
        if event.run_id != self._run_id:
            return
        match event.type:
            case EventType.CLIENT_OUTPUT_DELTA:
                self._write(printable(str(event.data.get("content", ""))))
                self._said.add(event.lane)
            case EventType.CLIENT_INPUT_REQUESTED:
                self._question(event)
            case EventType.CLIENT_INPUT_RECEIVED:
                self.answered(str(event.data.get("question_id", "")))
            case EventType.NODE_STARTED:
                self._active.add(event.node_id)
                self._seen.add(event.node_id)
                self.listening = event.node_id if event.node_id in self._talkers else self.listening
            case EventType.NODE_COMPLETED | EventType.NODE_FAILED:
                self._active.discard(event.node_id)
                self._said.discard(event.lane)
                self.listening = None if self.listening == event.node_id else self.listening
            case _:
                pass

    async def needs_line(self) -> None:
        """Wait until the run asks for something, or none is under way."""
        await self._is_free.wait()

    def say(self, text: str) -> None:
        """Write a line of the shell's own."""
        self._end_line()
        self._write(f"{printable(text)}\n")

    def prompt(self, key: str) -> None:
        """Invite the person to type: the value of ``key``, or anything."""
        self._end_line()
        self._write(f"{key}> ")
        self._is_mid_line = False

    def begun(self, run_id: str) -> None:
        """Show what happens in this run from now on."""
        self._run_id = run_id
        self._is_free.clear()
        self._active.clear()
        self._seen.clear()
        self._unanswered.clear()
        self.listening = None

    def answered(self, question_id: str) -> None:
        """Know that a question has its answer; the run goes on when none is left."""
        self._unanswered.discard(question_id)
        if not self._unanswered:
            self._is_free.clear()

    def ended(self, result: ExecutionResult) -> None:
        """Show what the run came to."""
        if result.status == RunStatus.CANCELLED.value:
            self.say("The run was cancelled.")
        elif result.paused_at is not None:
            self.say(f"The run {result.run_id} is paused at {result.where} and can be carried on.")
        elif not result.success:
            self.say(f"error: {result.error} (run {result.run_id})")
        else:
            written = {key for node in self._graph.nodes for key in node.output_keys}
            output = {key: value for key, value in result.output.items() if key in written}
            for key, value in output.items():
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                self.say(f"{key} = {text}")
        self._active.clear()
        self._run_id = None
        self._is_free.set()

    def graph(self) -> None:
        """Show the nodes, those at work and done marked, and where each leads."""
        for node in self._graph.nodes:
            mark = ">" if node.id in self._active else "*" if node.id in self._seen else " "
            targets = [f"{edge.target} ({edge.condition})" for edge in self._graph.edges_from(node.id)]
            self.say(f" {mark} {node.id}" + (f" -> {', '.join(targets)}" if targets else ""))

    def _question(self, event: AgentEvent) -> None:
        self._end_line()
        if event.data.get("call_id") is not None or event.lane not in self._said:
            self.say(str(event.data.get("text", "")))
        self._said.discard(event.lane)
        for number, option in enumerate(event.data.get("options", ()), start=1):
            self.say(f"  {number}. {option}")
        self._unanswered.add(str(event.data.get("question_id", "")))
        self._is_free.set()

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()
            self._is_mid_line = not text.endswith("\n")

    def _end_line(self) -> None:
        if self._is_mid_line:
            self._write("\n")
