"""The agent runtime: many runs of one agent, started by hand, by a clock or from outside."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework.errors import (
    InputError,
    InvalidGraphError,
    JournalError,
    RuntimeStoppedError,
    SpecError,
)
from framework.graph.executor import GraphExecutor
from framework.journal.at_work import nodes_at_work
from framework.journal.raised import told_error
from framework.journal.reading import read_facts, read_state, without_entries
from framework.journal.state import RunStatus
from framework.runtime import storing
from framework.runtime.admission import STUBBORN_S, Admission
from framework.runtime.core import Runtime
from framework.runtime.entry_point import EntryPointSpec, check_entry_points
from framework.runtime.entry_timers import EntryTimers
from framework.runtime.execution_stream import Execution, ExecutionStream
from framework.runtime.launcher import Launcher
from framework.runtime.progress import GoalProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from framework.clock import Clock
    from framework.credentials.base import Credentials
    from framework.events.bus import AgentEvent, EventBus, EventType
    from framework.graph.result import ExecutionResult
    from framework.llm.base import LLMProvider
    from framework.loop.context import Person
    from framework.loop.judges import JudgeProtocol
    from framework.model.events import QuestionAsked
    from framework.model.goal import Goal
    from framework.model.graph import GraphSpec
    from framework.model.tool import Tool
    from framework.runtime.run_news import RunListener
    from framework.tools.calls import ToolExecutor

DEFAULT_PATIENCE_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRuntimeConfig:
    """The bounds of a runtime.

    Attributes:
        max_concurrent_executions: runs under way at the same time, of all entry points together.
        max_waiting: runs that may wait at one entry point; one more is refused.
        execution_result_max: results kept for each entry point, the last ones.
        patience_s: seconds a run waits for a person before it pauses in its journal.
    """

    max_concurrent_executions: int = 100
    max_waiting: int = 1000
    execution_result_max: int = 1000
    patience_s: float = DEFAULT_PATIENCE_S

    def __post_init__(self) -> None:
        """Refuse bounds with which nothing could run.

        Raises:
            SpecError: naming the bound.
        """
        for name in ("max_concurrent_executions", "max_waiting"):
            if getattr(self, name) < 1:
                raise SpecError(f"{name} must be 1 or more, and is {getattr(self, name)!r}.")
        for name in ("execution_result_max", "patience_s"):
            if not getattr(self, name) >= 0:
                raise SpecError(f"{name} must be 0 or more, and is {getattr(self, name)!r}.")


class AgentRuntime:
    """Runs one agent many times.

    A run waits until its entry point and the runtime have room for it; then it
    has a task of its own, which the runtime owns. Everything here belongs to
    the event loop in which ``start`` was awaited.

    Attributes:
        graph: the agent's graph.
        goal: what its runs are measured against.
        config: the bounds.
    """

    def __init__(
        self,
        executor: GraphExecutor,
        graph: GraphSpec,
        goal: Goal | None = None,
        *,
        entry_points: Iterable[EntryPointSpec] = (),
        config: AgentRuntimeConfig | None = None,
    ) -> None:
        """Run ``graph`` with ``executor``.

        Args:
            executor: runs it; every run shares its plan.
            graph: the nodes and edges.
            goal: what the runs are measured against.
            entry_points: where runs begin and what starts them.
            config: the bounds.

        Raises:
            InvalidGraphError: if an entry point cannot work with the graph.
        """
        self.graph = graph
        self.goal = goal
        self.config = config or AgentRuntimeConfig()
        self._executor = executor
        self._launcher = Launcher(executor, graph, goal, patience_s=self.config.patience_s)
        self._admission = Admission(self.config.max_concurrent_executions, self._launcher.run)
        self._timers = EntryTimers(executor.clock, self.trigger, self._admission.tell_refused)
        self._stops = 0
        self._progress = GoalProgress(executor.journal, goal)
        for spec in entry_points:
            self.register_entry_point(spec)

    @property
    def is_running(self) -> bool:
        """Whether runs can be asked for."""
        return self._admission.is_open

    @property
    def event_bus(self) -> EventBus:
        """Hears what happens in all runs."""
        return self._executor.event_bus

    @property
    def executor(self) -> GraphExecutor:
        """What runs the graph."""
        return self._executor

    async def start(self) -> None:
        """Take runs from now on, and start the timers.

        Raises:
            RuntimeStoppedError: if ``stop`` is not over yet.
        """
        if self.is_running:
            return
        if self._stops:
            raise RuntimeStoppedError("The runtime is being stopped; await stop() before you start it again.")
        self._admission.is_open = True
        for stream in self._admission.streams.values():
            self._timers.start(stream)

    async def stop(self, grace_s: float = 0.0) -> None:
        """Take no more runs, and end those there are.

        Runs that wait do not begin; those that are stored can be carried on. Runs under way
        get ``grace_s`` seconds to end; then they are stopped where they are,
        and their journals can be carried on.
        """
        timers = self._timers.cancel_all()
        self._stops += 1
        try:
            await self._admission.close(grace_s, "The runtime was stopped before the run began.")
            await asyncio.gather(*timers, return_exceptions=True)
        finally:
            self._stops -= 1

    def register_entry_point(self, spec: EntryPointSpec) -> None:
        """Add a way into the agent.

        Raises:
            InvalidGraphError: if it cannot work with the graph, or its id is taken.
        """
        specs = [*self.get_entry_points(), spec]
        errors = [finding for finding in check_entry_points(specs, self.graph) if finding.is_error]
        if errors:
            raise InvalidGraphError(self.graph.id, errors)
        stream = self._admission.streams[spec.id] = ExecutionStream(
            spec, max_waiting=self.config.max_waiting, results_kept=self.config.execution_result_max
        )
        if self.is_running:
            self._timers.start(stream)

    def unregister_entry_point(self, entry_point_id: str) -> bool:
        """Remove a way into the agent; runs that wait are dropped, those under way go on.

        Return whether there was one.
        """
        if not self._admission.remove(entry_point_id, "Its entry point was removed before the run began."):
            return False
        self._timers.cancel(entry_point_id)
        return True

    def get_entry_points(self) -> list[EntryPointSpec]:
        """Return the ways into the agent."""
        return [stream.spec for stream in self._admission.streams.values()]

    async def trigger(
        self,
        entry_point_id: str,
        input_data: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        session_state: Mapping[str, Any] | None = None,
        *,
        until_stored: bool = False,
    ) -> str:
        """Ask for a run and return its id; it begins as soon as there is room.

        Args:
            entry_point_id: where it begins.
            input_data: its input, JSON values by key.
            correlation_id: noted in its journal, to find it by.
            session_state: ``{"run_id": ...}`` carries a stored run on, in the session it began in;
                ``{"session_id": ...}`` lets a new run share that session instead of its entry point's.
            until_stored: whether to wait until its first entry is stored, so that nothing loses it then.

        Raises:
            RuntimeStoppedError: if the runtime is not started.
            InputError: if there is no such entry point, the input lacks a key, or the stored run
                belongs to another session.
            RunNotFoundError: if no such run is stored.
            QueueFullError: if too many runs wait already.
            JournalError: if the run must wait for its turn, or its caller for it, and it cannot be stored.
        """
        execution = await self._ask(entry_point_id, input_data, correlation_id, session_state)
        if until_stored:
            await storing.until_stored(execution, self.event_bus)
        return execution.run_id

    async def trigger_and_wait(
        self,
        entry_point_id: str,
        input_data: Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  (public contract)
        correlation_id: str | None = None,
        session_state: Mapping[str, Any] | None = None,
    ) -> ExecutionResult | None:
        """Ask for a run and return its result; None if that takes longer than ``timeout`` seconds.

        The run goes on then. See ``trigger`` for the arguments and what it raises.
        """
        execution = await self._ask(entry_point_id, input_data, correlation_id, session_state)
        return await execution.outcome(timeout)

    async def resume(self, run_id: str, input_data: Mapping[str, Any] | None = None) -> str:
        """Carry a stored run on, at the entry point it came in by, and return its id; see ``trigger``.

        Args:
            run_id: the run, paused or cut off.
            input_data: overwrites values of its memory, for a run that paused after a pause node.

        Raises:
            InputError: if the run has no entry or has ended, or its entry point is not registered.
            RunNotFoundError: if no such run is stored.
            JournalCorruptError: if what is stored is not what was written.
            BlobNotFoundError: if content of it is missing.
        """
        state = await read_state(self._executor.journal, run_id)
        if state.status is RunStatus.NEW:
            raise without_entries(run_id)
        if state.status.is_final:
            raise InputError(f"Run {run_id!r} has ended ({state.status.value}); start a new one.")
        facts = await read_facts(self._executor.journal, run_id)
        first = next(iter(self._admission.streams), "")
        return await self.trigger(
            str(facts.get("entry_point") or first), input_data, None, {"run_id": run_id}
        )

    async def wait(self, run_id: str, timeout: float | None = None) -> ExecutionResult | None:  # noqa: ASYNC109  (as above)
        """Return the result of a run that was asked for, None if it takes longer than ``timeout`` seconds."""
        execution = self._admission.find(run_id)
        return await execution.outcome(timeout) if execution else self._admission.result(run_id)

    async def cancel_execution(self, run_id: str, execution_id: str | None = None) -> bool:
        """End a run for good; return whether there was one and nothing of it is left.

        Args:
            run_id: the run; existing packages name its entry point here and the run second.
            execution_id: the run, when the entry point came first.

        Raises:
            JournalError: if the run was stored, waited for its turn, and its end could not be recorded.
        """
        wanted = execution_id or run_id
        execution = self._admission.find(wanted)
        if execution is None:
            return False
        execution.is_cancelled = True
        if self._admission.withdraw(wanted, "The run was cancelled before it began."):
            await self._launcher.end(execution)
            return True
        control = self._executor.control(wanted)
        if control is not None:
            control.cancel()
        return await execution.outcome(STUBBORN_S) is not None

    async def pause_execution(self, run_id: str) -> bool:
        """Pause a run before its next node; return whether it is under way."""
        self._executor.request_pause(run_id)
        return self._executor.control(run_id) is not None

    async def inject_input(self, node_id: str, content: str, run_id: str | None = None) -> bool:
        """Give a node of a live run a message; return whether a run took it.

        A node that waits for a person is woken: the message is its answer.
        Without ``run_id`` it is for the run that has waited longest at the
        node, or else for the one that began last.
        """
        if self.graph.node(node_id) is None or not self._executor.live_runs():
            return False
        return self._executor.inject_input(node_id, content, run_id)

    async def answer(self, text: str, question_id: str | None = None, run_id: str | None = None) -> str:
        """Answer an open question of a live run, the one that waits longest unless another is named.

        Return its id.

        Raises:
            InputError: if no such question is open.
        """
        control = self._executor.waiting_longest(run_id, question_id=question_id)
        if control is not None:
            return control.answer(text, question_id)
        which = f"question {question_id!r}" if question_id else "question"
        raise InputError(f"No run under way has an open {which}.")

    def open_questions(self, run_id: str | None = None) -> list[tuple[str, QuestionAsked]]:
        """Return the open questions of live runs, each with its run's id."""
        return [
            (control.run_id, question)
            for control in self._executor.live_runs()
            if run_id in {None, control.run_id}
            for question in control.questions()
        ]

    def get_execution_result(self, run_id: str, execution_id: str | None = None) -> ExecutionResult | None:
        """Return what a run came to, None while it lasts or when it ended too long ago.

        The arguments are those of ``cancel_execution``.
        """
        return self._admission.result(execution_id or run_id)

    async def get_execution_status(self, run_id: str) -> dict[str, Any] | None:
        """Return where a run stands, from memory or from its journal; None if there is none."""
        execution = self._admission.find(run_id)
        if execution is not None and execution.task is None:
            return {"run_id": run_id, "status": "queued"}
        try:
            state = await read_state(self._executor.journal, run_id)
        except JournalError:
            result = self.get_execution_result(run_id)
            if result is None:
                return {"run_id": run_id, "status": "running"} if execution else None
            return {"run_id": run_id, "status": result.status, "error": result.error}
        is_waiting, at_nodes = execution is not None and bool(state.questions), nodes_at_work(state)
        return {
            "run_id": run_id,
            "status": "waiting" if is_waiting else state.status.value,
            "node": next(iter(at_nodes), state.main.node_id),
            "at_nodes": at_nodes,
            "steps": state.steps,
            "questions": list(state.questions),
            "question_numbers": {name: state.question_numbers[name] for name in state.questions},
            "error": told_error(state),
        }

    async def get_goal_progress(self) -> dict[str, Any]:
        """Return how far the stored runs got against the goal, criterion by criterion."""
        return await self._progress.measure()

    def get_stats(self) -> dict[str, Any]:
        """Return how many runs there were and are, by entry point."""
        streams = {name: stream.stats() for name, stream in self._admission.streams.items()}
        return {
            "is_running": self.is_running,
            "running": self._admission.running,
            "max_concurrent_executions": self.config.max_concurrent_executions,
            "waiting": sum(stats["waiting"] for stats in streams.values()),
            "entry_points": streams,
        }

    def listen(self, listener: RunListener) -> None:
        """Tell ``listener``, which must not raise, when a run waits for its turn, begins and is over."""
        self._admission.listeners.append(listener)

    def subscribe_to_events(
        self,
        event_types: Iterable[EventType | str],
        handler: Callable[[AgentEvent], Any],
        run_id: str | None = None,
    ) -> int:
        """Call ``handler``, sync or async, for events of these types; return the id to unsubscribe with."""
        return self.event_bus.subscribe(event_types=event_types, handler=handler, run_id=run_id)

    def unsubscribe_from_events(self, subscription_id: int) -> bool:
        """Stop calling a handler; return whether there was one."""
        return self.event_bus.unsubscribe(subscription_id)

    async def _ask(
        self,
        entry_point_id: str,
        input_data: Mapping[str, Any] | None,
        correlation_id: str | None,
        session_state: Mapping[str, Any] | None,
    ) -> Execution:
        spec, state = self._stream(entry_point_id).spec, session_state or {}
        if state.get("run_id") is not None:
            self._admission.refuse_live(str(state["run_id"]))
        execution = await self._launcher.prepare(spec, input_data or {}, correlation_id, state)
        # Reading the journal of a stored run took time; the runtime may have changed meanwhile.
        self._admission.put(self._stream(entry_point_id), execution)
        if execution.task is None:
            await self._keep(spec, execution)
        return execution

    async def _keep(self, spec: EntryPointSpec, execution: Execution) -> None:
        """Store a run that waits for its turn; one that cannot be stored never begins."""
        try:
            await self._launcher.keep(spec, execution)
        except BaseException:
            execution.is_cancelled, execution.kept = True, None
            self._admission.withdraw(execution.run_id, "The run could not be stored.")
            raise

    def _stream(self, entry_point_id: str) -> ExecutionStream:
        if not self.is_running:
            raise RuntimeStoppedError("The runtime is not started; await start() first.")
        stream = self._admission.streams.get(entry_point_id)
        if stream is None:
            known = ", ".join(self._admission.streams) or "none"
            raise InputError(f"There is no entry point {entry_point_id!r}; there are: {known}.")
        return stream


