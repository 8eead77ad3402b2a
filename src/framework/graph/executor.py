"""The executor: runs one graph, from input to result, through its journal."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from framework.clock import Clock, SystemClock
from framework.errors import InputError, NotJsonError, SpecError
from framework.events.bus import EventBus
from framework.graph.announce import announcer
from framework.graph.goals import check_goal
from framework.graph.plan import Plan, check_input, make_plan
from framework.graph.result import ExecutionResult, result_of
from framework.graph.run import drive
from framework.graph.scope import ParallelExecutionConfig, RunScope
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.journal.state import MAIN_LANE, RunState, RunStatus
from framework.loop.event_loop_node import EventLoopNode
from framework.loop.function_node import FunctionNode
from framework.model.events import RunResumed, RunStarted
from framework.model.goal import Goal
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.journal.base import Journal, JournalWriter
    from framework.llm.base import LLMProvider
    from framework.loop.context import NodeProtocol, Person
    from framework.loop.judges import JudgeProtocol
    from framework.model.graph import GraphSpec
    from framework.model.loop_config import LoopConfig
    from framework.model.node import NodeSpec
    from framework.model.tool import Tool
    from framework.tools.calls import ToolExecutor

__all__ = ["ExecutionResult", "GraphExecutor", "ParallelExecutionConfig"]

_PLANS_KEPT = 64


class Recorder(Protocol):
    """Something that keeps runs; ``Runtime`` is one."""

    @property
    def journal(self) -> Journal:
        """Where runs are stored."""
        ...

    @property
    def storage_path(self) -> Path | None:
        """The folder of the runs' files, None when nothing is kept on disk."""
        ...


@dataclass(slots=True)
class _Prepared:
    """What all runs of one graph share: the plan, its function nodes, the inputs found complete."""

    plan: Plan
    functions: dict[str, tuple[object, FunctionNode]] = field(
        default_factory=dict[str, tuple[object, FunctionNode]]
    )
    inputs: set[frozenset[str]] = field(default_factory=set[frozenset[str]])

    def check_input(self, keys: frozenset[str]) -> None:
        """Check the keys of an input once."""
        if keys not in self.inputs:
            check_input(self.plan, keys)
            self.inputs.add(keys)

    def function_node(self, node: NodeSpec, function: Callable[..., Any]) -> FunctionNode:
        """Return the function node for ``function``, made once."""
        known = self.functions.get(node.id)
        if known is None or known[0] is not function:
            known = self.functions[node.id] = (function, FunctionNode(function, node))
        return known[1]


