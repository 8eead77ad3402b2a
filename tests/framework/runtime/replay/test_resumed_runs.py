"""Runs that paused and went on with new input replay, forks of runs with an input too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.walked_graphs import edge, giving, graph, node

if TYPE_CHECKING:
    from framework.runtime.replay import ReplayParts, ReplayReport

GRAPH = graph(
    [
        node("ask", reads=["topic"], writes=["question"]),
        node("paint", reads=["question", "reply"], writes=["painted"]),
        node("frame", writes=["framed"]),
    ],
    [edge("paint", "frame")],
    pause_nodes=["ask", "paint"],
    entry_points={"start": "ask", "ask_resume": "paint"},
)


def executor_of(journal: Any, **options: Any) -> GraphExecutor:
    executor = GraphExecutor(Runtime(journal=journal), **options)
    executor.register_function("ask", lambda topic: {"question": f"Which {topic}?"})
    executor.register_function("paint", lambda question, reply: {"painted": f"{question} {reply}"})
    executor.register_function("frame", giving(framed=True))
    return executor


def replaying(parts: ReplayParts) -> GraphExecutor:
    return executor_of(parts.runtime.journal, llm=parts.llm, clock=parts.clock, person=parts.person)


async def recorded() -> MemoryJournal:
    journal = MemoryJournal()
    executor = executor_of(journal)
    await executor.execute(GRAPH, None, {"topic": "colour"}, run_id="run")
    await executor.execute(GRAPH, None, {"reply": "blue"}, {"run_id": "run"})
    await executor.execute(GRAPH, None, None, {"run_id": "run"})
    return journal


async def replayed(journal: MemoryJournal, run_id: str) -> ReplayReport:
    return await replay(await read_recording(journal, run_id), GRAPH, replaying)


async def test_a_run_that_was_carried_on_with_new_input_replays() -> None:
    journal = await recorded()
    state = await read_state(journal, "run")

    report = await replayed(journal, "run")

    assert state.main.memory["painted"].load() == "Which colour? blue"
    assert report.difference is None, str(report.difference)
    assert (report.is_whole, report.digest) == (True, state.main.digest.hex())


async def test_a_fork_of_a_run_with_an_input_replays() -> None:
    journal = await recorded()
    kinds = [entry.event.kind for entry in await read_entries(journal, "run")]
    await fork_run(journal, "run", Fork(at_seq=kinds.index("run_paused"), run_id="fork"))
    executor = executor_of(journal)
    result = await executor.execute(GRAPH, None, {"reply": "red"}, {"run_id": "fork"})
    while result.paused_at is not None:
        result = await executor.execute(GRAPH, None, None, {"run_id": "fork"})

    report = await replayed(journal, "fork")

    assert result.output["painted"] == "Which colour? red"
    assert report.difference is None, str(report.difference)