def create_agent_runtime(  # noqa: PLR0913, PLR0917  (public contract)
    graph: GraphSpec,
    goal: Goal | None,
    storage_path: str | Path | None,
    entry_points: Iterable[EntryPointSpec],
    llm: LLMProvider | None = None,
    tools: Iterable[Tool] | Mapping[str, Tool] | None = None,
    tool_executor: ToolExecutor | None = None,
    config: AgentRuntimeConfig | None = None,
    checkpoint_config: object = None,
    judges: Mapping[str, JudgeProtocol] | None = None,
    *,
    event_bus: EventBus | None = None,
    person: Person | None = None,
    clock: Clock | None = None,
    credentials: Credentials | None = None,
    approve: Iterable[str] = (),
) -> AgentRuntime:
    """Return a runtime for ``graph`` that keeps its runs under ``storage_path``.

    Args:
        graph: the nodes and edges.
        goal: what the runs are measured against.
        storage_path: the folder of the runs; None keeps them in memory.
        entry_points: where runs begin and what starts them.
        llm: answers for every event-loop node.
        tools: tools nodes may name.
        tool_executor: calls them.
        config: the bounds.
        checkpoint_config: taken for compatibility; every run is journaled whole.
        judges: judges by node id.
        event_bus: hears what happens, live.
        person: is asked first when a run needs one.
        clock: time and waiting, timers included.
        credentials: gives the tools those they name; by default there are none.
        approve: names of the tools of high risk that may be called without asking a person.

    Raises:
        InvalidGraphError: if an entry point cannot work with the graph.
    """
    del checkpoint_config
    bounds = config or AgentRuntimeConfig()
    executor = GraphExecutor(
        Runtime(storage_path),
        llm=llm,
        tools=tools,
        tool_executor=tool_executor,
        judges=judges,
        event_bus=event_bus,
        person=person,
        clock=clock,
        credentials=credentials,
        approve=approve,
    )
    specs = list(entry_points)
    points = {spec.id: spec.entry_node for spec in specs if spec.entry_node != graph.entry_node}
    entered = graph.model_copy(update={"entry_points": {**points, **graph.entry_points}}) if points else graph
    return AgentRuntime(executor, entered, goal, entry_points=specs, config=bounds)
