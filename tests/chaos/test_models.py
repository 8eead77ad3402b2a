"""Models fail in every way they do: each run ends, with a class and a reason, after bounded tries."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from framework import errors
from framework.clock import ManualClock
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.loop.model_call import MAX_TRIES
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.faulty_models import FaultyModel
from tests.support.random_agents import random_agent, replaying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from framework.journal.state import RunState
    from tests.support.resumable_runs import Agent

RUNS = int(os.environ.get("HIVE_CHAOS_MODELS", "150"))
PORTIONS = 2
SHARES = (0.1, 0.3, 0.6, 1.0)
RUN = "run"
KNOWN = {name for name in vars(errors) if name.endswith("Error")} | {"DeadEnd"}
KNOWN |= {"TimeoutError", "ConnectionResetError", "KeyError"}  # A provider's own, as it raised them.
pytestmark = pytest.mark.timeout(3600)


class Trial:
    """One run of a random agent with a model that fails."""

    def __init__(self, seed: int) -> None:
        self.agent = random_agent(seed)
        self.journal = MemoryJournal()
        self.model = FaultyModel(ScriptedProvider(self.agent.answer), seed, SHARES[seed % len(SHARES)])

    async def run(self) -> RunState:
        agent = self.agent
        executor = agent.executor(self.journal, ManualClock(), llm=self.model)
        await executor.execute(agent.graph, None, agent.inputs, run_id=RUN)
        return await read_state(self.journal, RUN)

    async def problems(self, state: RunState, folder: Path) -> list[str]:
        """Return what must not be after the run."""
        kinds = Counter(entry.event.kind for entry in await read_entries(self.journal, RUN))
        begun = kinds["node_started"] + kinds["node_retried"]
        most = MAX_TRIES * (kinds["model_requested"] + begun)
        report = await replayed(self.journal, self.agent, folder)
        checks = {
            "it did not end": state.status.is_final,
            f"its failure has no class: {state.error}": state.error is None or state.error.error in KNOWN,
            "its failure has no reason": state.error is None or bool(state.error.message),
            f"{len(self.model.met)} requests, {most} at most": len(self.model.met) <= most,
            "a task is left": asyncio.all_tasks() == {asyncio.current_task()},
            f"it does not replay: {report}": report is None,
        }
        return [problem for problem, holds in checks.items() if not holds]


async def replayed(journal: MemoryJournal, agent: Agent, folder: Path) -> str | None:
    recording = await read_recording(journal, RUN)
    report = await replay(recording, agent.graph, partial(replaying, agent), folder=folder)
    return None if report.difference is None else str(report.difference)


@pytest.mark.parametrize("portion", range(PORTIONS))
async def test_a_run_ends_with_a_reason_whatever_its_model_does(
    portion: int, tmp_path: Path, tally: Callable[..., None]
) -> None:
    ends: Counter[str] = Counter()
    problems: list[str] = []
    faults = 0
    for seed in range(portion, RUNS, PORTIONS):
        trial = Trial(seed)
        state = await trial.run()
        problems += [f"{seed}: {each}" for each in await trial.problems(state, tmp_path / str(seed))]
        ends[state.error.error if state.error else "succeeded"] += 1
        faults += sum(bool(fault) for fault in trial.model.met)

    tally("Models that fail", runs=ends.total(), faults=faults, problems=len(problems), **ends)
    assert problems == []
    assert len(ends) > 2
