"""The runner: the one way to run an agent of a package."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from framework.clock import SystemClock
from framework.credentials.chain import load_credentials
from framework.credentials.tracked import tracked
from framework.errors import InvalidGraphError, PackageError, RuntimeStoppedError
from framework.graph.executor import GraphExecutor, new_run_id
from framework.journal.reading import read_state
from framework.loop.budget.policy import Scope
from framework.model.node import NodeType
from framework.model.validation.subject import Subject
from framework.packages.checks import check_package
from framework.packages.loader import load_package
from framework.runner.approvals import Approvals
from framework.runner.budgets import budgets_of, policy_at
from framework.runner.models import ModelRouter
from framework.runner.replaying import replay_package
from framework.runtime.agent_runtime import AgentRuntime
from framework.runtime.core import Runtime
from framework.runtime.entry_point import EntryPointSpec, IsolationLevel, TriggerType
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay.replay import read_recording
from framework.settings import Settings, load_settings
from framework.tools.mcp.pins import PIN_FILE, PinFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.credentials.base import Credentials
    from framework.events.bus import EventBus
    from framework.graph.result import ExecutionResult
    from framework.journal.base import Journal
    from framework.journal.state import RunState
    from framework.llm.base import LLMProvider
    from framework.loop.budget import BudgetPolicy, LocalBudgets
    from framework.loop.context import Person
    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec
    from framework.model.tool import Tool
    from framework.model.validation.finding import Finding
    from framework.packages.package import AgentPackage
    from framework.runtime.replay import ReplayReport
    from framework.tools.mcp.pins import ToolPin

MODEL_KEY = "HIVE_API_KEY"
"""The name that stands for the configured key of the models' service in what a run keeps."""

PACKAGE_FACT = "package"
"""What the first entry of a journal calls the folder of the run's package."""

BUDGET_FACT = "budget_usd"
"""The most that a run may spend, as noted at its start."""

MODEL_FACT = "model"
"""What it calls the model of nodes that name none, unless the graph says it."""

DEFAULT_ENTRY = "default"
"""The entry point of runs that are started by hand."""


