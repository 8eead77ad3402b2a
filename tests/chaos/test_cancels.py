"""A run is cancelled at random moments: nothing of it goes on, and it can be carried on from its journal."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from framework.clock import ManualClock
from framework.journal.files import FileJournal
from framework.journal.reading import read_state
from tests.support.killed_agent import DoubtfulPerson, killed_agent
from tests.support.killed_runs import calls_in_doubt
from tests.support.killing import Killer
from tests.support.resumable_runs import AGENTS
from tests.support.sleepers import Sleepers
from tests.support.walked_graphs import Walked, edge, graph, node

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.receiver import Receiver
    from tests.support.resumable_runs import Agent

PROGRAMS = "sh -c '{0} & {0}; {0} | {0}; wait'"
SEEDS = int(os.environ.get("HIVE_CHAOS_CANCELS", "60"))
PORTIONS = 2
LONGEST_END_S = 5.0
RUN = "run"
pytestmark = pytest.mark.timeout(3600)


class Trial:
    """One run that is cancelled at a moment that its seed says, once or twice."""

    def __init__(self, agent: Agent, journal: FileJournal, person: DoubtfulPerson, rng: Random) -> None:
        self._agent = agent
        self._journal = journal
        self._person = person
        self._rng = rng
        self.is_cut = False

    async def start(self, state: dict[str, str] | None = None) -> None:
        agent = self._agent
        executor = agent.executor(self._journal, ManualClock())
        await executor.execute(agent.graph, agent.goal, agent.inputs, state, run_id=RUN)

    async def cancel(self, *, after_s: float) -> list[str]:
        """Cancel the run somewhere; return what it left behind.

        Args:
            after_s: the longest time until then; 0 counts turns of the event loop.
        """
        task = asyncio.create_task(self.start())
        await self._wait(after_s)
        self.is_cut = not task.done()
        task.cancel()
        if self._rng.random() < 0.25:
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task], timeout=LONGEST_END_S)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        return [str(each) for each in left]

    async def _wait(self, longest_s: float) -> None:
        if longest_s:
            await asyncio.sleep(self._rng.uniform(0, longest_s))
            return
        for _ in range(self._rng.randrange(150)):
            await asyncio.sleep(0)

    async def carry_on(self) -> tuple[list[str], str, str]:
        """Carry the run on; return what is wrong then, its status and its hash."""
        problems: list[str] = []
        is_new = RUN not in await self._journal.run_ids()
        if is_new or not (await read_state(self._journal, RUN)).status.is_final:
            doubts = await calls_in_doubt(self._journal, RUN)
            await self.start(None if is_new else {"run_id": RUN})
            if sorted(self._person.doubts) != doubts:
                problems.append(f"asked about {self._person.doubts}, in doubt were {doubts}")
        state = await read_state(self._journal, RUN)
        return problems, state.status.value, state.main.digest.hex()


def trial_of(seed: int, folder: Path, receiver: Receiver) -> Trial:
    """Return a trial: of an agent whose tools run in threads and reach another process, or of a quick one."""
    person = DoubtfulPerson("done")
    if seed % 2:
        name = sorted(AGENTS)[seed // 2 % len(AGENTS)]
        agent = AGENTS[name]()
    else:
        agent = killed_agent(Killer(None), receiver, f"cancel-{folder}", person)
    return Trial(agent, FileJournal(folder, fsync="never"), person, Random(f"cancel {seed}"))


@pytest.mark.parametrize("portion", range(PORTIONS))
async def test_a_run_cancelled_at_any_moment_leaves_nothing_behind_and_goes_on(
    portion: int, tmp_path: Path, receiver: Receiver, tally: Callable[..., None]
) -> None:
    problems: list[str] = []
    left_behind = doubtful = cut = 0
    for seed in range(portion * SEEDS // PORTIONS, (portion + 1) * SEEDS // PORTIONS):
        whole = trial_of(seed, tmp_path / f"{seed}-whole", receiver)
        began = time.monotonic()
        await whole.start()
        took_s = time.monotonic() - began
        _, status, digest = await whole.carry_on()

        trial = trial_of(seed, tmp_path / str(seed), receiver)
        left = await trial.cancel(after_s=0 if seed % 2 else took_s)
        wrong, ended, other = await trial.carry_on()

        cut += trial.is_cut
        left_behind += len(left)
        doubtful += len(trial._person.doubts)
        problems += [f"{seed}: {each}" for each in [*left, *wrong]]
        if ended != status or (other != digest and not trial._person.doubts):
            problems.append(f"{seed}: it ended {ended} with {other}, not {status} with {digest}")

    seeds = (portion + 1) * SEEDS // PORTIONS - portion * SEEDS // PORTIONS
    tally(
        "Cancelled at random moments",
        runs=seeds,
        cut_off=cut,
        tasks_left_behind=left_behind,
        calls_in_doubt_asked_about=doubtful,
        problems=len(problems),
    )
    assert problems == []


class Starting:
    """A run whose branches start programs: from a thread, from a coroutine, and in a session of their own."""

    def __init__(self, seed: int) -> None:
        self.sleepers = Sleepers("0.05")
        self.rng = Random(f"programs {seed}")
        self.bench = Walked({"thread": self._thread, "task": self._task, "detached": self._detached})
        names = ("thread", "task", "detached")
        nodes = [node("s", function=lambda: None), *map(node, names), node("j", function=lambda: None)]
        edges = [each for name in names for each in (edge("s", name), edge(name, "j"))]
        self.spec = graph(nodes, edges, terminal_nodes=["j"])

    def _thread(self) -> None:
        subprocess.run(PROGRAMS.format(self.sleepers.line), shell=True, check=True)

    async def _task(self) -> None:
        process = await asyncio.create_subprocess_shell(PROGRAMS.format(self.sleepers.line))
        await process.wait()

    def _detached(self) -> None:
        subprocess.run(["setsid", "--wait", "sh", "-c", f"{self.sleepers.line} & wait"], check=True)

    async def cancel(self) -> float:
        """Cancel the run somewhere; return the seconds until it was over."""
        running = asyncio.create_task(self.bench.run(self.spec))
        await asyncio.sleep(self.rng.uniform(0, 0.15))
        began = time.monotonic()
        running.cancel()
        await asyncio.wait({running})
        return time.monotonic() - began


async def test_a_run_cancelled_at_any_moment_leaves_no_program_and_goes_on(
    tally: Callable[..., None],
) -> None:
    problems: list[str] = []
    longest_s = 0.0
    for seed in range(SEEDS):
        trial = Starting(seed)
        took_s = await trial.cancel()
        longest_s = max(longest_s, took_s)
        if left := trial.sleepers.living():
            problems.append(f"{seed}: {len(left)} programs were left")
        if took_s > LONGEST_END_S:
            problems.append(f"{seed}: its end took {took_s:.1f} s")
        state = await trial.bench.state()
        if not state.status.is_final and not (await trial.bench.carry_on(trial.spec)).success:
            problems.append(f"{seed}: it did not go on")
    tally(
        "Cancelled while its programs ran",
        runs=SEEDS,
        longest_end_ms=round(longest_s * 1000),
        problems=len(problems),
    )
    assert problems == []
