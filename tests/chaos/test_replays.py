"""Recorded runs of random agents replay event by event without a socket, and a changed node is found."""

from __future__ import annotations

import os
import sys
from collections import Counter
from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest

from framework.clock import ManualClock
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries, read_state
from framework.runtime.replay import replay
from framework.runtime.replay.replay import read_recording
from tests.support.random_agents import mutated, random_agent, replaying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from framework.journal.entry import Entry
    from framework.runtime.replay import ReplayReport
    from tests.support.resumable_runs import Agent

RUNS = int(os.environ.get("HIVE_CHAOS_REPLAYS", "60"))
PORTIONS = 2
FEWEST_ENTRIES = 15
"""Runs that end before are not counted: random conditions often lead nowhere."""

RUN = "run"
pytestmark = pytest.mark.timeout(3600)


class SocketWatch:
    """Counts what opens, binds or asks for an address while it watches."""

    def __init__(self) -> None:
        self.is_on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: object) -> None:
        if self.is_on and event.startswith("socket."):
            self.seen.append(event)


@pytest.fixture(scope="session")
def sockets() -> SocketWatch:
    return SocketWatch()


async def recorded(agent: Agent) -> MemoryJournal:
    journal = MemoryJournal()
    await agent.executor(journal, ManualClock()).execute(agent.graph, None, agent.inputs, run_id=RUN)
    return journal


async def replayed(journal: MemoryJournal, agent: Agent, folder: Path) -> ReplayReport:
    recording = await read_recording(journal, RUN)
    return await replay(recording, agent.graph, partial(replaying, agent), folder=folder)


def first_events(agent: Agent, entries: list[Entry]) -> dict[str, int]:
    """Return, by node, the entry at which a change of that node must show."""
    at_work: dict[str, str] = {}
    found: dict[str, int] = {}
    for entry in entries:
        event = entry.event
        if event.kind == "node_started":
            at_work[entry.lane] = event.node_id
        node_id = at_work.get(entry.lane, "")
        telling = "output_set" if node_id in agent.workers else "model_requested"
        if event.kind == telling and getattr(event, "purpose", "turn") == "turn":
            found.setdefault(node_id, entry.seq)
    return found


@pytest.mark.parametrize("portion", range(PORTIONS))
async def test_recorded_runs_replay_and_a_changed_node_is_found_at_its_first_event(
    portion: int, tmp_path: Path, sockets: SocketWatch, tally: Callable[..., None]
) -> None:
    kinds: Counter[str] = Counter()
    problems: list[str] = []
    runs = changed = 0
    for seed in count(portion, PORTIONS):
        if runs == RUNS // PORTIONS:
            break
        agent = random_agent(seed)
        journal = await recorded(agent)
        entries, state = await read_entries(journal, RUN), await read_state(journal, RUN)
        if len(entries) < FEWEST_ENTRIES:
            continue
        runs += 1
        kinds.update(entry.event.kind for entry in entries)

        sockets.is_on = True
        report = await replayed(journal, agent, tmp_path / f"{seed}")
        sockets.is_on = False
        is_same = report.difference is None and report.digest == state.main.digest.hex()
        problems += [] if is_same else [f"{seed}: {report.difference}"]

        places = first_events(agent, entries)
        if not places:
            continue
        node_id = Random(seed).choice(sorted(places))
        other = await replayed(journal, mutated(agent, node_id), tmp_path / f"{seed}-changed")
        changed += 1
        if other.difference is None or other.difference.seq != places[node_id]:
            problems.append(f"{seed}: {node_id} differs at {other.difference}, not at {places[node_id]}")

    tally(
        "Replays of recorded runs",
        runs=runs,
        events=kinds.total(),
        joins=kinds["branches_joined"],
        questions=kinds["question_asked"],
        judgements=kinds["judge_ruled"],
        compactions=kinds["conversation_compacted"],
        changed_nodes=changed,
        sockets=len(sockets.seen),
        problems=len(problems),
    )
    assert problems == []
    assert sockets.seen == []
    assert min(kinds[kind] for kind in ("branches_joined", "judge_ruled", "conversation_compacted")) > 0
