"""Runs of the killed agent, each in a process of its own that is forked from one that knows the framework."""

from __future__ import annotations

import asyncio
import faulthandler
import json
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.clock import ManualClock
from framework.errors import (
    InputError,
    JournalConflictError,
    JournalLockedError,
    RunExistsError,
    RunNotFoundError,
)
from framework.journal.entry import encode_body
from framework.journal.files import FileJournal
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_entries, read_state
from framework.model.events import BranchesJoined, QuestionAsked, ToolIntended, ToolReturned
from framework.model.tool import Effect
from framework.model.value import write_value
from tests.support.forked import Child, preload
from tests.support.killed_agent import DoubtfulPerson, killed_agent
from tests.support.killing import Kill, Killer, KillingJournal
from tests.support.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from framework.graph import GraphExecutor, GraphSpec
    from framework.journal.base import Journal
    from framework.journal.entry import Entry

LEASE_S = 0.4
PATIENCE_S = 60.0

REFUSED = 7
"""How a process ends whose run another has taken over."""

preload(__name__)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run: where it is stored, what a person says of a call in doubt, and where it dies, time by time.

    Attributes:
        signal: what is sent at the first of ``kills``.
        budget: US dollars that the run may spend on a model; its model is free without.
        process: to which process; 0 is the run's own.
        year: what the clock shows; it tells who wrote an entry.
    """

    name: str
    port: int
    folder: str
    dsn: str = ""
    ruling: str = "done"
    kills: tuple[Kill, ...] = ()
    run_id: str = "run"
    budget: str = ""
    signal: int = signal.SIGKILL
    process: int = 0
    year: int = 2026


@dataclass(frozen=True, kw_only=True)
class Life:
    """What one process of a run found and came to.

    Attributes:
        doubts: the calls of effect ``once`` that were in doubt when it began, as the journal shows them.
        asked: the calls that a person was asked about.
        questions: how often a person was asked about a call in doubt since the run began.
        digest_without_doubts: of what the run did, but for these questions and their answers.
        spent: US dollars counted, with all that calls which were interrupted may have cost.
        points: how often each point was reached.
    """

    doubts: list[str]
    asked: list[str]
    questions: int = 0
    output: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    digest: str = ""
    digest_without_doubts: str = ""
    spent: str = "0"
    points: dict[str, int] = field(default_factory=dict)


def live(trial: Trial) -> Life | None:
    """Run, or carry on, in a new process; return None if it was killed, which must be at its first kill.

    Raises:
        AssertionError: if it ended in another way.
    """
    process = begin(trial)
    code = process.wait(PATIENCE_S)
    if code is None:
        process.send(signal.SIGKILL)
    assert code is not None, f"{trial} hangs"
    if code == -signal.SIGKILL:
        return None
    assert code == 0, f"{trial} ended with {code}"
    return Life(**json.loads(_report(trial).read_text()))


def begin(trial: Trial) -> Child:
    """Run, or carry on, in a new process; it ends with ``REFUSED`` if the journal refused it."""
    return Child(_live, trial)


def _report(trial: Trial) -> Path:
    return Path(trial.folder) / f"{trial.name}.json"


def connected(trial: Trial) -> Path:
    """Return the file that is there once a process of the trial has reached its journal."""
    return Path(trial.folder) / f"{trial.name}.connected"


def _live(trial: Trial) -> None:
    faulthandler.dump_traceback_later(PATIENCE_S - 10, exit=True)  # Says where a process hangs.
    try:
        life = asyncio.run(_carried_on(trial))
    except (JournalConflictError, RunExistsError):
        sys.exit(REFUSED)
    _report(trial).write_text(json.dumps(life))


async def _carried_on(trial: Trial) -> dict[str, Any]:
    killer = Killer(trial.kills[0] if trial.kills else None, trial.signal, trial.process)
    person = DoubtfulPerson(trial.ruling)
    agent = killed_agent(killer, Receiver(trial.port), trial.name, person, budget=trial.budget)
    async with opened(trial) as journal:
        clock = ManualClock(datetime(trial.year, 1, 1, tzinfo=UTC))
        executor = agent.executor(KillingJournal(journal, killer), clock)
        doubts = await _executed(trial, journal, executor, agent.graph)
        found = await told(journal, trial.run_id)
        return {"doubts": doubts, "asked": sorted(person.doubts), "points": dict(killer.counts), **found}


async def told(journal: Journal, run_id: str) -> dict[str, Any]:
    """Return what the journal tells of a run, by the attributes of a ``Life``."""
    stored = await read_state(journal, run_id)
    entries = await read_entries(journal, run_id)
    return {
        "questions": len(_doubtful_questions(entries)),
        "digest_without_doubts": _digest_without_doubts(entries),
        "output": {key: value.load() for key, value in stored.main.memory.items()},
        "status": stored.status.value,
        "digest": stored.main.digest.hex(),
        "spent": str(stored.ledger.most),
    }


async def _executed(trial: Trial, journal: Journal, executor: GraphExecutor, graph: GraphSpec) -> list[str]:
    """Run, or carry on once whoever held the run is out; return the calls that were in doubt."""
    while True:
        is_new = trial.run_id not in await journal.run_ids()
        connected(trial).touch()
        if not is_new and (await read_state(journal, trial.run_id)).status.is_final:
            return []
        doubts = await calls_in_doubt(journal, trial.run_id)
        try:
            state = None if is_new else {"run_id": trial.run_id}
            await executor.execute(graph, None, None, state, run_id=trial.run_id)
        except JournalLockedError:  # The lease of a process that was killed is not over yet.
            await asyncio.sleep(0.05)
        except InputError:  # The last append of a process that was stopped arrived meanwhile.
            if not (await read_state(journal, trial.run_id)).status.is_final:
                raise
        else:
            return doubts


@asynccontextmanager
async def opened(trial: Trial) -> AsyncIterator[Journal]:
    """Open the journal of a trial."""
    if not trial.dsn:
        yield FileJournal(Path(trial.folder) / trial.name)
        return
    async with PostgresJournal(trial.dsn, lease_s=LEASE_S) as journal:
        yield journal


async def calls_in_doubt(journal: Journal, run_id: str) -> list[str]:
    """Return the ``once`` calls that were intended and never returned, by node and call, sorted."""
    try:
        entries = await read_entries(journal, run_id)
    except RunNotFoundError:
        return []
    open_calls: dict[str, str] = {}
    nodes: dict[str, str] = {}
    for entry in entries:
        event = entry.event
        if event.kind == "node_started":
            nodes[entry.lane] = event.node_id
        elif isinstance(event, ToolIntended) and event.effect == Effect.ONCE.value:
            walk = max((lane for lane in nodes if entry.lane.startswith(lane)), key=len)
            open_calls[entry.lane] = f"{nodes[walk]} {event.call_id}"
        elif isinstance(event, ToolReturned):
            open_calls.pop(entry.lane, None)
    return sorted(open_calls.values())


def _digest_without_doubts(entries: Sequence[Entry]) -> str:
    """Return a hash over what every lane did, but for what a person was asked about calls in doubt.

    A join holds the hashes of its lanes, which cover such questions: it is taken without them.
    """
    asked = {question.question_id for question in _doubtful_questions(entries)}
    did: dict[str, list[tuple[str, bytes]]] = {}
    for entry in entries:
        event, body = entry.event, entry.body
        if not event.hashed or getattr(event, "question_id", None) in asked:
            continue
        if isinstance(event, BranchesJoined):
            bare = tuple(replace(branch, digest="") for branch in event.branches)
            body = encode_body(replace(event, branches=bare), write_value)
        did.setdefault(entry.lane, []).append((event.kind, body))
    return sha256(repr(sorted(did.items())).encode()).hexdigest()


def _doubtful_questions(entries: Sequence[Entry]) -> list[QuestionAsked]:
    events = [entry.event for entry in entries]
    return [event for event in events if isinstance(event, QuestionAsked) and "abandon" in event.options]


def after_death(trial: Trial) -> Trial:
    """Return the trial as it goes on after its first kill."""
    return replace(trial, kills=trial.kills[1:])
