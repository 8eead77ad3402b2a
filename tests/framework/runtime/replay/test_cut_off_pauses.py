"""A branch that waited, went on and was then cut off does so in a replay, however soon its sibling fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import CallInDoubtError
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.fold import BRANCH_CANCELLED
from framework.journal.reading import read_entries, read_state
from framework.llm.scripted import ScriptedProvider, call
from framework.model.events import BranchesJoined, OutputSet
from framework.model.message import Role
from framework.runner import ToolRegistry, tool
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.one_node import Answers
from tests.support.walked_graphs import giving, graph, loop_node, node, ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph.result import ExecutionResult
    from framework.llm.base import ModelRequest
    from framework.llm.scripted import Answer
    from framework.model.graph import GraphSpec
    from framework.runtime.replay import ReplayParts, ReplayReport

RUN = "run"
BRANCH = "m.b1.000"
BESIDE = "start-ask ask-bad bad-end"
LOOPS = ("ask", "left", "right", "send")


def spec_of(text: str, *pauses: str, ends: tuple[str, ...] = ("end",)) -> GraphSpec:
    """Return a graph of function nodes, and of nodes that ask a person or send something."""
    edges = ways(f"{text} {BESIDE}")
    names = dict.fromkeys(name for way in edges for name in (way.source, way.target))
    nodes = [
        loop_node(name, client_facing=name == "ask", tools=["post"], system_prompt=name, max_retries=1)
        if name in LOOPS
        else node(name, writes=[name])
        for name in names
    ]
    return graph(nodes, edges, terminal_nodes=ends, pause_nodes=list(pauses), conversation_mode="isolated")


def says(request: ModelRequest) -> Answer:
    if any(message.role is Role.TOOL for message in request.messages):
        return "Done."
    name = request.system.split()[0]
    return call("ask_user", question="Which?") if name == "ask" else call("post", sender=name)


class For:
    """A person who answers the questions of one node only."""

    def __init__(self, node_id: str) -> None:
        self._node_id = node_id
        self._here, self._away = Answers("this", "that"), Answers()

    async def ask(self, question: Any) -> str:
        return await (self._here if question.node_id == self._node_id else self._away).ask(question)


class Bench:
    """Records a run that pauses, goes on in another process, and ends once ``bad`` fails there."""

    def __init__(self, spec: GraphSpec, *, is_parallel: bool = True) -> None:
        self.spec = spec
        self.journal = MemoryJournal()
        self._is_parallel = is_parallel
        self._looks = 0
        self._come = asyncio.Event()
        self.functions: dict[str, Callable[..., Any]] = {
            item.id: giving(**{item.id: 1}) for item in spec.nodes if item.node_type == "function"
        }
        self._first = {**self.functions, "bad": self._fail, "last": self._endless}
        self.functions |= {"bad": _broken, "last": self._endless}
        self._has_last = any(item.id == "last" for item in spec.nodes)
        if not self._has_last:
            self._come.set()

        def probe(arguments: dict[str, Any], context: Any) -> str | None:
            self._looks += 1
            if arguments["sender"] != "send" or self._looks == 1:
                raise ValueError("no answer")
            return "receipt"

        @tool(effect="once", probe=probe)
        async def post(sender: str) -> str:
            """Post."""
            raise CallInDoubtError("lost")

        self._registry = ToolRegistry()
        self._registry.register_function(post)

    async def _endless(self) -> None:
        self._come.set()
        await asyncio.Event().wait()

    async def _fail(self) -> None:
        await self._come.wait()
        await asyncio.sleep(0.01)  # So that the others come to rest.
        _broken()

    def _executor(self, functions: dict[str, Any], runtime: Runtime, **options: Any) -> GraphExecutor:
        executor = GraphExecutor(runtime, **options)
        known = {item.id for item in self.spec.nodes}
        for name, function in functions.items():
            if name in known:
                executor.register_function(name, function)
        return executor

    async def process(self, person: Any = None, state: Any = None) -> ExecutionResult:
        """Begin the run, or carry it on, in a new process."""
        executor = self._executor(
            self._first,
            Runtime(journal=self.journal),
            llm=ScriptedProvider(says),
            tools=self._registry.get_tools(),
            tool_executor=self._registry.get_executor(),
            person=person,
            clock=ManualClock(),
            enable_parallel_execution=self._has_last,  # Else in order, so that the same pause is first.
        )
        running = executor.execute(self.spec, session_state=state, run_id=None if state else RUN)
        return await asyncio.wait_for(running, timeout=20)

    async def recorded(self, pause: str = "") -> list[str]:
        """Record until the pause after a node is over and a person comes; return what was cut off."""
        state: dict[str, str] = {}
        paused_at = ""
        while not state or pause not in ("", paused_at):
            paused_at = str((await self.process(state=state)).paused_at)
            state = {"run_id": RUN}
        if pause in self.spec.pause_nodes and not self._has_last:
            await self.process(state=state)
        assert (await self.process(For("ask"), state)).paused_at is None
        joins = [entry.event for entry in await read_entries(self.journal, RUN)]
        ends = [end for join in joins if isinstance(join, BranchesJoined) for end in join.branches]
        return [end.lane for end in ends if end.error and end.error.error == BRANCH_CANCELLED]

    async def replayed(self, **changed: Callable[..., Any]) -> ReplayReport:
        def make(parts: ReplayParts) -> GraphExecutor:
            return self._executor(
                {**self.functions, **changed},
                parts.runtime,
                llm=parts.llm,
                tools=parts.permissions.as_recorded({**parts.tools, **self._registry.get_tools()}),
                tool_executor=parts.tool_executor,
                person=parts.person,
                clock=parts.clock,
                enable_parallel_execution=self._is_parallel,
            )

        recording = await read_recording(self.journal, RUN)
        return await asyncio.wait_for(replay(recording, self.spec, make), timeout=20)

    async def check_replays(self) -> None:
        """Check that a replay does what was recorded, every time."""
        digest = (await read_state(self.journal, RUN)).main.digest.hex()
        reports = [await self.replayed() for _ in range(3)]
        assert [str(report.difference) for report in reports] == ["None"] * 3
        assert {report.digest for report in reports} == {digest}

    async def check_found(self, name: str) -> None:
        """Check that a changed node is a difference where its output is."""
        places = [
            entry.seq
            for entry in await read_entries(self.journal, RUN)
            if isinstance(entry.event, OutputSet) and name in entry.event.values
        ]
        found = [(await self.replayed(**{name: giving(**{name: 2})})).difference for _ in range(3)]
        assert [difference and difference.seq for difference in found] == places * 3


def _broken() -> None:
    raise ValueError("broken")


async def test_a_branch_that_went_on_after_its_pause_node_before_it_was_cut_off_replays() -> None:
    bench = Bench(spec_of("start-a a-a2 a2-last last-end", "a"))
    assert await bench.recorded("a") == [BRANCH]

    await bench.check_replays()
    await bench.check_found("a2")


@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_branch_that_waited_twice_before_it_was_cut_off_replays(*, is_parallel: bool) -> None:
    spec = spec_of("start-a a-a2 a2-a3 a3-end", "a", "a2", "a3")
    bench = Bench(spec, is_parallel=is_parallel)
    assert await bench.recorded("a") == [BRANCH]

    await bench.check_replays()
    await bench.check_found("a2")


@pytest.mark.parametrize("is_parallel", [True, False])
@pytest.mark.parametrize(("pause", "last"), [("a", "a2"), ("a2", "a2")])
async def test_a_branch_that_waited_and_came_to_its_end_before_its_sibling_failed_replays(
    pause: str, last: str, *, is_parallel: bool
) -> None:
    spec = spec_of("start-a a-a2", pause, ends=("end", last))
    bench = Bench(spec, is_parallel=is_parallel)
    assert await bench.recorded(pause) == []

    await bench.check_replays()
    await bench.check_found("a")


@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_branch_of_a_branch_that_waited_before_it_was_cut_off_replays(*, is_parallel: bool) -> None:
    text = "start-fork fork-a fork-b a-a2 b-b2 a2-a3 b2-b3 a3-meet b3-meet meet-end"
    bench = Bench(spec_of(text, "a", "b", "a2", "b2", "a3", "b3"), is_parallel=is_parallel)
    assert await bench.recorded("b") == [BRANCH]

    await bench.check_replays()
    await bench.check_found("b2")


@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_branch_whose_branches_all_waited_for_a_person_when_it_was_cut_off_replays(
    *, is_parallel: bool
) -> None:
    text = "start-fork fork-left fork-right left-meet right-meet meet-end"
    bench = Bench(spec_of(text), is_parallel=is_parallel)
    assert await bench.recorded() == [BRANCH]

    await bench.check_replays()
    await bench.check_found("fork")


async def test_a_branch_whose_call_a_probe_settled_before_it_was_cut_off_replays() -> None:
    bench = Bench(spec_of("start-send send-a a-last last-end"))
    assert await bench.recorded() == [BRANCH]

    await bench.check_replays()
    await bench.check_found("a")


@pytest.mark.parametrize("is_parallel", [True, False])
async def test_a_run_that_was_left_while_all_branches_waited_replays(is_parallel: bool) -> None:
    bench = Bench(spec_of("start-left start-right left-end right-end"), is_parallel=is_parallel)
    assert (await bench.process(state={})).paused_at == "left"

    async with asyncio.timeout(20):
        report = await bench.replayed()
    assert (report.difference, report.is_whole) == (None, False)
