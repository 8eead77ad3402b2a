"""The executor: runs one graph, from input to result, through its journal."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import ValidationError

from framework.clock import Clock, SystemClock
from framework.credentials.tracked import NO_CREDENTIALS, tracked
from framework.errors import JournalLockedError, SpecError
from framework.events.bus import EventBus
from framework.graph.announce import announcer
from framework.graph.beginning import Beginning, checked_input, run_to_carry_on
from framework.graph.control import RunControl, leave
from framework.graph.goals import check_goal
from framework.graph.inbox_watch import InboxWatch
from framework.graph.named_secrets import NamedSecrets
from framework.graph.options import RunOptions, is_safe_id
from framework.graph.prepared import PreparedGraph, PreparedGraphs
from framework.graph.result import ExecutionResult, result_of
from framework.graph.run import drive
from framework.graph.scope import ParallelExecutionConfig, RunScope
from framework.graph.stored import store_waiting
from framework.journal.log import RunLog
from framework.journal.reading import DATA_DIR_FACT, fold_entries, read_entries, read_facts
from framework.journal.state import MAIN_LANE, RunState
from framework.loop.event_loop_node import EventLoopNode
from framework.loop.given_before import remember_given_before
from framework.loop.restored_files import bring_back
from framework.loop.run_files import RunFiles
from framework.model.judge_fault import judge_fault
from framework.model.loop_config import LoopConfig

if TYPE_CHECKING:
    from collections import deque

    from framework.credentials.base import Credentials
    from framework.graph.plan import Plan
    from framework.journal.base import Journal, JournalWriter
    from framework.llm.base import LLMProvider
    from framework.loop.budget.base import BudgetGate
    from framework.loop.context import NodeProtocol, Person
    from framework.loop.judges import JudgeProtocol
    from framework.model.goal import Goal
    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec
    from framework.model.tool import Tool
    from framework.tools.calls import ToolExecutor

__all__ = ["ExecutionResult", "GraphExecutor", "ParallelExecutionConfig", "RunOptions"]

_log = logging.getLogger("framework.graph")

_SESSION = "session"


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


_PLAIN = RunOptions()


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
        loop_config: LoopConfig | Mapping[str, Any] | None = None,
        judges: Mapping[str, JudgeProtocol] | None = None,
        *,
        person: Person | None = None,
        clock: Clock | None = None,
        agent: str = "",
        version: str = "",
        credentials: Credentials | None = None,
        approve: Iterable[str] = (),
        budget: BudgetGate | None = None,
        facts: Mapping[str, Any] | None = None,
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
            loop_config: overrides the graph's; a ``LoopConfig``, or its fields by name.
            judges: judges by node id.
            person: answers questions; without one a run pauses when it needs a person.
            clock: time and waiting.
            agent: name of the agent, for the journal.
            version: version of its package, for the journal; of the graph when not given.
            credentials: gives the tools those they name; by default there are none.
            approve: names of the tools of high risk that may be called without asking a person.
            budget: rules on every model call before it is made; by default nothing is bounded.
            facts: noted where a run starts, or is carried on, outside its hashes.
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
        self._loop_config = _limits(loop_config)
        self._judges = _usable(judges or {})
        self._person = person
        self._clock = clock or SystemClock()
        self._agent = agent
        self._version = version
        self._credentials = tracked(credentials)
        self._approved = frozenset(approve)
        self._facts = dict(facts or {})
        self._budget = budget
        self._early: dict[str, deque[str]] = {}
        self._live: dict[str, RunControl] = {}
        self._prepared = PreparedGraphs()

    def register_node(self, node_id: str, implementation: NodeProtocol) -> None:
        """Run the node ``node_id`` with ``implementation``."""
        self._workers[node_id] = implementation

    def register_function(self, node_id: str, function: Callable[..., Any]) -> None:
        """Run the function node ``node_id`` with ``function``, sync or async."""
        self._functions[node_id] = function

    @property
    def clock(self) -> Clock:
        """Time and waiting of all runs."""
        return self._clock

    @property
    def event_bus(self) -> EventBus:
        """Hears what happens in all runs."""
        return self._bus

    @property
    def storage_path(self) -> Path | None:
        """The folder of the runs' data files, None when nothing is kept on disk."""
        return self._storage

    @property
    def journal(self) -> Journal:
        """Where the runs are stored."""
        return self._runtime.journal

    def loop_config_of(self, graph: GraphSpec) -> LoopConfig:
        """Return the limits that loops of runs of ``graph`` keep here."""
        return self._loop_config or graph.loop_config

    def live_runs(self) -> list[RunControl]:
        """Return the runs under way, in the order they began."""
        return list(self._live.values())

    def control(self, run_id: str) -> RunControl | None:
        """Return the control over a run under way, None if it is not."""
        return self._live.get(run_id)

    def waiting_longest(
        self, run_id: str | None = None, *, node_id: str | None = None, question_id: str | None = None
    ) -> RunControl | None:
        """Return the run under way that has waited longest for an answer, None if none waits.

        Args:
            run_id: the run; any by default.
            node_id: the node that asks; any by default.
            question_id: the question; any by default.
        """
        live = [control for control in self._live.values() if run_id in {None, control.run_id}]
        waiting = [
            (since, control)
            for control in live
            if (since := control.waits_since(node_id=node_id, question_id=question_id)) is not None
        ]
        return min(waiting, key=itemgetter(0))[1] if waiting else None

    def request_pause(self, run_id: str | None = None) -> None:
        """Pause the run, or every run under way, before its next node."""
        for control in self._live.values():
            if run_id in {None, control.run_id}:
                control.pause()

    def inject_input(self, node_id: str, content: str, run_id: str | None = None) -> bool:
        """Give a node a message: the answer if it waits for a person, else what it reads at its next turn.

        Without ``run_id`` the message is for the run that has waited longest at
        this node, or else for the run that began last; when none is under way,
        for the next one. Return whether a run under way took it.
        """
        live = [control for control in self._live.values() if run_id in {None, control.run_id}]
        if not live:
            if run_id is None:
                leave(self._early, node_id, content)
            return False
        (self.waiting_longest(run_id, node_id=node_id) or live[-1]).inject(node_id, content)
        return True

    async def session_of(self, run_id: str) -> str | None:
        """Return the session of a stored run; a fork has the facts of its origin, and is in none.

        Raises:
            RunNotFoundError: if no such run is stored.
            JournalCorruptError: if its first entry does not read back.
        """
        facts = await read_facts(self._runtime.journal, run_id)
        session = facts.get(_SESSION) if facts.get("run_id") == run_id else None
        return session if isinstance(session, str) and is_safe_id(session) else None

    def check(
        self,
        graph: GraphSpec,
        goal: Goal | None = None,
        input_data: Mapping[str, Any] | None = None,
        *,
        entry_node: str | None = None,
    ) -> None:
        """Check that a run of ``graph`` could begin at ``entry_node`` with this input; see ``execute``.

        Raises:
            InvalidGraphError: if the graph fails validation.
            SpecError: if a function node has no function.
            InputError: if the input is no JSON, lacks a required key or is not what the goal takes.
        """
        prepared = self._prepare(graph, entry_node)
        for node in prepared.plan.graph.nodes:
            self._worker(prepared, node)
        checked_input(prepared, goal, input_data or {})

    async def keep(
        self,
        graph: GraphSpec,
        goal: Goal | None = None,
        input_data: Mapping[str, Any] | None = None,
        *,
        run_id: str,
        options: RunOptions = _PLAIN,
    ) -> None:
        """Store a run that is to begin later; ``execute`` carries it on, here or in another process.

        See ``execute`` for the arguments and what it raises.
        """
        check_goal(goal)
        start = self._beginning(self._prepare(graph, options.entry_node), goal, input_data).started()
        facts = self._first_facts(run_id, options)
        await store_waiting(self.journal, run_id, start, facts, clock=self._clock)

    async def execute(  # noqa: PLR0913  (the public contract of existing packages)
        self,
        graph: GraphSpec,
        goal: Goal | None = None,
        input_data: Mapping[str, Any] | None = None,
        session_state: Mapping[str, Any] | None = None,
        checkpoint_config: object = None,
        *,
        run_id: str | None = None,
        options: RunOptions = _PLAIN,
    ) -> ExecutionResult:
        """Run ``graph`` to its end, or to where it waits for a person.

        A run that was paused or cut off goes on from its journal's last entry
        when ``session_state`` names it.

        Args:
            graph: the nodes and edges.
            goal: what the run is measured against.
            input_data: the run's input, JSON values by key; of a run carried on, what its
                memory takes over before it goes on.
            session_state: of a paused result, or ``{"run_id": ...}``, to carry that run on.
            checkpoint_config: taken for compatibility; every run is journaled whole.
            run_id: id of the new run; a fresh one when not given.
            options: what this run has of its own: its entry, its session.

        Raises:
            InvalidGraphError: if the graph fails validation.
            SpecError: if a node has no function, or a check of the goal does not parse.
            InputError: if the input is no JSON or lacks a required key, or the run cannot be carried on.
            JournalError: if the journal cannot be written, or another process writes this run.
        """
        del checkpoint_config
        check_goal(goal)
        resumed = run_to_carry_on(session_state)
        prepared = self._prepare(graph, options.entry_node if resumed is None else None)
        workers = self._workers_of(prepared, options)
        beginning = self._beginning(prepared, goal, input_data)
        start = beginning.started() if resumed is None else None
        control = self._take_control(str(resumed or run_id or new_run_id(self._clock)), options.patience_s)
        try:
            inbox = self.journal.inbox(control.run_id)
            old = await inbox.names() if inbox is not None and start is None else []
            log = await (self._create if start is not None else self._open)(control.run_id)
            control.bind(log.state.questions)
            try:
                if start is not None:
                    control.session = options.session
                    log.record(MAIN_LANE, start, self._first_facts(control.run_id, options))
                    await log.commit(durable=True)
                else:
                    goal = await self._carry_on(beginning, control, log, options)
                if self._budget is not None:
                    self._budget.begin(control.run_id, log.state.agent, log.state.ledger.spend)
                scope = self._scope(prepared.plan, goal, log, workers, control, options)
                watch = InboxWatch(inbox, control, log, old=old) if inbox is not None else None
                await _drive(scope, control, watch)
            finally:
                await log.close()
        finally:
            del self._live[control.run_id]
        return result_of(log.state)

    async def _carry_on(
        self, beginning: Beginning, control: RunControl, log: RunLog, options: RunOptions
    ) -> Goal | None:
        """Bring back the files that a stored run lost, record those it left, and that it goes on.

        Returns:
            The goal it is measured against.
        """
        beginning.check_carried_on(log.state, any_graph=options.any_graph)
        session = control.session = await self.session_of(control.run_id)
        files = self._files(control, log.state)
        lost: dict[str, str] = {}
        if files is not None:
            lost = await bring_back(files.path, self.journal, log.state, is_shared=session is not None)
            await files.note_left(log)
        return beginning.carry_on(log, lost)

    def _first_facts(self, run_id: str, options: RunOptions) -> dict[str, Any]:
        """Return what stands beside a run's first entry, outside its hash."""
        session = {_SESSION: options.session} if options.session is not None else {}
        folder = self._data_dir(run_id, options.session)
        place = {DATA_DIR_FACT: str(folder)} if folder is not None else {}
        return {"run_id": run_id, **session, **place, **self._facts, **options.facts}

    def _take_control(self, run_id: str, patience_s: float) -> RunControl:
        """Return what reaches the run from outside, known until the run leaves ``_live``.

        Raises:
            JournalLockedError: if it is under way here already.
        """
        if run_id in self._live:
            raise JournalLockedError(f"Run {run_id!r} is under way already; wait until it ends or pauses.")
        messages, self._early = self._early, {}
        control = RunControl(run_id, person=self._person, patience_s=patience_s, messages=messages)
        self._live[run_id] = control
        return control

    def _prepare(self, graph: GraphSpec, entry_node: str | None = None) -> PreparedGraph:
        return self._prepared.get(graph, entry_node or graph.entry_node, self._tools)

    def _beginning(
        self, prepared: PreparedGraph, goal: Goal | None, given: Mapping[str, Any] | None
    ) -> Beginning:
        return Beginning(
            prepared=prepared,
            goal=goal,
            given={} if given is None else given,
            agent=self._agent,
            version=self._version,
            facts=self._facts,
        )

    async def _create(self, run_id: str) -> RunLog:
        return self._log(await self._runtime.journal.create(run_id), run_id, RunState())

    async def _open(self, run_id: str) -> RunLog:
        writer = await self._runtime.journal.open(run_id)
        try:
            entries = await read_entries(self._runtime.journal, run_id)
            state = fold_entries(run_id, entries)
            if self._credentials is not NO_CREDENTIALS:
                await asyncio.to_thread(remember_given_before, self._credentials, entries)
        except BaseException:
            await writer.close()
            raise
        return self._log(writer, run_id, state)

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
        control: RunControl,
        options: RunOptions,
    ) -> RunScope:
        return RunScope(
            plan=plan,
            log=log,
            clock=self._clock,
            bus=self._bus,
            goal=goal,
            workers=workers,
            loop_config=options.loop_config or self.loop_config_of(plan.graph),
            given=options.given,
            cut_off=options.cut_off,
            limits=options.limits,
            llm=self._llm,
            tools=self._tools,
            tool_executor=self._tool_executor,
            judges=self._judges,
            parallel=self._parallel,
            is_parallel=self._is_parallel,
            person=control.person,
            inboxes=control.inboxes,
            files=self._files(control, log.state),
            pause_requested=control.wants_pause,
            cancel_requested=control.wants_end,
            credentials=self._credentials.of_run(NamedSecrets(log.state)),
            approved=self._approved,
            budget=self._budget,
        )

    def _files(self, control: RunControl, state: RunState) -> RunFiles | None:
        folder = self._data_dir(control.run_id, control.session)
        if folder is None:
            return None
        return RunFiles(folder, self._credentials, is_carried_on=state.steps > 0)

    def _data_dir(self, run_id: str, session: str | None) -> Path | None:
        if self._storage is None:
            return None
        if session is not None:
            return self._storage.absolute() / "sessions" / session / "data"
        return self._storage.absolute() / "runs" / run_id / "data"

    def _workers_of(self, prepared: PreparedGraph, options: RunOptions) -> dict[str, NodeProtocol]:
        nodes, stand_in = prepared.plan.graph.nodes, options.stand_in
        workers = {node.id: self._worker(prepared, node) for node in nodes}
        return workers if stand_in is None else {node.id: stand_in(node, workers[node.id]) for node in nodes}

    def _worker(self, prepared: PreparedGraph, node: NodeSpec) -> NodeProtocol:
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


