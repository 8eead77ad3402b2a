"""Runs with calls in doubt, approvals, guards and nodes with effects replay without touching anything."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import CallInDoubtError
from framework.graph.executor import GraphExecutor
from framework.journal.reading import read_entries, read_state
from framework.llm.scripted import ScriptedProvider, call
from framework.loop.context import NodeResult
from framework.model.events import NodeFinished
from framework.model.message import Role
from framework.model.tool import ToolUse
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools import ToolRegistry
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode
from tests.support.walked_graphs import edge, giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.base import Journal
    from framework.llm.base import ModelRequest
    from framework.llm.scripted import Answer
    from framework.loop.context import NodeContext
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport
    from framework.tools.context import ToolContext


class World:
    """Tools that change the world and lose their connection the first times they are called."""

    def __init__(self, lost: int = 0, **options: Any) -> None:
        self.calls: list[str] = []
        self.is_closed = False

        @tool(**options)
        async def send(text: str) -> str:
            """Send."""
            assert not self.is_closed
            self.calls.append(text)
            if len(self.calls) <= lost:
                raise CallInDoubtError("lost")
            return f"sent {text}"

        self.node = OneNode([[call("send", text="a"), call("send", text="b")], "Ok."], tools=[send])

    def _executor(self, parts: ReplayParts) -> GraphExecutor:
        return GraphExecutor(
            parts.runtime,
            llm=parts.llm,
            tools=parts.permissions.as_recorded(parts.tools),
            tool_executor=parts.tool_executor,
            person=parts.person,
            clock=parts.clock,
            approve=parts.permissions.approved,
        )

    async def replayed(self, folder: Path) -> ReplayReport:
        self.is_closed = True
        recording = await read_recording(self.node.runtime.journal, self.node.run_id)
        return await replay(recording, self.node.graph, self._executor, folder=folder)

    async def digest(self) -> str:
        return (await read_state(self.node.runtime.journal, self.node.run_id)).main.digest.hex()


@pytest.mark.parametrize(
    "answers", [["done 17", "abandon"], ["not done", "not done"], ["not done", "not done, really"]]
)
async def test_calls_in_doubt_are_in_doubt_again(answers: list[str], tmp_path: Path):
    world = World(lost=2)
    assert (await world.node.run(person=Answers(*answers))).success

    report = await world.replayed(tmp_path)

    assert report.difference is None, str(report.difference)
    assert report.digest == await world.digest()


async def test_a_call_that_was_in_doubt_twice_is_so_again(tmp_path: Path):
    world = World(lost=3)
    assert (await world.node.run(person=Answers("not done", "not done", "done"))).success
    assert len(world.calls) == 4

    assert (await world.replayed(tmp_path)).difference is None


async def test_a_run_that_was_carried_on_replays_as_one(tmp_path: Path):
    world = World(lost=2)
    paused = await world.node.run()
    assert (await world.node.resume(paused, person=Answers("done 17", "not done"))).success

    assert (await world.replayed(tmp_path)).difference is None


async def test_approvals_and_refusals_of_people_are_given_again(tmp_path: Path):
    world = World(risk="high")
    assert (await world.node.run(person=Answers("approve", "refuse: no"))).success

    assert (await world.replayed(tmp_path)).difference is None


async def test_what_the_policy_allowed_is_allowed_again(tmp_path: Path):
    world = World(risk="high")
    assert (await world.node.run(approve=["send"])).success

    assert (await world.replayed(tmp_path)).difference is None


async def test_a_guard_rules_as_it_did_without_being_asked(tmp_path: Path):
    asked: list[str] = []

    def only_a(arguments: dict[str, Any], context: ToolContext) -> str | None:
        asked.append(arguments["text"])
        return None if arguments["text"] == "a" else "it is not a"

    world = World(guard=only_a)
    assert (await world.node.run()).success

    assert (await world.replayed(tmp_path)).difference is None
    assert asked == ["a", "b"]


@pytest.mark.parametrize("problem", [None, CallInDoubtError("lost"), ValueError("no")])
@pytest.mark.parametrize("writes", [["x"], []])
async def test_a_node_with_an_effect_is_not_run(problem: Exception | None, writes: list[str], tmp_path: Path):
    runs: list[int] = []

    async def charge() -> dict[str, Any]:
        runs.append(1)
        if problem is not None and len(runs) == 1:
            raise problem
        return dict.fromkeys(writes, 5)

    def executor(runtime: Runtime, **options: Any) -> GraphExecutor:
        made = GraphExecutor(runtime, **options)
        made.register_function("charge", charge)
        made.register_function("end", lambda: None)
        return made

    spec = graph(
        [node("charge", writes=writes, effect="once", retry_on=["ValueError"], max_retries=2), node("end")],
        [edge("charge", "end")],
        terminal_nodes=["end"],
    )
    runtime = Runtime()
    options = {"person": Answers("not done"), "clock": ManualClock()}
    assert (await executor(runtime, **options).execute(spec, run_id="r")).success
    made = len(runs)

    def again(parts: ReplayParts) -> GraphExecutor:
        return executor(parts.runtime, person=parts.person, clock=parts.clock)

    report = await replay(await read_recording(runtime.journal, "r"), spec, partial(again), folder=tmp_path)

    assert report.difference is None, str(report.difference)
    assert len(runs) == made


class Formerly:
    """A node in doubt that takes any words after ``done`` for its output, as nodes once did."""

    async def execute(self, ctx: NodeContext) -> NodeResult:
        raise CallInDoubtError(f"lost in {ctx.node_id}")

    def settled(self, ctx: NodeContext) -> NodeResult | None:
        return NodeResult(success=True, output={ctx.node_spec.output_keys[0]: "by hand"})


def one_charge(parts: Any, worker: Any = None) -> GraphExecutor:
    made = GraphExecutor(parts.runtime, person=parts.person, clock=ManualClock())
    made.register_function("charge", lambda: None)
    made.register_function("end", lambda: None)
    if worker is not None:
        made.register_node("charge", worker)
    return made


CHARGE = graph(
    [node("charge", writes=["x"], effect="once"), node("end")],
    [edge("charge", "end")],
    terminal_nodes=["end"],
)


@dataclass
class Parts:
    person: Any
    runtime: Runtime = field(default_factory=Runtime)
    llm: Any = None


async def test_a_recorded_run_whose_answer_would_be_refused_now_replays(tmp_path: Path):
    parts = Parts(Answers("done by hand"))
    first = await one_charge(parts, Formerly()).execute(CHARGE, run_id="r")
    assert first.output["x"] == "by hand"

    report = await replay(
        await read_recording(parts.runtime.journal, "r"), CHARGE, one_charge, folder=tmp_path
    )

    assert report.difference is None, str(report.difference)


async def test_a_recorded_run_that_asked_for_its_outputs_again_replays(tmp_path: Path):
    def lost() -> None:
        raise CallInDoubtError("lost")

    parts = Parts(Answers("done by hand", 'done "by hand"'))
    made = one_charge(parts)
    made.register_function("charge", lost)
    assert (await made.execute(CHARGE, run_id="r")).output["x"] == "by hand"

    report = await replay(
        await read_recording(parts.runtime.journal, "r"), CHARGE, one_charge, folder=tmp_path
    )

    assert report.difference is None, str(report.difference)


TOOL_OF = {
    "free": "plain", "even": "guarded", "odd": "guarded", "asks": "risky",
    "too": "plain", "later": "guarded",
}  # fmt: skip
"""The tool that each node calls, always by the same id: ids are unique only within a conversation."""


def call_by_fixed_id(request: ModelRequest) -> Answer:
    """Let a node call its tool, then set its output; the ids are the same in every conversation."""
    name = request.system.split()[0]
    step = sum(message.role is Role.ASSISTANT for message in request.messages)
    if step == 0:
        return [ToolUse("c0_0", TOOL_OF[name], {"node": name})]
    return [ToolUse("c1_0", "set_output", {"key": name, "value": 1})] if step == 1 else "Done."


def tools_by_fixed_id() -> ToolRegistry:
    """Return a tool, one whose guard refuses what is odd, and one of high risk."""

    def not_odd(arguments: dict[str, Any], context: ToolContext) -> str | None:
        return "it is odd" if arguments["node"] == "odd" else None

    def look(node: str) -> str:
        """Look."""
        return f"seen by {node}"

    registry = ToolRegistry()
    registry.register_function(tool(effect="none", name="plain")(look))
    registry.register_function(tool(effect="none", name="guarded", guard=not_odd)(look))
    registry.register_function(tool(effect="none", name="risky", risk="high")(look))
    return registry


def chain(*names: str, before: tuple[str, ...] = ()) -> GraphSpec:
    """Return a graph of nodes that call their tools one after another, after some that do so at once."""
    nodes = [loop_node(each, writes=[each], tools=[TOOL_OF[each]], system_prompt=each) for each in TOOL_OF]
    branches = [f"start-{name} {name}-join" for name in before] or ["start-join"]
    path = ["join", *names]
    edges = ways(" ".join([*branches, *(f"{a}-{b}" for a, b in itertools.pairwise(path))]))
    used = {"start", "join", *before, *names}
    return graph(
        [each for each in (node("start"), *nodes, node("join")) if each.id in used],
        edges,
        terminal_nodes=[names[-1]],
        conversation_mode="isolated",
    )


def caller(parts: Any, tools: Any, **options: Any) -> GraphExecutor:
    made = GraphExecutor(parts.runtime, parts.llm, tools=tools, clock=ManualClock(), **options)
    for name in ("start", "join"):
        made.register_function(name, giving())
    return made


def replaying_caller(parts: ReplayParts) -> GraphExecutor:
    permissions = parts.permissions
    tools = permissions.as_recorded(parts.tools)
    executor = {"tool_executor": parts.tool_executor, "person": parts.person}
    return caller(parts, tools, approve=permissions.approved, **executor)


async def called(spec: GraphSpec, **options: Any) -> Journal:
    """Return the journal of a run whose nodes called their tools."""
    registry, parts = tools_by_fixed_id(), Parts(None, llm=ScriptedProvider(call_by_fixed_id))
    executor = caller(parts, registry.get_tools(), tool_executor=registry.get_executor(), **options)
    result = await executor.execute(spec, run_id="r")
    assert result.success, result.error
    return parts.runtime.journal


@pytest.mark.parametrize("branches", [("free", "even"), ("even", "free"), ("even", "odd", "asks", "free")])
@pytest.mark.parametrize("options", [{"approve": ["risky"]}, {"person": Answers(*["approve"] * 9)}])
async def test_calls_of_several_conversations_may_have_the_same_ids(
    branches: tuple[str, ...], options: dict[str, Any], tmp_path: Path
):
    spec = chain("too", "later", before=branches)
    journal = await called(spec, **options)

    report = await replay(await read_recording(journal, "r"), spec, replaying_caller, folder=tmp_path)

    assert report.difference is None, str(report.difference)


async def test_a_fork_replays_without_what_guards_ruled_on_calls_before_it(tmp_path: Path):
    spec = chain("odd", "later")
    journal = await called(spec)
    entries = await read_entries(journal, "r")
    at_seq = next(
        each.seq for each in entries if isinstance(each.event, NodeFinished) and each.event.node_id == "odd"
    )
    await fork_run(journal, "r", Fork(at_seq=at_seq, run_id="twin"), clock=ManualClock())
    registry, parts = (
        tools_by_fixed_id(),
        Parts(None, Runtime(journal=journal), ScriptedProvider(call_by_fixed_id)),
    )
    executor = caller(parts, registry.get_tools(), tool_executor=registry.get_executor())
    assert (await executor.execute(spec, session_state={"run_id": "twin"})).success

    report = await replay(await read_recording(journal, "twin"), spec, replaying_caller, folder=tmp_path)

    assert report.difference is None, str(report.difference)