class GraphExecutor:
    """Runs graphs.

    One executor may run many graphs at once; every run has its own journal.
    Event-loop nodes are created by the executor; function nodes are found in
    the graph (a callable), or registered.
    """

    def __init__(  # noqa: PLR0913, PLR0917  (the public contract of existing packages)
        self,
        runtime: Recorder,
        llm: LLMProvider | None = None,
        tools: Iterable[Tool] | Mapping[str, Tool] | None = None,
        tool_executor: ToolExecutor | None = None,
        node_registry: Mapping[str, NodeProtocol] | None = None,
        enable_parallel_execution: bool = True,  # noqa: FBT001, FBT002  (public contract)
        parallel_config: ParallelExecutionConfig | None = None,
        event_bus: EventBus | None = None,
        storage_path: str | Path | None = None,
        loop_config: LoopConfig | None = None,
        judges: Mapping[str, JudgeProtocol] | None = None,
        *,
        person: Person | None = None,
        clock: Clock | None = None,
        agent: str = "",
        version: str = "",
    ) -> None:
        """Set the collaborators of all runs.

        Args:
            runtime: keeps the journals.
            llm: answers for every event-loop node.
            tools: tools nodes may name.
            tool_executor: calls them: ``ToolUse`` in, ``ToolResult`` out, sync or async.
            node_registry: own implementations by node id.
            enable_parallel_execution: run fan-out branches concurrently; False runs them in order.
            parallel_config: what a failed branch does, and how long one may take.
            event_bus: hears what happens, live.
            storage_path: folder of the runs' data files; the runtime's when not given.
            loop_config: overrides the graph's.
            judges: judges by node id.
            person: answers questions; without one a run pauses when it needs a person.
            clock: time and waiting.
            agent: name of the agent, for the journal.
            version: version of its package, for the journal; of the graph when not given.
        """
        self._runtime = runtime
        self._llm = llm
        self._tools = _by_name(tools)
        self._tool_executor = tool_executor
        self._workers: dict[str, NodeProtocol] = dict(node_registry or {})
        self._functions: dict[str, Callable[..., Any]] = {}
        self._is_parallel = enable_parallel_execution
        self._parallel = parallel_config or ParallelExecutionConfig()
        self._bus = event_bus or EventBus()
        self._storage = Path(storage_path) if storage_path is not None else runtime.storage_path
        self._loop_config = loop_config
        self._judges = dict(judges or {})
        self._person = person
        self._clock = clock or SystemClock()
        self._agent = agent
        self._version = version
        self._pauses = 0
        self._inboxes: dict[str, deque[str]] = {}
        self._running = 0
        self._prepared: dict[tuple[int, str], _Prepared] = {}

    def register_node(self, node_id: str, implementation: NodeProtocol) -> None:
        """Run the node ``node_id`` with ``implementation``."""
        self._workers[node_id] = implementation

    def register_function(self, node_id: str, function: Callable[..., Any]) -> None:
        """Run the function node ``node_id`` with ``function``, sync or async."""
        self._functions[node_id] = function

    def request_pause(self) -> None:
        """Pause every run under way before its next node."""
        self._pauses += 1

    def inject_input(self, node_id: str, content: str) -> None:
        """Give a live node a message; it sees it at its next turn."""
        self._inboxes.setdefault(node_id, deque()).append(content)

    async def execute(
        self,
        graph: GraphSpec,
        goal: Goal | None = None,
        input_data: Mapping[str, Any] | None = None,
        session_state: Mapping[str, Any] | None = None,
        checkpoint_config: object = None,
        *,
        run_id: str | None = None,
    ) -> ExecutionResult:
        """Run ``graph`` to its end, or to where it waits for a person.

        A run that was paused or cut off goes on from its journal's last entry
        when ``session_state`` names it.

        Args:
            graph: the nodes and edges.
            goal: what the run is measured against.
            input_data: the run's input, JSON values by key.
            session_state: of a paused result, or ``{"run_id": ...}``, to carry that run on.
            checkpoint_config: taken for compatibility; every run is journaled whole.
            run_id: id of the new run; a fresh one when not given.

        Raises:
            InvalidGraphError: if the graph fails validation.
            SpecError: if a node has no function, or a check of the goal does not parse.
            InputError: if the input is no JSON or lacks a required key, or the run cannot be carried on.
            JournalError: if the journal cannot be written, or another process writes this run.
        """
        del checkpoint_config
        pauses = self._pauses
        check_goal(goal)
        prepared = self._prepare(graph)
        workers = {node.id: self._worker(prepared, node) for node in prepared.plan.graph.nodes}
        resumed = (session_state or {}).get("run_id")
        if resumed is None:
            start = self._start(prepared, goal, input_data)
            log = await self._create(run_id or new_run_id(self._clock))
        else:
            start = None
            log = await self._open(str(resumed))
        self._running += 1
        try:
            if start is not None:
                log.record(MAIN_LANE, start, {"run_id": log.state.run_id})
                await log.commit(durable=True)
            else:
                goal = self._carry_on(log, prepared, goal, input_data)
            await drive(self._scope(prepared.plan, goal, log, workers, lambda: self._pauses > pauses))
        finally:
            self._running -= 1
            if not self._running:
                self._inboxes.clear()  # What nobody took in this run is not for the next.
            await log.close()
        return result_of(log.state)

    def _prepare(self, graph: GraphSpec) -> _Prepared:
        key = (id(graph), graph.model_dump_json())
        prepared = self._prepared.get(key)
        if prepared is None:
            if len(self._prepared) >= _PLANS_KEPT:
                self._prepared.pop(next(iter(self._prepared)))
            prepared = self._prepared[key] = _Prepared(make_plan(graph, self._tools))
        return prepared

    def _start(
        self, prepared: _Prepared, goal: Goal | None, input_data: Mapping[str, Any] | None
    ) -> RunStarted:
        inputs = _encoded(input_data or {})
        prepared.check_input(frozenset(inputs))
        plan = prepared.plan
        return RunStarted(
            agent=self._agent or plan.graph.id,
            version=self._version or str(plan.encoded.digest),
            entry=plan.graph.entry_node,
            goal=Value.of(goal.model_dump(mode="json") if goal else None),
            graph=plan.encoded,
            input=inputs,
        )

    async def _create(self, run_id: str) -> RunLog:
        return self._log(await self._runtime.journal.create(run_id), run_id, RunState())

    async def _open(self, run_id: str) -> RunLog:
        writer = await self._runtime.journal.open(run_id)
        try:
            state = await read_state(self._runtime.journal, run_id)
        except BaseException:
            await writer.close()
            raise
        return self._log(writer, run_id, state)

    def _carry_on(
        self, log: RunLog, prepared: _Prepared, goal: Goal | None, input_data: Mapping[str, Any] | None
    ) -> Goal | None:
        """Record that a stored run goes on; return the goal it is measured against.

        Raises:
            InputError: if the run has ended, or is not a run of this graph.
        """
        state = log.state
        if state.status is RunStatus.NEW:  # It stopped before its first entry was stored.
            log.record(MAIN_LANE, self._start(prepared, goal, input_data), {"run_id": state.run_id})
            return goal
        if state.status.is_final:
            raise InputError(f"Run {state.run_id!r} has ended ({state.status.value}); start a new one.")
        if state.graph != prepared.plan.encoded:
            raise InputError(
                f"Run {state.run_id!r} is not a run of the graph {prepared.plan.graph.id!r} as it is now; "
                "carry it on with the version it was started with, or start a new run."
            )
        log.record(MAIN_LANE, RunResumed(reason="session_state"))
        stored = state.goal.load() if state.goal is not None else None
        return goal if goal is not None or stored is None else Goal.model_validate(stored)

    def _log(self, writer: JournalWriter, run_id: str, state: RunState) -> RunLog:
        state.run_id = run_id
        return RunLog(
            writer,
            self._clock,
            state=state,
            listeners=[announcer(self._bus, state)],
            is_heard=self._bus.is_heard,
        )

    def _scope(
        self,
        plan: Plan,
        goal: Goal | None,
        log: RunLog,
        workers: Mapping[str, NodeProtocol],
        pause_requested: Callable[[], bool],
    ) -> RunScope:
        return RunScope(
            plan=plan,
            log=log,
            clock=self._clock,
            bus=self._bus,
            goal=goal,
            workers=workers,
            loop_config=self._loop_config or plan.graph.loop_config,
            llm=self._llm,
            tools=self._tools,
            tool_executor=self._tool_executor,
            judges=self._judges,
            parallel=self._parallel,
            is_parallel=self._is_parallel,
            person=self._person,
            inboxes=self._inboxes,
            data_dir=self._data_dir(log.state.run_id),
            pause_requested=pause_requested,
        )

    def _data_dir(self, run_id: str) -> Path | None:
        return self._storage / "runs" / run_id / "data" if self._storage is not None else None

    def _worker(self, prepared: _Prepared, node: NodeSpec) -> NodeProtocol:
        if node.id in self._workers:
            return self._workers[node.id]
        if node.id in prepared.plan.loops:
            return EventLoopNode()
        function = self._functions.get(node.id, node.function)
        if not callable(function):
            raise SpecError(
                f"Function node {node.id!r} has no function ({function!r} is not callable); "
                "set NodeSpec.function, or call register_function."
            )
        return prepared.function_node(node, function)


def new_run_id(clock: Clock) -> str:
    """Return an id that sorts by time and is not used yet."""
    return f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def _by_name(tools: Iterable[Tool] | Mapping[str, Tool] | None) -> dict[str, Tool]:
    if tools is None:
        return {}
    if isinstance(tools, Mapping):
        return dict(cast("Mapping[str, Tool]", tools))
    return {tool.name: tool for tool in tools}


def _encoded(data: Mapping[str, Any]) -> dict[str, Value]:
    wrong = [key for key in data if not isinstance(key, str)]  # pyright: ignore[reportUnnecessaryIsInstance]  (a person's input)
    if wrong:
        raise InputError(f"The keys of the input must be text; {wrong[0]!r} is not.")
    try:
        Value.of(list(data))
        return {key: Value.of(value) for key, value in data.items()}
    except NotJsonError as error:
        raise InputError(f"The input is no JSON: {error}") from error
