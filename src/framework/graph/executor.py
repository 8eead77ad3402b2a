"""The executor: runs one graph, from input to result, through its journal."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from framework.clock import Clock, SystemClock
from framework.errors import FrameworkError, InputError, JournalError, NotJsonError, RunPausedError, SpecError
from framework.events.bus import EventBus
from framework.graph.announce import announcer
from framework.graph.goals import evaluate_goal
from framework.graph.plan import Plan, check_input, make_plan
from framework.graph.result import ExecutionResult, result_of
from framework.graph.scope import ParallelExecutionConfig, RunScope, is_loop
from framework.graph.walk import error_facts, walk_lane
from framework.journal.log import LaneLog, RunLog
from framework.journal.reading import read_state
from framework.journal.state import MAIN_LANE, RunState
from framework.llm.base import LLMProvider
from framework.loop.event_loop_node import EventLoopNode
from framework.loop.function_node import FunctionNode
from framework.loop.model_call import ask_aside
from framework.model.events import ErrorFacts, RunFinished, RunPaused, RunResumed, RunStarted
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.journal.base import Journal, JournalWriter
    from framework.loop.context import NodeProtocol, Person
    from framework.loop.judges import JudgeProtocol
    from framework.model.goal import Goal
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """Asks a model on behalf of the whole run."""

    log: LaneLog
    clock: Clock
    llm: LLMProvider | None
    model: str
    max_tokens: int
    node_id: str = "goal"


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
        self._pause = False
        self._inboxes: dict[str, deque[str]] = {}
        self._prepared: dict[str, _Prepared] = {}

    def register_node(self, node_id: str, implementation: NodeProtocol) -> None:
        """Run the node ``node_id`` with ``implementation``."""
        self._workers[node_id] = implementation

    def register_function(self, node_id: str, function: Callable[..., Any]) -> None:
        """Run the function node ``node_id`` with ``function``, sync or async."""
        self._functions[node_id] = function

    def request_pause(self) -> None:
        """Pause the run before its next node."""
        self._pause = True

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

        Args:
            graph: the nodes and edges.
            goal: what the run is measured against.
            input_data: the run's input, JSON values by key.
            session_state: of a paused result, to carry that run on.
            checkpoint_config: taken for compatibility; every run is journaled whole.
            run_id: id of the new run; a fresh one when not given.

        Raises:
            InvalidGraphError: if the graph fails validation.
            InputError: if the input is no JSON or lacks a required key.
            JournalError: if the journal cannot be written, or another process writes this run.
        """
        del checkpoint_config
        prepared = self._prepare(graph)
        plan = prepared.plan
        resumed = (session_state or {}).get("run_id")
        if resumed is None:
            inputs = _encoded(input_data or {})
            prepared.check_input(frozenset(inputs))
            log = await self._begin(plan, goal, inputs, run_id or new_run_id(self._clock))
        else:
            log = await self._continue(str(resumed))
        run = self._scope(prepared, goal, log)
        try:
            await self._drive(run)
        finally:
            await log.close()
        return result_of(log.state)

    def _prepare(self, graph: GraphSpec) -> _Prepared:
        key = sha256(graph.model_dump_json().encode()).hexdigest() + str(id(graph))
        prepared = self._prepared.get(key)
        if prepared is None:
            if len(self._prepared) >= _PLANS_KEPT:
                self._prepared.pop(next(iter(self._prepared)))
            prepared = self._prepared[key] = _Prepared(make_plan(graph, self._tools))
        return prepared

    async def _begin(self, plan: Plan, goal: Goal | None, inputs: dict[str, Value], run_id: str) -> RunLog:
        writer = await self._runtime.journal.create(run_id)
        log = self._log(writer, run_id, RunState())
        entry = plan.graph.entry_node
        log.record(
            MAIN_LANE,
            RunStarted(
                agent=self._agent or plan.graph.id,
                version=self._version or str(plan.encoded.digest),
                entry=entry,
                goal=Value.of(goal.model_dump(mode="json") if goal else None),
                graph=plan.encoded,
                input=inputs,
            ),
            {"run_id": run_id},
        )
        await log.commit(durable=True)
        return log

    async def _continue(self, run_id: str) -> RunLog:
        writer = await self._runtime.journal.open(run_id)
        try:
            state = await read_state(self._runtime.journal, run_id)
            if state.status.is_final:
                raise InputError(f"Run {run_id!r} has ended ({state.status.value}); start a new one.")
        except FrameworkError:
            await writer.close()
            raise
        log = self._log(writer, run_id, state)
        log.record(MAIN_LANE, RunResumed(reason="session_state"))
        return log

    def _log(self, writer: JournalWriter, run_id: str, state: RunState) -> RunLog:
        state.run_id = run_id
        return RunLog(
            writer,
            self._clock,
            state=state,
            listeners=[announcer(self._bus, run_id)],
            is_heard=lambda: self._bus.has_subscribers,
        )

    def _scope(self, prepared: _Prepared, goal: Goal | None, log: RunLog) -> RunScope:
        plan = prepared.plan
        return RunScope(
            plan=plan,
            log=log,
            clock=self._clock,
            bus=self._bus,
            goal=goal,
            workers={node.id: self._worker(prepared, node) for node in plan.graph.nodes},
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
            pause_requested=lambda: self._pause,
        )

    def _data_dir(self, run_id: str) -> Path | None:
        return self._storage / "runs" / run_id / "data" if self._storage is not None else None

    def _worker(self, prepared: _Prepared, node: NodeSpec) -> NodeProtocol:
        if node.id in self._workers:
            return self._workers[node.id]
        if is_loop(node):
            return EventLoopNode()
        function = self._functions.get(node.id, node.function)
        if not callable(function):
            raise SpecError(
                f"Function node {node.id!r} has no function ({function!r} is not callable); "
                "set NodeSpec.function, or call register_function."
            )
        return prepared.function_node(node, function)

    async def _drive(self, run: RunScope) -> None:
        log = run.log
        try:
            error = await walk_lane(run, MAIN_LANE)
            await self._finish(run, error)
        except RunPausedError as pause:
            self._pause = False
            log.record(MAIN_LANE, RunPaused(node_id=pause.node_id, reason=str(pause)))
        except JournalError:
            raise
        except FrameworkError as error:
            log.record(MAIN_LANE, RunFinished(status="failed", error=error_facts(error)))
        except asyncio.CancelledError:
            with suppress(JournalError):
                node_id = str(log.state.main.node_id)
                log.record(MAIN_LANE, RunPaused(node_id=node_id, reason="The run was interrupted."))
                await asyncio.shield(log.commit(durable=True))
            raise
        await log.commit(durable=True)

    async def _finish(self, run: RunScope, error: ErrorFacts | None) -> None:
        lane = run.log.state.main
        evaluation = None
        if run.goal is not None and (run.goal.success_criteria or run.goal.constraints):
            found = await evaluate_goal(run.goal, lane, self._ask(run))
            evaluation = Value.of(found.to_json())
            broken = [ruling for ruling in found.constraints if ruling.is_hard and ruling.kept is False]
            if broken and error is None:
                error = ErrorFacts(
                    error="ConstraintViolated",
                    message=f"Constraint {broken[0].id!r} is violated. {broken[0].note}".strip(),
                )
        status = "succeeded" if error is None else "failed"
        run.log.record(MAIN_LANE, RunFinished(status=status, error=error, evaluation=evaluation))

    def _ask(self, run: RunScope) -> Callable[[str, str, dict[str, Any]], Any] | None:
        if run.llm is None:
            return None
        graph = run.plan.graph
        asking = _Asking(
            log=LaneLog(run.log, MAIN_LANE),
            clock=run.clock,
            llm=run.llm,
            model=graph.default_model,
            max_tokens=graph.max_tokens,
        )

        async def ask(system: str, prompt: str, schema: dict[str, Any]) -> str:
            return await ask_aside(asking, "goal", system, prompt, schema)

        return ask


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
    try:
        return {key: Value.of(value) for key, value in data.items()}
    except NotJsonError as error:
        raise InputError(f"The input is no JSON: {error}") from error