def _usable(judges: Mapping[str, JudgeProtocol]) -> dict[str, JudgeProtocol]:
    for node_id, judge in judges.items():
        if fault := judge_fault(judge):
            raise SpecError(f"{fault}; it is given for node {node_id!r}.")
    return dict(judges)


async def _drive(run: RunScope, control: RunControl, watch: InboxWatch | None) -> None:
    """Drive a run; where other processes reach its journal, they reach it through its inbox."""
    if watch is None:
        await control.carry_out(drive(run))
        return
    async with watch.watching():
        await control.carry_out(drive(run))
    await watch.clear()


def new_run_id(clock: Clock) -> str:
    """Return an id that sorts by time and is not used yet."""
    return f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def _limits(given: LoopConfig | Mapping[str, Any] | None) -> LoopConfig | None:
    if given is None or isinstance(given, LoopConfig):
        return given
    try:
        limits = LoopConfig.model_validate(dict(given))
    except ValidationError as error:
        raise SpecError(f"The loop_config cannot be used: {error}") from error
    if limits.unknown_fields():
        _log.warning("loop_config_unknown_fields", extra={"fields": list(limits.unknown_fields())})
    return limits


def _by_name(tools: Iterable[Tool] | Mapping[str, Tool] | None) -> dict[str, Tool]:
    if tools is None:
        return {}
    if isinstance(tools, Mapping):
        return dict(cast("Mapping[str, Tool]", tools))
    return {tool.name: tool for tool in tools}
