"""A run is its journal: stopped after any entry, it goes on and comes to the same end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.errors import JournalWriteError
from framework.graph.executor import GraphExecutor
from framework.journal.reading import fold_entries, read_entries, read_state
from tests.support.resumable_runs import AGENTS
from tests.support.states import state_dict
from tests.support.stopping import StoppingJournal

if TYPE_CHECKING:
    from framework.graph import ExecutionResult
    from framework.journal.log import RunLog
    from framework.journal.state import RunState
    from tests.support.resumable_runs import Agent

RUN = "run"


async def start(agent: Agent, journal: StoppingJournal, **options: Any) -> ExecutionResult:
    executor = agent.executor(journal, ManualClock(), **options)
    return await executor.execute(agent.graph, agent.goal, agent.inputs, run_id=RUN)


async def carry_on(agent: Agent, journal: StoppingJournal) -> ExecutionResult:
    """Carry the run on, in a process of its own and without being told the goal again."""
    journal.stop_after = None
    journal.on_append = lambda last_seq: None
    executor = agent.executor(journal, ManualClock())
    goal = agent.goal if await journal.read(RUN) == [] else None
    return await executor.execute(agent.graph, goal, agent.inputs, session_state={"run_id": RUN})


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


async def whole_run(agent: Agent) -> RunState:
    journal = StoppingJournal()
    await start(agent, journal)
    return await read_state(journal, RUN)


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
    agent = AGENTS[name]()
    whole = await whole_run(agent)
    for count in range(whole.last_seq):
        journal = StoppingJournal(count)
        with pytest.raises(JournalWriteError, match="disk is full"):
            await start(agent, journal)
        assert len(await journal.read(RUN)) == count
        await carry_on(agent, journal)
        state = await read_state(journal, RUN)
        assert essence(state) == essence(whole), f"stopped after entry {count}"


@pytest.mark.parametrize("name", AGENTS)
async def test_a_run_cancelled_after_any_append_comes_to_the_same_end(name: str) -> None:
    agent = AGENTS[name]()
    whole = await whole_run(agent)
    for count in range(1, whole.last_seq):
        journal = StoppingJournal()
        task = asyncio.create_task(start(agent, journal))
        journal.on_append = lambda last_seq, task=task, count=count: (
            task.cancel() if last_seq >= count and not task.cancelling() else None
        )
        await asyncio.wait([task])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        state = await read_state(journal, RUN)
        if not state.status.is_final:
            await carry_on(agent, journal)
            state = await read_state(journal, RUN)
        assert essence(state) == essence(whole), f"cancelled after entry {count}"
