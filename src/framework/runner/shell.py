"""The shell: a conversation with an agent, line by line."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

from framework.errors import FrameworkError, InputError
from framework.graph.result import named_nodes
from framework.journal.state import RunStatus
from framework.model.validation.subject import Subject
from framework.runner.agent_runner import DEFAULT_ENTRY
from framework.runner.shell_display import ShellDisplay
from framework.terminal import ExitCode, LineReader, chosen, exit_code
from framework.tools.machine_secrets import without_machine_secrets

if TYPE_CHECKING:
    from collections.abc import Generator

    from framework.events.bus import EventBus
    from framework.graph.result import ExecutionResult
    from framework.model.node import NodeSpec
    from framework.runner.agent_runner import AgentRunner

_COMMAND = re.compile(r"/[a-z]+(\s|$)")  # A path such as /tmp/notes is plain text.

HELP = """\
Plain text goes to the agent: it starts a run, or answers what the agent asked.
  /status               what the run is doing
  /graph                the nodes and the edges between them
  /answer [QUESTION] TEXT  answer an open question, the oldest unless its id is given, or its number where
                           several are open; /status lists them
  /cancel               end the run
  /help                 this text
  /quit                 leave"""


class Shell:
    """Talks with one agent; one run at a time.

    At a terminal lines are taken at any time. From a pipe or a file the next
    line is taken when the run is over or asks for one.
    """

    def __init__(
        self,
        runner: AgentRunner,
        bus: EventBus,
        *,
        source: TextIO | None = None,
        stream: TextIO | None = None,
    ) -> None:
        """Talk with the agent of ``runner``.

        Args:
            runner: runs the agent; publishes on ``bus``, and has no person of its own.
            bus: tells what happens.
            source: where lines come from; standard input by default.
            stream: where the agent's words go; standard output by default.
        """
        self._runner = runner
        self._bus = bus
        self._lines = LineReader(source or sys.stdin)
        self._display = ShellDisplay(stream or sys.stdout, runner.package.graph)
        self._run_id: str | None = None
        self._pending: dict[str, str] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._code = ExitCode.OK
        self._is_terminated = False
        self._leaving = asyncio.Event()

    async def run(self) -> int:
        """Talk until the person leaves; return the exit code.

        Raises:
            FrameworkError: if the agent cannot run.
        """
        number = self._bus.subscribe(self._display)
        try:
            await self._runner.start(with_triggers=False)
            with redirect_stdout(sys.stderr), self._signals():
                self._display.say(f"{self._runner.package.metadata.name}. /help says what you can do.")
                while not self._leaving.is_set() and (line := await self._next_line()) is not None:
                    await self._take(line.strip())
        finally:
            await self._runner.stop()
            if self._watch is not None:
                await self._watch
            self._runner.close()
            self._bus.unsubscribe(number)
        return ExitCode.INTERRUPTED if self._is_terminated else self._code

    async def _next_line(self) -> str | None:
        """Return the next line; None at the end of the input, or when asked to leave."""
        if not self._lines.is_terminal:
            await self._first(self._display.needs_line())
        else:
            self._display.prompt(self._asked_key())
        return await self._first(self._lines.next())

    async def _first(self, work: Any) -> Any:
        """Return what ``work`` gives, None if the person leaves before."""
        task, leaving = asyncio.ensure_future(work), asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for each in (task, leaving):
                each.cancel()

    async def _take(self, line: str) -> None:
        try:
            if _COMMAND.match(line):
                await self._command(*line[1:].partition(" ")[::2])
            elif line:
                await self._text(line)
        except FrameworkError as error:
            self._display.say(f"error: {without_machine_secrets(str(error))}")

    async def _command(self, name: str, rest: str) -> None:
        match name:
            case "status":
                await self._status()
            case "graph":
                self._display.graph()
            case "cancel":
                await self._cancel()
            case "answer":
                await self._answer(rest.strip())
            case "help":
                self._display.say(HELP)
            case "quit" | "exit":
                self._leaving.set()
            case _:
                self._display.say(f"There is no command /{name}; /help lists those there are.")

    async def _text(self, text: str) -> None:
        if self._run_id is None:
            await self._begin(text)
        elif self._runner.runtime.open_questions(self._run_id):
            await self._answer(text)
        elif self._display.listening is not None:
            await self._runner.runtime.inject_input(self._display.listening, text, self._run_id)
        else:
            self._display.say("The agent is at work and takes no text now; /status says what it does.")

    async def _begin(self, text: str) -> None:
        """Start a run once every input it needs is there."""
        keys = self._keys()
        given = self._given(text, keys)
        if given is None:
            return
        self._pending = None
        listener = self._listener()
        if not keys and listener is not None:
            # No run is under way, so the node of the next one finds the words from its start.
            self._runner.runtime.executor.inject_input(listener.id, text)
        run_id = await self._runner.trigger(DEFAULT_ENTRY, given)
        self._run_id = run_id
        self._display.begun(run_id)
        self._watch = asyncio.create_task(self._watch_run(run_id), name="shell-watch")

    def _given(self, text: str, keys: list[str]) -> dict[str, Any] | None:
        """Return the whole input, None while keys are missing."""
        if text.startswith("{"):
            with suppress(ValueError):
                value: object = json.loads(text)
                if isinstance(value, dict):
                    return cast("dict[str, Any]", value)
        pending = self._pending if self._pending is not None else {}
        missing = [key for key in keys if key not in pending]
        if missing:
            pending[missing[0]] = text
        self._pending = pending
        if len(missing) > 1:
            if not self._lines.is_terminal:
                self._display.say(f"{missing[1]}?")
            return None
        return dict(pending)

    def _asked_key(self) -> str:
        """Return the input key whose value is asked for, if any."""
        given = self._pending or {}
        keys = self._keys() if self._run_id is None else []
        return next((key for key in keys if key not in given), "")

    def _keys(self) -> list[str]:
        """Return the input keys the agent needs, those of its first node first, as declared."""
        graph = self._runner.package.graph
        needed = Subject(graph).assumed_inputs(graph.entry_node)
        first = graph.node(graph.entry_node)
        declared = [key for key in first.input_keys if key in needed] if first else []
        return [*declared, *sorted(needed - set(declared))]

    def _listener(self) -> NodeSpec | None:
        return next((node for node in self._runner.package.graph.nodes if node.client_facing), None)

    async def _answer(self, text: str) -> None:
        questions = {
            found.question_id: found for _, found in self._runner.runtime.open_questions(self._run_id)
        }
        name, _, rest = text.partition(" ")
        if len(questions) > 1:
            name = (await self._question_names()).get(name, name)
        wanted, words = (name, rest.strip()) if name in questions else (None, text)
        if not words:
            raise InputError("An answer needs a text: /answer [QUESTION] TEXT.")
        asked = questions.get(wanted) if wanted else next(iter(questions.values()), None)
        words = chosen(words, asked.options) if asked is not None else words
        self._display.answered(await self._runner.runtime.answer(words, wanted, self._run_id))

    async def _question_names(self) -> dict[str, str]:
        """Return the ids of the run's open questions by number."""
        status = await self._runner.runtime.get_execution_status(self._run_id) if self._run_id else None
        numbers: dict[str, int] = (status or {}).get("question_numbers", {})
        return {str(number): question_id for question_id, number in numbers.items()}

    async def _cancel(self) -> None:
        if self._run_id is None:
            self._pending = None
            self._display.say("No run is under way.")
            return
        await self._runner.runtime.cancel_execution(self._run_id)
        if self._watch is not None:
            await self._watch

    async def _status(self) -> None:
        status = None
        if self._run_id is not None:
            status = await self._runner.runtime.get_execution_status(self._run_id)
        if status is None:
            self._display.say("No run is under way.")
            return
        parts = [f"run {status['run_id']}: {status['status']}"]
        parts += [f"at {named_nodes(status['at_nodes'])}"] if status.get("at_nodes") else []
        parts += [f"{status['steps']} steps"] if "steps" in status else []
        numbers: dict[str, int] = status.get("question_numbers", {})
        parts += [f"asks question {number} ({question})" for question, number in numbers.items()]
        self._display.say(", ".join(parts))

    async def _watch_run(self, run_id: str) -> None:
        """Tell how the run ended."""
        result = await self._runner.runtime.wait(run_id)
        self._run_id = None
        if result is not None:
            self._code = _code_of(result)
            self._display.ended(result)

    @contextmanager
    def _signals(self) -> Generator[None, None, None]:
        """Let Ctrl-C end the run, and a request to terminate end the shell."""
        loop = asyncio.get_running_loop()
        handlers = {
            signal.SIGINT: self._interrupted,
            signal.SIGTERM: self._terminated,
            signal.SIGHUP: self._terminated,
        }
        before = {number: signal.getsignal(number) for number in handlers}
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def _interrupted(self) -> None:
        if self._run_id is None:
            self._pending = None
            self._display.say("\nNo run is under way; /quit or Ctrl-D leaves.")
            self._display.prompt("")
            return
        self._stopping = asyncio.create_task(self._cancel(), name="shell-cancel")

    def _terminated(self) -> None:
        self._is_terminated = True
        self._leaving.set()


def _code_of(result: ExecutionResult) -> ExitCode:
    if result.status == RunStatus.CANCELLED.value:
        return ExitCode.OK
    return ExitCode(exit_code(result))
