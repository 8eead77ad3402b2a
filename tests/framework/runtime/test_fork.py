"""A fork begins with a part of another run, goes its own way, and leaves the other as it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import InputError, JournalCorruptError, RunExistsError, RunNotFoundError
from framework.graph.executor import GraphExecutor
from framework.journal import MemoryJournal
from framework.journal.files import FileJournal
from framework.journal.reading import read_entries, read_state
from framework.journal.state import RunStatus
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.model import events as ev
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from framework.runtime.core import Runtime
from framework.runtime.fork import Fork, fork_run
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from framework.tools.context import current_tool_context
from tests.support.resumable_runs import AGENTS
from tests.support.walked_graphs import graph, loop_node

if TYPE_CHECKING:
    from pathlib import Path

    from framework.runtime.replay import ReplayParts
    from tests.support.resumable_runs import Agent

RUN = "run"
TWIN = "twin"


async def recorded(agent: Agent, journal: MemoryJournal | None = None) -> MemoryJournal:
    kept = journal or MemoryJournal()
    await agent.executor(kept, ManualClock()).execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)
    return kept


async def carried_on(agent: Agent, journal: MemoryJournal) -> None:
    executor = agent.executor(journal, ManualClock())
    await executor.execute(agent.graph, session_state={"run_id": TWIN})


@pytest.mark.parametrize("name", AGENTS)
async def test_a_fork_carried_on_from_anywhere_comes_to_the_same_memory(name: str) -> None:
    agent = AGENTS[name]()
    journal = await recorded(agent)
    origin = await read_state(journal, RUN)
    before = await journal.read(RUN)

    for at_seq in range(1, len(before), 9):
        journal._runs.pop(TWIN, None)
        await fork_run(journal, RUN, Fork(at_seq=at_seq, run_id=TWIN), clock=ManualClock())
        await carried_on(agent, journal)
        twin = await read_state(journal, TWIN)

        assert twin.status is origin.status, at_seq
        assert twin.main.memory == origin.main.memory, at_seq
    assert await journal.read(RUN) == before


def replaying(agent: Agent, parts: ReplayParts) -> GraphExecutor:
    return agent.executor(
        parts.runtime.journal,
        parts.clock,
        llm=parts.llm,
        tool_executor=parts.tool_executor,
        person=parts.person,
    )


@pytest.mark.parametrize("name", ["rounds", "research", "long-talk"])
async def test_a_forked_run_replays_from_its_fork(name: str) -> None:
    agent = AGENTS[name]()
    journal = await recorded(agent)
    half = len(await journal.read(RUN)) // 2
    await fork_run(journal, RUN, Fork(at_seq=half, run_id=TWIN), clock=ManualClock())
    await carried_on(agent, journal)

    report = await replay(await read_recording(journal, TWIN), agent.graph, partial(replaying, agent))

    assert report.difference is None, str(report.difference)
    assert report.digest == (await read_state(journal, TWIN)).main.digest.hex()


async def first(journal: MemoryJournal, kind: type[Any]) -> int:
    entries = await read_entries(journal, RUN)
    return next(entry.seq for entry in entries if isinstance(entry.event, kind))


async def test_changes_overwrite_the_memory_from_the_fork_on() -> None:
    agent = AGENTS["rounds"]()
    journal = await recorded(agent)
    at_seq = await first(journal, ev.NodeFinished)

    state = await fork_run(
        journal, RUN, Fork(at_seq=at_seq, run_id=TWIN, changes={"rounds": 7}), clock=ManualClock()
    )

    assert state.main.memory["rounds"].load() == 7
    stored = await read_state(journal, TWIN)
    assert stored.main.memory["rounds"].load() == 7
    assert stored.status is RunStatus.RUNNING


async def test_the_memory_cannot_be_changed_while_branches_are_under_way() -> None:
    agent = AGENTS["parallel-talks"]()
    journal = await recorded(agent)
    forks = [
        entry.seq
        for entry in await read_entries(journal, RUN)
        if isinstance(entry.event, ev.EdgeTaken) and len(entry.event.targets) > 1
    ]
    at_seq = forks[0] if forks else 5

    with pytest.raises(InputError, match="branches of a fan-out are under way"):
        await fork_run(journal, RUN, Fork(at_seq=at_seq, changes={"x": 1}))
    assert await journal.run_ids() == [RUN]


@pytest.mark.parametrize("at_seq", [0, -1, 10_000])
async def test_an_entry_that_is_not_there_is_refused(at_seq: int) -> None:
    journal = await recorded(AGENTS["rounds"]())

    with pytest.raises(InputError, match=f"no entry {at_seq}"):
        await fork_run(journal, RUN, Fork(at_seq=at_seq))


async def test_an_unknown_run_and_a_taken_id_are_refused() -> None:
    journal = await recorded(AGENTS["rounds"]())

    with pytest.raises(RunNotFoundError):
        await fork_run(journal, "nobody", Fork(at_seq=1))
    with pytest.raises(RunExistsError):
        await fork_run(journal, RUN, Fork(at_seq=1, run_id=RUN))


async def test_a_graph_without_the_node_where_the_run_stands_is_refused() -> None:
    agent = AGENTS["rounds"]()
    journal = await recorded(agent)
    graph = agent.graph.model_copy(update={"nodes": agent.graph.nodes[1:]})

    with pytest.raises(InputError, match="stands at 'start'"):
        await fork_run(journal, RUN, Fork(at_seq=2, graph=graph))


async def test_the_data_folder_comes_along_as_it_was(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "store")
    agent = AGENTS["rounds"]()
    executor = agent.executor(journal, ManualClock())
    await executor.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)
    lines = await journal.read(RUN)
    assert lines

    await fork_run(journal, RUN, Fork(at_seq=3, run_id=TWIN), data_dir=tmp_path / "data")

    assert not (tmp_path / "data").exists()  # Nothing had been written by then.
    assert len(await journal.read(TWIN)) == 4


async def test_a_call_that_was_under_way_at_the_fork_keeps_its_key(tmp_path: Path) -> None:
    keys: list[str] = []

    async def answer(use: ToolUse) -> ToolResult:
        keys.append(current_tool_context().idempotency_key)
        return ToolResult(use.id, "ok")

    script = [call("send", to="Ada"), call("set_output", key="done", value="yes"), "Done."]
    spec = graph([loop_node("n", writes=["done"], tools=["send"])], terminal_nodes=["n"])
    journal = MemoryJournal()

    def executor() -> GraphExecutor:
        tools = [Tool("send", "Send.", effect=Effect.IDEMPOTENT)]
        llm = ScriptedProvider([*script])
        return GraphExecutor(Runtime(journal=journal), llm=llm, tools=tools, tool_executor=answer)

    await executor().execute(spec, run_id=RUN)
    at_seq = await first(journal, ev.ToolIntended)
    await fork_run(journal, RUN, Fork(at_seq=at_seq, run_id=TWIN), clock=ManualClock())
    script.pop(0)
    result = await executor().execute(spec, session_state={"run_id": TWIN})

    assert result.success, result.error
    assert len(keys) == 2
    assert keys[0] == keys[1]


async def test_a_fork_of_a_damaged_run_names_that_run_and_what_to_do() -> None:
    journal = await recorded(AGENTS["rounds"]())
    lines = journal._runs[RUN]
    lines[1] = lines[1].replace(b'"digest":"', b'"digest":"0')

    with pytest.raises(JournalCorruptError, match=r"Entry 2 of run 'run' .* restore the journal from a copy"):
        await fork_run(journal, RUN, Fork(at_seq=3, run_id=TWIN))
    assert await journal.run_ids() == [RUN]
