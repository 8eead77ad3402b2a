"""A run is its journal: stopped after any entry, it goes on and comes to the same end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import JournalWriteError
from framework.graph.executor import GraphExecutor
from framework.journal.reading import fold_entries, read_entries, read_state
from tests.support.resumable_runs import AGENTS, writer
from tests.support.states import state_dict
from tests.support.stopping import StoppingJournal

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.log import RunLog
    from framework.journal.state import RunState
    from tests.support.resumable_runs import Agent

RUN = "run"


class Bench:
    """Runs one agent on journal after journal: one executor starts, another carries on."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.journal = StoppingJournal()
        self._starter = self.agent.executor(self.journal, ManualClock())
        self._finisher = self.agent.executor(self.journal, ManualClock())

    def take(self, journal: StoppingJournal) -> StoppingJournal:
        """Store runs in ``journal`` from now on."""
        self.journal = self._starter._runtime.journal = self._finisher._runtime.journal = journal
        return journal

    async def start(self) -> None:
        agent = self.agent
        await self._starter.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)

    async def carry_on(self) -> None:
        """Carry the run on, without being told the goal again."""
        agent, journal = self.agent, self.journal
        journal.stop_after = None
        journal.on_append = lambda last_seq: None
        goal = agent.goal if await journal.read(RUN) == [] else None
        await self._finisher.execute(agent.graph, goal, agent.inputs, session_state={"run_id": RUN})

    async def state(self) -> RunState:
        return await read_state(self.journal, RUN)

    async def whole(self) -> RunState:
        """Return the state after a run that nothing stopped."""
        self.take(StoppingJournal())
        await self.start()
        return await self.state()


def essence(state: RunState) -> dict[str, Any]:
    """What two runs that did the same thing have in common."""
    common = {
        "memory": {key: value.load() for key, value in state.main.memory.items()},
        "status": state.status.value,
        "error": state.error,
        "evaluation": state.evaluation and state.evaluation.load(),
        "hash": state.main.digest.hex(),
    }
    if state.branch_failed:
        return common  # How far the branches that were cut off had come is chance.
    return common | {
        "steps": state.steps,
        "retries": state.retries,
        "visits": state.main.visits,
        "path": state.main.path,
    }


class WatchedExecutor(GraphExecutor):
    """Shows the state of its run while it is live."""

    def _log(self, writer: Any, run_id: str, state: RunState) -> RunLog:
        self.live = state
        return super()._log(writer, run_id, state)


@pytest.mark.parametrize("name", AGENTS)
async def test_the_state_of_a_live_run_is_the_fold_of_what_is_stored(name: str) -> None:
    agent, journal = AGENTS[name](), StoppingJournal()
    executor = agent.executor(journal, ManualClock(), kind=WatchedExecutor)
    live: dict[int, dict[str, Any]] = {}
    journal.on_append = lambda last_seq: live.update({last_seq: state_dict(executor.live)})
    await executor.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)

    entries = await read_entries(journal, RUN)
    folds = {count: state_dict(fold_entries(RUN, entries[:count])) for count in live}
    assert [count for count in live if live[count] != folds[count]] == []
    assert len(live) > 5


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_that_failed_to_write_after_any_entry_comes_to_the_same_end(name: str) -> None:
    await check_every_failed_write(Bench(AGENTS[name]()))


async def test_files_are_journaled_once_however_often_the_run_is_stopped(tmp_path: Path) -> None:
    bench = Bench(writer(tmp_path))
    await check_every_failed_write(bench)
    state = await bench.whole()
    assert list(state.files)[:2] == ["a.txt", "b.txt"]
    assert len(state.files) == 3


async def check_every_failed_write(bench: Bench) -> None:
    whole = await bench.whole()
    for count in range(whole.last_seq):
        journal = bench.take(StoppingJournal(count))
        with pytest.raises(JournalWriteError, match="disk is full"):
            await bench.start()
        assert len(await journal.read(RUN)) == count
        await bench.carry_on()
        assert essence(await bench.state()) == essence(whole), f"stopped after entry {count}"


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_cancelled_after_any_append_comes_to_the_same_end(name: str) -> None:
    bench = Bench(AGENTS[name]())
    whole = await bench.whole()
    for count in range(1, whole.last_seq):
        journal = bench.take(StoppingJournal())
        task = asyncio.create_task(bench.start())
        journal.on_append = partial(cancel_at, task, count)
        await asyncio.wait([task])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        if not (await bench.state()).status.is_final:
            await bench.carry_on()
        assert essence(await bench.state()) == essence(whole), f"cancelled after entry {count}"


def cancel_at(task: asyncio.Task[None], count: int, last_seq: int) -> None:
    if last_seq >= count and not task.cancelling():
        task.cancel()


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_stopped_again_and_again_comes_to_the_same_end(name: str) -> None:
    bench = Bench(AGENTS[name]())
    whole = await bench.whole()
    journal = bench.take(StoppingJournal(1))
    with pytest.raises(JournalWriteError):
        await bench.start()
    while not (await bench.state()).status.is_final:
        journal.stop_after = len(await journal.read(RUN)) + 3
        with suppress(JournalWriteError):
            await bench.agent.executor(journal, ManualClock()).execute(
                bench.agent.graph, session_state={"run_id": RUN}
            )
    assert essence(await bench.state()) == essence(whole)
