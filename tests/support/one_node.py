"""One node, run for real by the executor, with a scripted model and a journal in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.errors import RunPausedError
from framework.events.bus import EventBus
from framework.graph.executor import GraphExecutor
from framework.journal.reading import read_entries
from framework.llm.scripted import ScriptedProvider
from framework.model.graph import GraphSpec
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec
from framework.runtime.core import Runtime
from framework.tools.registry import ToolRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from framework.graph.result import ExecutionResult
    from framework.journal.base import Journal
    from framework.llm.base import ModelRequest
    from framework.llm.scripted import Script
    from framework.model.events import Event, QuestionAsked
    from framework.model.goal import Goal


class Answers:
    """A person with a list of answers; who has none left is not there."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[QuestionAsked] = []

    async def ask(self, question: QuestionAsked) -> str:
        self.asked.append(question)
        if not self._answers:
            raise RunPausedError("Nobody is there.", node_id=question.node_id)
        return self._answers.pop(0)

    @property
    def texts(self) -> list[str]:
        return [question.text.load() for question in self.asked]


class OneNode:
    """A graph of the node ``n`` and everything needed to run it; ``spec`` are fields of its ``NodeSpec``."""

    def __init__(
        self,
        script: Script,
        *,
        tools: Sequence[Callable[..., Any]] = (),
        loop: dict[str, Any] | None = None,
        storage: Path | None = None,
        journal: Journal | None = None,
        graph: dict[str, Any] | None = None,
        goal: Goal | None = None,
        executor: dict[str, Any] | None = None,
        **spec: Any,
    ) -> None:
        self.registry = ToolRegistry()
        for function in tools:
            self.registry.register_function(function)
        names = [*self.registry.get_tools()]
        self.node = NodeSpec(id="n", **{"max_retries": 1, "tools": names, **spec})
        fields = {"nodes": [self.node], "edges": [], "terminal_nodes": ["n"], **(graph or {})}
        self.graph = GraphSpec(
            id="g", goal_id="goal", entry_node="n", loop_config=LoopConfig(**(loop or {})), **fields
        )
        self.goal = goal
        self.provider = ScriptedProvider(script)
        self.runtime = Runtime(storage, journal=journal)
        self.clock = ManualClock()
        self.bus = EventBus()
        self._options = executor or {}
        self.run_id = ""

    def executor(self, **options: Any) -> GraphExecutor:
        chosen = {
            "llm": self.provider,
            "tools": self.registry.get_tools(),
            "tool_executor": self.registry.get_executor(),
            "clock": self.clock,
            "event_bus": self.bus,
            **self._options,
            **options,
        }
        return GraphExecutor(self.runtime, **chosen)

    async def run(self, inputs: dict[str, Any] | None = None, **options: Any) -> ExecutionResult:
        return self._known(await self.executor(**options).execute(self.graph, self.goal, inputs or {}))

    async def resume(self, result: ExecutionResult, **options: Any) -> ExecutionResult:
        executor = self.executor(**options)
        return self._known(await executor.execute(self.graph, self.goal, session_state=result.session_state))

    async def events(self, *kinds: type[Event]) -> list[Any]:
        entries = await read_entries(self.runtime.journal, self.run_id)
        return [entry.event for entry in entries if not kinds or isinstance(entry.event, kinds)]

    def request(self, index: int = -1) -> ModelRequest:
        return self.provider.requests[index]

    def said(self, index: int = -1) -> list[str]:
        """Return the messages of a request as ``role: content``."""
        return [f"{message.role}: {message.content}" for message in self.request(index).messages]

    def _known(self, result: ExecutionResult) -> ExecutionResult:
        self.run_id = result.run_id
        return result
