"""Runs with calls in doubt, approvals, guards and nodes with effects replay without touching anything."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import CallInDoubtError
from framework.graph.executor import GraphExecutor
from framework.journal.reading import read_state
from framework.llm.scripted import call
from framework.runtime.core import Runtime
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode
from tests.support.walked_graphs import edge, graph, node

if TYPE_CHECKING:
    from pathlib import Path

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
