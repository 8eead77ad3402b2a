"""Stored runs: where they lie, which of them a prefix names, and what each came to.

A summary is a projection of a few kinds of journal entries, read without their
content, so that listing many runs stays cheap and one damaged run harms no other.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import JournalError, RunNotFoundError
from framework.journal.at_work import nodes_at_work
from framework.journal.base import SharedJournal
from framework.journal.entry import decode_line
from framework.journal.files import FileJournal
from framework.journal.reading import place_of, read_state
from framework.journal.state import RunStatus
from framework.model import events as ev
from hive.errors import NoSuchRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.base import Journal
    from framework.journal.entry import Entry
    from framework.journal.inbox.base import Inbox

STOPPED = "stopped"
"""Status of a run that was under way when its process ended without a word."""

_OVER = frozenset(status.value for status in RunStatus if status.is_final)

UNREADABLE = "unreadable"
"""Status of a folder among the runs that does not read as one."""

_AGENTS = "agents"
_MOST_NAMED = 5
_KIND = re.compile(rb'"kind":"([a-z_]+)"')
_TOLD = frozenset(
    event.kind.encode()
    for event in (
        ev.RunStarted,
        ev.RunResumed,
        ev.RunForked,
        ev.RunPaused,
        ev.RunFinished,
        ev.RunRejected,
        ev.NodeStarted,
        ev.ModelAnswered,
    )
)


class RunStore(NamedTuple):
    """Where runs lie: a database, or the folder of one agent."""

    journal: SharedJournal
    storage: Path | None = None


def file_stores(folders: Sequence[Path]) -> list[RunStore]:
    """Return the stores in these agents' folders."""
    return [RunStore(FileJournal(folder), folder) for folder in folders]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """Where one run lies.

    Attributes:
        run_id: its id.
        journal: holds it.
        storage: the folder of its agent's runs; None for a run in a database.
    """

    run_id: str
    journal: SharedJournal
    storage: Path | None = None

    @property
    def folder(self) -> Path | None:
        """The run's own folder, when it lies in files."""
        return self.storage / "runs" / self.run_id if self.storage is not None else None

    @property
    def name(self) -> str:
        """What tells it apart from others: its id, and its agent when the folder says which."""
        return self.run_id if self.storage is None else f"{self.run_id} ({self.storage.name})"

    @property
    def inbox(self) -> Inbox:
        """Where other processes leave messages for the one that runs it."""
        return self.journal.inbox(self.run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a run came to so far.

    Attributes:
        status: of the journal; ``stopped`` or ``unreadable`` when that is what was found.
        started_at_us: microseconds since 1970-01-01 UTC, of a fork those when it was forked; 0 when it
            never started.
        steps: visits of nodes.
        answers: answers of models; ``unpriced`` of them have no known price.
        rejected: why a person rejects what it came to; empty unless one does.
        problem: why the run does not read back, when it does not.
        questions: how many questions to a person a stored run that is paused leaves open.
        at_nodes: the nodes at which a stored run that is paused stands.
    """

    run_id: str
    agent: str
    status: str
    started_at_us: int = 0
    ended_at_us: int = 0
    steps: int = 0
    answers: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    rejected: str = ""
    problem: str = ""
    questions: int = 0
    at_nodes: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the run ended for good."""
        return self.status in _OVER

    @property
    def duration_us(self) -> int:
        """Microseconds from the first event to the last."""
        return self.ended_at_us - self.started_at_us


def storages(home: Path) -> list[Path]:
    """Return the folders of the agents that have runs below ``home``, by name."""
    try:
        return sorted(path for path in (home / _AGENTS).iterdir() if path.is_dir())
    except OSError:
        return []


async def stored_runs(stores: Sequence[RunStore]) -> list[StoredRun]:
    """Return the runs in these stores, oldest first within each.

    Raises:
        JournalError: if a database cannot be read.
    """
    return [
        StoredRun(run_id=run_id, journal=store.journal, storage=store.storage)
        for store in stores
        for run_id in await store.journal.run_ids()
    ]


def foreign_folders(stores: Sequence[RunStore]) -> list[StoredRun]:
    """Return the folders among the runs whose names cannot be a run's."""
    found: list[StoredRun] = []
    for journal, folder in stores:
        runs = folder / "runs" if folder is not None else None
        if runs is None or not runs.is_dir():
            continue
        names = sorted(path.name for path in runs.iterdir() if path.is_dir() and not _names_a_run(path.name))
        found += [StoredRun(run_id=name, journal=journal, storage=folder) for name in names]
    return found


async def find_run(stores: Sequence[RunStore], prefix: str) -> StoredRun:
    """Return the one run whose id is ``prefix`` or begins with it.

    Raises:
        NoSuchRunError: if there is none, or more than one.
        JournalError: if a database cannot be read.
    """
    runs = await stored_runs(stores)
    exact = [run for run in runs if run.run_id == prefix]
    matching = exact or [run for run in runs if prefix and run.run_id.startswith(prefix)]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise NoSuchRunError(
            f"No stored run has an id that begins with {prefix!r}. See the stored runs with: hive runs list"
        )
    names = ", ".join(run.name for run in matching[:_MOST_NAMED])
    more = "" if len(matching) <= _MOST_NAMED else f" and {len(matching) - _MOST_NAMED} more"
    raise NoSuchRunError(
        f"{len(matching)} stored runs have an id that begins with {prefix!r}: {names}{more}. Give more of it."
    )


async def summarise_each(runs: Sequence[StoredRun]) -> list[RunSummary]:
    """Return what stored runs came to, without those that somebody removed since they were found."""
    summaries: list[RunSummary] = []
    for run in runs:
        with suppress(RunNotFoundError):
            summaries.append(await summarise_stored(run))
    return summaries


async def summarise_stored(run: StoredRun) -> RunSummary:
    """Return what a stored run came to; one that does not read back says so in its summary.

    Raises:
        RunNotFoundError: if it is not stored.
    """
    if not _names_a_run(run.run_id):
        return _unreadable(run, f"{run.run_id!r} is no run's id, so something else lies there.")
    try:
        summary = await summarise(run.journal, run.run_id)
        if summary.status == RunStatus.PAUSED.value:
            state = await read_state(run.journal, run.run_id)
            nodes = tuple(nodes_at_work(state))
            summary = replace(summary, questions=len(state.questions), at_nodes=nodes)
    except RunNotFoundError:
        raise
    except (JournalError, OSError) as error:
        return _unreadable(run, str(error))
    if not summary.agent:
        return _unreadable(run, "It has no entry; restore the journal from a copy, or delete the run.")
    if summary.status == RunStatus.RUNNING.value and not await run.inbox.is_attended():
        return replace(summary, status=STOPPED)
    return summary


async def summarise(journal: Journal, run_id: str) -> RunSummary:
    """Return what the run's journal says it came to.

    Raises:
        RunNotFoundError: if no such run is stored.
        JournalCorruptError: if an entry does not read back.
    """
    lines = await journal.read(run_id)
    last = len(lines)
    entries = [
        decode_line(line, place_of(run_id, seq))
        for seq, line in enumerate(lines, 1)
        if seq == last or _is_told(line)
    ]
    return summary_of(run_id, entries)


def summary_of(run_id: str, entries: Sequence[Entry]) -> RunSummary:
    """Return what ``entries`` say a run came to; kinds that do not matter may be left out."""
    events = [entry.event for entry in entries]
    answers = [event for event in events if isinstance(event, ev.ModelAnswered)]
    begins = [e for e in entries if isinstance(e.event, (ev.RunStarted, ev.RunForked))]
    begun = begins[-1] if begins else None
    return RunSummary(
        run_id=run_id,
        agent=next((event.agent for event in events if isinstance(event, ev.RunStarted)), ""),
        status=_status(events),
        rejected=_rejection(events),
        started_at_us=begun.at_us if begun else 0,
        ended_at_us=entries[-1].at_us if begun else 0,
        steps=sum(isinstance(event, ev.NodeStarted) for event in events),
        answers=len(answers),
        unpriced=sum(answer.cost_usd is None for answer in answers),
        input_tokens=sum(answer.input_tokens for answer in answers),
        output_tokens=sum(answer.output_tokens for answer in answers),
        cost_usd=sum((Decimal(answer.cost_usd) for answer in answers if answer.cost_usd), Decimal(0)),
    )


def _status(events: Sequence[ev.Event]) -> str:
    status = RunStatus.NEW.value
    for event in events:
        match event:
            case ev.RunStarted() | ev.RunResumed() | ev.RunForked():
                status = RunStatus.RUNNING.value
            case ev.RunPaused():
                status = RunStatus.PAUSED.value
            case ev.RunFinished():
                status = event.status
            case _:
                pass
    return status


def _rejection(events: Sequence[ev.Event]) -> str:
    """Return why a person rejects what the run came to; what was said before a fork is about another run."""
    said = [event for event in events if isinstance(event, (ev.RunForked, ev.RunRejected))]
    return said[-1].reason if said and isinstance(said[-1], ev.RunRejected) else ""


def _is_told(line: bytes) -> bool:
    # The kind stands before the content, so the first match is the entry's own.
    match = _KIND.search(line)
    return match is not None and match[1] in _TOLD


def _names_a_run(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", name) is not None


def _unreadable(run: StoredRun, problem: str) -> RunSummary:
    agent = run.storage.name if run.storage is not None else ""
    return RunSummary(run_id=run.run_id, agent=agent, status=UNREADABLE, problem=problem)