class AgentRunner:
    """Runs the agent of a package; every run is journaled, by default below ``storage_path``.

    Attributes:
        package: the agent.
        storage_path: the folder of its runs.
        approvals: which tools of MCP servers changed, and their approval.
    """

    def __init__(  # noqa: PLR0913  (the collaborators of a run, each replaceable)
        self,
        package: AgentPackage,
        *,
        settings: Settings,
        model: str | None = None,
        storage_path: str | Path | None = None,
        llm: LLMProvider | None = None,
        event_bus: EventBus | None = None,
        person: Person | None = None,
        credentials: Credentials | None = None,
        budget: BudgetPolicy | None = None,
        approve: Sequence[str] = (),
        journal: Journal | None = None,
    ) -> None:
        """Take what ``load`` takes, with the package already loaded."""
        self.package = package
        self.storage_path = Path(storage_path or settings.home / "agents" / package.name).expanduser()
        self._runtime = Runtime(self.storage_path, journal=journal)
        self._settings = settings
        self._model = model
        self._llm = llm
        self._bus = event_bus
        self._person = person
        self._policy = budget or policy_at(settings.home)
        self._approve = approve
        self._source = credentials or load_credentials(settings.home)
        self._credentials = tracked(self._source)
        self._service = package.config.applied_to(settings)
        self._credentials.remember(MODEL_KEY, self._service.api_key or "")
        self._graph = _with_model(package.graph, model, is_own=llm is not None)
        self._executor: GraphExecutor | None = None
        self._preparing: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._budgets: LocalBudgets | None = None
        self._tools: dict[str, Tool] = {}
        package.tools.mcp.credentials = self._credentials.get
        self.approvals = Approvals(package.tools, PinFile(self.storage_path / PIN_FILE))
        self._many: AgentRuntime | None = None

    @classmethod
    def load(  # noqa: PLR0913  (public contract)
        cls,
        path: str | Path,
        *,
        model: str | None = None,
        storage_path: str | Path | None = None,
        llm: LLMProvider | None = None,
        event_bus: EventBus | None = None,
        person: Person | None = None,
        settings: Settings | None = None,
        credentials: Credentials | None = None,
        budget: BudgetPolicy | None = None,
        approve: Sequence[str] = (),
        journal: Journal | None = None,
    ) -> AgentRunner:
        """Load the package in the folder ``path`` and return its runner.

        Args:
            path: the folder that holds ``agent.py``.
            model: the model of nodes that name none, whatever the package says.
            storage_path: where runs are kept; by default ``agents/NAME`` in the home folder.
            llm: answers for every node, instead of the providers of their models.
            event_bus: hears what happens, live.
            person: answers questions; without one a run pauses when it needs a person.
            settings: those of this machine by default.
            credentials: those of the environment and of the store in the home folder by default.
            budget: what runs may spend; by default what ``budget.json`` in the home folder says.
            approve: names of the tools of high risk that may be called without asking a person.
            journal: keeps the runs; by default files below ``storage_path``, where a run's data lies anyhow.

        Raises:
            PackageError: if the package does not load.
            SettingsError: if the settings of this machine cannot be used.
        """
        known = settings or load_settings()
        return cls(
            load_package(path, settings=known),
            settings=known,
            model=model,
            storage_path=storage_path,
            llm=llm,
            event_bus=event_bus,
            person=person,
            credentials=credentials,
            budget=budget,
            approve=approve,
            journal=journal,
        )

    @property
    def journal(self) -> Journal:
        """Where the runs are stored."""
        return self._runtime.journal

    @property
    def credentials(self) -> Credentials:
        """Gives credentials by name; their values are kept out of what is stored and logged."""
        return self._credentials

    @property
    def model(self) -> str:
        """The model of nodes that name none."""
        if self._llm is not None:
            return self._model or self._llm.model
        return self._model or self.package.graph.default_model or self.package.config.model

    def info(self) -> dict[str, Any]:
        """Return what the agent is, as JSON data; its MCP servers are asked for their tools.

        Raises:
            McpServerError: if one of them cannot be started or reached.
        """
        package, graph = self.package, self.package.graph
        package.tools.connect()
        inputs = Subject(graph).assumed_inputs(graph.entry_node) if graph.node(graph.entry_node) else ()
        return {
            "name": package.name,
            "title": package.metadata.name,
            "description": package.metadata.description,
            "path": str(package.path),
            "version": package.version,
            "declared_version": package.metadata.version,
            "goal": package.goal.model_dump(mode="json"),
            "inputs": sorted(inputs),
            "entry_node": graph.entry_node,
            "entry_points": dict(graph.entry_points),
            "triggers": [asdict(spec) for spec in package.triggers],
            "terminal_nodes": list(graph.terminal_nodes),
            "nodes": [_node_info(node) for node in graph.nodes],
            "edges": [edge.model_dump(mode="json") for edge in graph.edges],
            "required_tools": list(package.required_tools),
            "available_tools": sorted(package.tools.get_tools()),
            "model": self.model if package.needs_model else None,
            "storage_path": str(self.storage_path),
        }

    def validate(self) -> list[Finding]:
        """Return every finding about the package, errors first; an empty list means it is sound.

        MCP servers are started if a node names a tool that only they can give.

        Raises:
            McpServerError: if one of them cannot be started or reached.
        """
        self.package.tools.connect(self.package.required_tools)
        return check_package(self.package, self._source)

    async def connect(self) -> None:
        """Start or reach the MCP servers if a node names a tool that only they can give.

        A run does so itself; this is for what wants to know before it.

        Raises:
            McpServerError: if one of them cannot be started or reached.
        """
        await self.package.tools.connect_async(self.package.required_tools)

    def close(self) -> None:
        """End the MCP servers of the agent; a run after that starts them anew."""
        self.package.tools.cleanup()

    async def run(
        self,
        input_data: Mapping[str, Any] | None = None,
        *,
        run_id: str | None = None,
        session_state: Mapping[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run the agent to its end, or to where it waits for a person.

        Args:
            input_data: the run's input, JSON values by key.
            run_id: id of the new run; a fresh one when not given.
            session_state: of a paused result, to carry that run on.

        Raises:
            InvalidGraphError: if the package has errors to mend, a missing tool among them.
            McpServerError: if an MCP server that the agent needs cannot be started or reached.
            ModelNotFoundError: if no provider knows a model of the agent.
            MissingCredentialError: if a model needs a key and none is configured.
            InputError: if the input is no JSON or lacks a required key.
            PackageError: if the run to carry on was started with another version of the package.
            JournalError: if the journal cannot be written, or another process writes this run.
        """
        executor = await self._prepared()
        if session_state and session_state.get("run_id"):
            await self._check_version(str(session_state["run_id"]))
        return await executor.execute(
            self._graph, self.package.goal, input_data, session_state, run_id=run_id
        )

    async def replay(self, run_id: str) -> ReplayReport:
        """Walk a stored run again with its recorded answers; return the first difference, if any.

        Nothing is reached: see ``replay_package``, which says what it raises.
        """
        return await replay_package(self.package, await read_recording(self.journal, run_id))

    async def fork(self, run_id: str, at_seq: int, changes: Mapping[str, Any] | None = None) -> RunState:
        """Store a new run that begins with the first entries of another, and return its state.

        The new run goes on with the package as it is now; carry it on with ``run``. Files
        of the data folder come along as they were there, and the other run stays as it is.

        Args:
            run_id: the other run.
            at_seq: the last entry that both share, from 1.
            changes: values that overwrite the memory, by key.

        Raises:
            RunNotFoundError: if there is no such run.
            InputError: if it has no such entry, or the changes or the package do not fit there.
            JournalError: if the journal cannot be read or written.
        """
        fork = Fork(
            at_seq=at_seq,
            changes=changes or {},
            version=self.package.version,
            graph=self._graph,
            run_id=new_run_id(SystemClock()),
            facts=self._model_fact() | self._budget_fact(),
        )
        data = self.storage_path / "runs" / fork.run_id / "data"
        return await fork_run(self.journal, run_id, fork, data_dir=data)

    @property
    def runtime(self) -> AgentRuntime:
        """Many runs of this agent: its triggers, and ``default`` for runs started by hand.

        Raises:
            RuntimeStoppedError: if it was never started.
        """
        if self._many is None:
            raise RuntimeStoppedError("The agent is not started; await start() first.")
        return self._many

    async def start(self, *, with_triggers: bool = True) -> None:
        """Take runs by ``trigger`` from now on, and start the package's timers; raises as ``run`` does.

        Args:
            with_triggers: whether the package's triggers count; without them runs start by hand alone.
        """
        if self._many is None:
            executor = await self._prepared()
            specs = self._entry_points(self.package.triggers if with_triggers else ())
            self._many = AgentRuntime(executor, self._graph, self.package.goal, entry_points=specs)
        await self._many.start()

    async def stop(self, grace_s: float = 0.0) -> None:
        """End what ``start`` began, MCP servers included; see ``AgentRuntime.stop``."""
        if self._many is not None:
            await self._many.stop(grace_s)
        await asyncio.to_thread(self.close)

    async def trigger(
        self,
        entry_point_id: str = DEFAULT_ENTRY,
        input_data: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        session_state: Mapping[str, Any] | None = None,
        *,
        until_stored: bool = False,
    ) -> str:
        """Ask for a run and return its id; see ``AgentRuntime.trigger``."""
        if session_state and session_state.get("run_id"):
            await self._check_version(str(session_state["run_id"]))
        return await self.runtime.trigger(
            entry_point_id, input_data, correlation_id, session_state, until_stored=until_stored
        )

    async def resume(self, run_id: str, input_data: Mapping[str, Any] | None = None) -> str:
        """Carry a stored run on and return its id; see ``AgentRuntime.resume``.

        Raises:
            PackageError: if it was started with another version of the package.
        """
        await self._check_version(run_id)
        return await self.runtime.resume(run_id, input_data)

    def _entry_points(self, triggers: Sequence[EntryPointSpec]) -> list[EntryPointSpec]:
        """Return ``triggers``, and a way in by hand where they leave room for it."""
        by_hand = EntryPointSpec(
            id=DEFAULT_ENTRY,
            name="Started by hand",
            entry_node=self._graph.entry_node,
            trigger_type=TriggerType.MANUAL,
            isolation_level=IsolationLevel.ISOLATED,
        )
        return [*triggers, *([] if any(spec.id == DEFAULT_ENTRY for spec in triggers) else [by_hand])]

    async def _prepared(self) -> GraphExecutor:
        """Return what runs the graph with the tools as they are now; the same while they stay the same."""
        # A lock belongs to one event loop, and a runner may be used in one after the other.
        async with self._preparing.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            await self.connect()
            pins = self.approvals.trust_new()
            tools = self.package.tools.get_tools(pins)
            if self._executor is None or tools != self._tools:
                self._executor, self._tools = await self._new_executor(tools, pins), tools
            return self._executor

    async def _new_executor(self, tools: dict[str, Tool], pins: Mapping[str, ToolPin]) -> GraphExecutor:
        errors = [finding for finding in check_package(self.package, self._source) if finding.is_error]
        if errors:
            raise InvalidGraphError(self.package.graph.id, errors)
        return GraphExecutor(
            self._runtime,
            llm=self._llm or self._router(),
            tools=tools,
            tool_executor=self.package.tools.get_executor(pins),
            event_bus=self._bus,
            person=self._person,
            agent=self.package.name,
            version=self.package.version,
            credentials=self._credentials,
            budget=await self._budget_gate(),
            approve=self._approve,
            facts=self._facts(),
        )

    async def _budget_gate(self) -> LocalBudgets | None:
        """Return the one gate of all runs, which knows what those under way have reserved."""
        if self._budgets is None and self._policy is not None:
            self._budgets = await budgets_of(self._policy, agent=self.package.name, journal=self.journal)
        return self._budgets

    def _facts(self) -> dict[str, str]:
        """Return what stands beside a run's first entry, for whoever carries it on."""
        package = {PACKAGE_FACT: str(self.package.path.resolve())}
        return package | self._model_fact() | self._budget_fact()

    def _model_fact(self) -> dict[str, str]:
        """Return the model to carry runs on with: the one asked for, or the default of this machine."""
        is_machines = self._llm is None and self.package.needs_model and not self._graph.default_model
        model = self.model if is_machines else self._model
        return {MODEL_FACT: model} if model else {}

    def _budget_fact(self) -> dict[str, str]:
        """Return what each run may spend, so that it holds however often the run is carried on."""
        caps = self._policy.caps if self._policy is not None else ()
        limits = [cap.limit_usd for cap in caps if cap.scope is Scope.RUN]
        return {BUDGET_FACT: str(min(limits))} if limits else {}

    def _router(self) -> ModelRouter | None:
        """Return what reaches the agent's models; None if no node needs one."""
        if not self.package.needs_model:
            return None
        router = ModelRouter(
            self.model,
            settings=self._service,
            temperature=self._temperature,
            find_key=self._credentials.get,
        )
        looped = [node for node in self._graph.nodes if node.node_type == NodeType.EVENT_LOOP]
        router.prepare(dict.fromkeys(node.model or self.model for node in looped))
        return router

    @property
    def _temperature(self) -> float | None:
        """What somebody said, be it the package or this machine's settings; else each provider's own."""
        is_said = self.package.has_config or self._settings.temperature is not None
        return self.package.config.temperature if is_said else None

    async def _check_version(self, run_id: str) -> None:
        state = await read_state(self.journal, run_id)
        if state.version != self.package.version:
            raise PackageError(
                f"Run {run_id!r} was started with version {state.version[:12]} of {state.agent!r}, and the "
                f"package is version {self.package.version[:12]} now; restore its files, or start a new run."
            )


def _with_model(graph: GraphSpec, model: str | None, *, is_own: bool) -> GraphSpec:
    """Return ``graph`` with the model that was asked for; the router's default needs no name."""
    if not model:
        return graph
    return graph.model_copy(update={"default_model": model if is_own else ""})


def _node_info(node: NodeSpec) -> dict[str, Any]:
    return {
        "id": node.id,
        "name": node.name or node.id,
        "description": node.description,
        "node_type": str(node.node_type),
        "input_keys": list(node.input_keys),
        "output_keys": list(node.output_keys),
        "nullable_output_keys": list(node.nullable_output_keys),
        "tools": list(node.tools),
        "model": node.model,
        "client_facing": node.client_facing,
        "max_node_visits": node.max_node_visits,
    }
