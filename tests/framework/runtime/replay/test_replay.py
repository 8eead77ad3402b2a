"""A stored run is walked again with its recorded answers, and every difference is found."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.journal import MemoryJournal
from framework.journal.log import RunLog
from framework.journal.reading import read_state
from framework.model import events as ev
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.resumable_runs import AGENTS

if TYPE_CHECKING:
    from pathlib import Path

    from framework.graph.executor import GraphExecutor
    from framework.runtime.replay import ReplayParts, ReplayReport
    from tests.support.resumable_runs import Agent

RUN = "run"


def replaying(agent: Agent, parts: ReplayParts) -> GraphExecutor:
    """Return the executor of a replay of ``agent``; nothing but the recording answers."""
    return agent.executor(
        parts.runtime.journal,
        parts.clock,
        llm=parts.llm,
        tool_executor=parts.tool_executor,
        person=parts.person,
        storage_path=parts.runtime.storage_path,
    )


async def recorded(agent: Agent) -> MemoryJournal:
    journal = MemoryJournal()
    await agent.executor(journal, ManualClock()).execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)
    return journal


async def replayed(journal: MemoryJournal, agent: Agent, folder: Path) -> ReplayReport:
    recording = await read_recording(journal, RUN)
    return await replay(recording, agent.graph, partial(replaying, agent), folder=folder)


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_replays_with_the_same_hashes(name: str, tmp_path: Path) -> None:
    agent = AGENTS[name]()
    journal = await recorded(agent)

    report = await replayed(journal, agent, tmp_path)

    assert report.difference is None, str(report.difference)
    state = await read_state(journal, RUN)
    assert report.digest == state.main.digest.hex()


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_that_stopped_anywhere_replays_to_where_it_stands(name: str, tmp_path: Path) -> None:
    agent = AGENTS[name]()
    whole = await recorded(agent)
    length = len(await whole.read(RUN))

    for stop in range(1, length, 7):
        journal = await cut_after(whole, stop)
        report = await replayed(journal, agent, tmp_path / str(stop))

        assert report.difference is None, f"{stop}: {report.difference}"
        assert (report.is_whole, report.cut_off_by) == (False, "")


async def cut_after(whole: MemoryJournal, stop: int) -> MemoryJournal:
    """Return a journal that holds the first ``stop`` entries of the run."""
    journal = MemoryJournal()
    writer = await journal.create(RUN)
    lines = await whole.read(RUN)
    await writer.append(lines[:stop], expected=0, blobs=dict(whole._blobs))
    return journal


async def test_a_changed_function_is_found_at_its_first_event(tmp_path: Path) -> None:
    agent = AGENTS["rounds"]()
    journal = await recorded(agent)

    async def changed(**inputs: Any) -> dict[str, Any]:
        return {"wide": "changed"}

    mutated = replace(agent, functions=agent.functions | {"wide": changed})
    report = await replayed(journal, mutated, tmp_path)

    assert report.difference is not None
    assert report.difference.facts["values"][1] == {"wide": "changed"}
    assert "output_set: values: expected" in str(report.difference)


async def test_a_changed_prompt_is_found_at_the_first_request(tmp_path: Path) -> None:
    agent = AGENTS["research"]()
    journal = await recorded(agent)
    node = agent.graph.nodes[0]
    graph = agent.graph.model_copy(
        update={"nodes": [node.model_copy(update={"system_prompt": "Be brief."}), *agent.graph.nodes[1:]]}
    )

    report = await replayed(journal, replace(agent, graph=graph), tmp_path)

    assert report.difference is not None
    assert "Be brief." in report.difference.facts["system"][1]


async def test_a_cancelled_run_replays_to_where_it_was_cut_off(tmp_path: Path) -> None:
    agent = AGENTS["research"]()
    whole = await recorded(agent)
    stop = next(n for n, line in enumerate(await whole.read(RUN)) if b'"kind":"model_requested"' in line) + 1
    journal = await cut_after(whole, stop)
    await journal._writer(RUN).close()
    log = RunLog(await journal.open(RUN), ManualClock(), state=await read_state(journal, RUN))
    log.record("m", ev.RunFinished(status="cancelled"))
    await log.close()

    async with asyncio.timeout(10):
        report = await replayed(journal, agent, tmp_path)

    assert report.difference is None, str(report.difference)
    assert (report.is_whole, report.cut_off_by) == (False, "was cancelled")
