"""What one run works with: its plan, its collaborators and its log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from framework.clock import Clock
from framework.credentials.tracked import NO_CREDENTIALS, TrackedCredentials
from framework.errors import NodeError
from framework.events.bus import AgentEvent, EventBus, EventType
from framework.graph.contract import check_inputs
from framework.graph.plan import Plan
from framework.graph.time_limits import REAL_TIME, TimeLimits
from framework.journal.log import LaneLog, RunLog
from framework.llm.base import LLMProvider
from framework.llm.lanes import ProviderByLane
from framework.llm.stream import ReasoningDeltaEvent, StreamEvent, TextDeltaEvent
from framework.loop.budget.base import BudgetGate
from framework.loop.context import NodeContext, NodeProtocol, Person
from framework.loop.judges import JudgeProtocol
from framework.loop.model_call import encoded_tools
from framework.loop.prompts import system_prompt
from framework.loop.run_files import RunFiles
from framework.model.goal import Goal
from framework.model.graph import ConversationMode
from framework.model.loop_config import LoopConfig
from framework.model.tool import Tool
from framework.model.value import Value
from framework.tools.calls import ToolExecutor
from framework.tools.synthetic import ask_user_tool, escalate_tool, set_output_tool

if TYPE_CHECKING:
    from framework.journal.state import View, WalkLane
    from framework.model.edge import EdgeSpec
    from framework.model.node import NodeSpec

BranchFailurePolicy = Literal["fail_all", "continue_others", "wait_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelExecutionConfig:
    """How fan-outs behave.

    Attributes:
        on_branch_failure: ``fail_all`` cancels the siblings, ``continue_others``
            joins without the failed branch, ``wait_all`` lets all end and then fails.
        branch_timeout_seconds: seconds one branch may take; None means no limit.
    """

    on_branch_failure: BranchFailurePolicy = "fail_all"
    branch_timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScope:
    """The collaborators of one run.

    Attributes:
        workers: what runs each node, by node id.
        judges: judges by node id, besides the node's own.
        inboxes: messages injected from outside, by node id.
        given: what nodes read from outside, by lane, before anything is looked up.
        pause_requested: whether the run should pause at the next node.
        cancel_requested: whether its end, once its task is cancelled, is for good.
        cut_off: the only branches that are cut off, each where ``limits`` say; by default a failed
            sibling cuts off all that are under way.
        approved: tools of high risk that may be called without asking a person.
        limits: end what takes too long.
    """

    plan: Plan
    log: RunLog
    clock: Clock
    bus: EventBus
    goal: Goal | None
    workers: Mapping[str, NodeProtocol]
    loop_config: LoopConfig
    llm: LLMProvider | None = None
    tools: Mapping[str, Tool] = field(default_factory=dict[str, Tool])
    tool_executor: ToolExecutor | None = None
    judges: Mapping[str, JudgeProtocol] = field(default_factory=dict[str, JudgeProtocol])
    parallel: ParallelExecutionConfig = field(default_factory=ParallelExecutionConfig)
    is_parallel: bool = True
    person: Person | None = None
    inboxes: dict[str, deque[str]] = field(default_factory=dict[str, deque[str]])
    files: RunFiles | None = None
    credentials: TrackedCredentials = NO_CREDENTIALS
    budget: BudgetGate | None = None
    given: Mapping[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    pause_requested: Callable[[], bool] = bool
    cancel_requested: Callable[[], bool] = bool
    approved: frozenset[str] = frozenset()
    cut_off: Collection[str] | None = None
    limits: TimeLimits = REAL_TIME

    @property
    def continues_conversations(self) -> bool:
        """Whether nodes continue the conversation of the node before."""
        return self.plan.graph.conversation_mode is ConversationMode.CONTINUOUS

    def llm_of(self, lane_id: str) -> LLMProvider | None:
        """Return what answers in a lane."""
        return self.llm.at(lane_id) if isinstance(self.llm, ProviderByLane) else self.llm

    def inputs(self, lane: WalkLane, spec: NodeSpec, without: Sequence[str] = ()) -> dict[str, Any]:
        """Return fresh copies of what the node may read on this visit.

        Args:
            lane: where the node runs.
            spec: the node.
            without: keys of the memory that the visit is about to clear.

        Raises:
            NodeError: if a required input is absent.
        """
        memory = lane.memory
        values = {key: memory[key].load() for key in spec.input_keys if key in memory and key not in without}
        if not self.plan.mapping.isdisjoint(lane.edges_in):
            for edge_id, view in zip(lane.edges_in, lane.views, strict=True):
                values.update(_mapped(view, self.plan.edges[edge_id], spec))
        if len(values) >= len(spec.input_keys):
            return values
        missing = [
            key for key in spec.input_keys if key not in values and key not in spec.nullable_output_keys
        ]
        if missing:
            raise NodeError(
                f"Node {spec.id!r} lacks its input {', '.join(missing)}; let a node before it set it.",
                node_id=spec.id,
                retryable=False,
            )
        return values

    def context(self, lane: WalkLane, spec: NodeSpec) -> NodeContext:
        """Return what one attempt of a node runs with.

        Raises:
            NodeError: if a required input is absent, or one does not fit the node's schema.
        """
        inputs = self.inputs(lane, spec)
        if spec.input_schema:
            check_inputs(spec, inputs)
        graph = self.plan.graph
        context = NodeContext(
            node_spec=spec,
            inputs=inputs,
            log=LaneLog(self.log, lane.id),
            clock=self.clock,
            config=self.loop_config,
            goal=self.goal,
            llm=self.llm_of(lane.id),
            model=spec.model or graph.default_model,
            max_tokens=graph.max_tokens,
            tool_executor=self.tool_executor,
            person=self.person,
            files=self.files,
            credentials=self.credentials,
            budget=self.budget,
        )
        if self.given:
            context.given = self.given.get(lane.id, [])
        if spec.id in self.plan.loops:
            context.system = system_prompt(graph.identity_prompt, spec, inputs)
            context.tools = self._tools(spec)
            context.encoded_system = Value.blob(context.system)
            context.encoded_tools = encoded_tools(context.tools)
            context.judge = self.judges.get(spec.id) or spec.judge
            context.approved = self.approved
            context.show = self._shower(lane.id, spec)
            context.inbox = self.inboxes.setdefault(spec.id, deque())
        return context

    def _tools(self, spec: NodeSpec) -> Sequence[Tool]:
        """Return the node's tools: the declared ones, and the synthetic ones where they make sense."""
        tools = [self.tools[name] for name in spec.tools if name in self.tools]
        output = set_output_tool(spec)
        if output is not None:
            tools.append(output)
        if spec.client_facing:
            tools.append(ask_user_tool())
        elif spec.tools:
            tools.append(escalate_tool())
        return tools

    def _shower(self, lane: str, spec: NodeSpec) -> Callable[[StreamEvent], None]:
        text_type = EventType.CLIENT_OUTPUT_DELTA if spec.client_facing else EventType.LLM_TEXT_DELTA
        bus, run_id, node_id = self.bus, self.log.state.run_id, spec.id

        def show(event: StreamEvent) -> None:
            if isinstance(event, TextDeltaEvent):
                kind = text_type
            elif isinstance(event, ReasoningDeltaEvent):
                kind = EventType.LLM_REASONING_DELTA
            else:
                return
            bus.publish(
                AgentEvent(
                    type=kind, run_id=run_id, node_id=node_id, lane=lane, data={"content": event.content}
                )
            )

        return show


def _mapped(view: View, edge: EdgeSpec, spec: NodeSpec) -> dict[str, Any]:
    """Return the inputs that an edge fills from its source's output, or from the memory it saw."""
    values: dict[str, Any] = {}
    for key, source in edge.input_mapping.items():
        value = view.output.get(source) or view.memory.get(source)
        if value is not None and key in spec.input_keys:
            values[key] = value.load()
    return values
