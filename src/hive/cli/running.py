"""Running a package from the command line: what is shown meanwhile, and what is told at the end."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from framework.clock import SystemClock
from framework.errors import InputError, JournalLockedError
from framework.events.bus import AgentEvent, EventBus, EventType
from framework.graph.executor import new_run_id
from framework.journal.files import FileJournal
from framework.journal.reading import LOST_FILES_FACT, read_fact, read_state
from framework.packages import load_package
from framework.runner import AgentRunner
from framework.runner.agent_runner import BUDGET_FACT, MODEL_FACT
from framework.runner.budgets import run_budget
from framework.settings import CONFIGURATION_FILE, Settings, load_settings
from framework.terminal import PlainDisplay, TerminalPerson, exit_code
from hive.cli.board import new_board
from hive.cli.budgets import around_budget
from hive.cli.interrupts import drive
from hive.cli.live import LivePerson, LiveView
from hive.cli.outcome import Outcome, outcome_lines, outcome_record, place_text, short_line
from hive.cli.printing import check_writable, say, say_json, stdout_for_result, symbols, write_file
from hive.cli.reports import Report
from hive.cli.stored import opened_journal, opened_stores, package_of, storage_words
from hive.cli.text import count, printable
from hive.errors import ResultNotWrittenError, RunInterruptedError
from hive.runs import StoredRun, find_run, summarise, summarise_stored
from hive.runs.steering import has_unheard_pause, open_questions

if TYPE_CHECKING:
    from framework.journal.inbox import Holder
    from framework.llm.base import LLMProvider
    from framework.loop.context import Person
    from framework.packages import AgentPackage
    from hive.runs import RunSummary


class Progress(Enum):
    """What is shown while a run lasts."""

    LIVE = "live"
    PLAIN = "plain"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """What the person asked for.

    Attributes:
        budget: US dollars the run may spend on models, when it was said.
        path: the package; None as long as it is not known which one a stored run is of.
        resume: id of the stored run to carry on.
        approve: tools of high risk that may be called without asking.
        storage: folder of the run, when a person named one.
        folder: folder of the run to carry on, when it lies in files.
        output: file that gets the run's output.
        is_verbose: whether plain progress tells more.
    """

    path: Path | None = None
    input_data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    resume: str | None = None
    approve: tuple[str, ...] = ()
    model: str | None = None
    budget: Decimal | None = None
    storage: Path | None = None
    folder: Path | None = None
    output: Path | None = None
    progress: Progress = Progress.PLAIN
    report: Report = Report.FULL
    is_verbose: bool = False


def can_show_live() -> bool:
    """Whether both outputs are a terminal that can move its cursor."""
    return sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") not in {"", "dumb"}


async def found(order: RunOrder, prefix: str) -> RunOrder:
    """Return the order to carry on the one run whose id begins with ``prefix``.

    It gets the run's package, unless it names one, and the model and budget the run was started with.

    Raises:
        NoSuchRunError: if there is no such run, or more than one.
        InputError: if the run has ended.
        PackageUnknownError: if nobody says which package it is of.
        JournalError: if the run cannot be read.
    """
    async with opened_stores(order.storage) as stores:
        return await _completed(order, await find_run(stores, prefix))


async def _completed(order: RunOrder, run: StoredRun) -> RunOrder:
    state = await read_state(run.journal, run.run_id)
    if state.status.is_final:
        fork = await around_budget(run.journal, state, storage_words(order.storage))
        way_on = f"begin again before its budget ended it: {fork}" if fork else "start a new one."
        raise InputError(f"Run {run.run_id!r} has ended ({state.status.value}); {way_on}")
    holder = await run.inbox.holder()
    if holder is not None:
        raise JournalLockedError(
            f"Run {run.run_id!r} is under way in another process, {holder}; wait until it ends or waits, or "
            f"stop it with: hive runs pause {run.run_id}{_if_it_died(holder)}"
        )
    if await has_unheard_pause(run):
        _complain(
            f"note: run {run.run_id} was asked to pause, which its process never heard; it goes on, as you "
            "carry it on now."
        )
    model = order.model or await read_fact(run.journal, run.run_id, MODEL_FACT)
    return replace(
        order,
        resume=run.run_id,
        path=await package_of(run, order.path),
        folder=run.storage,
        model=model or None,
        budget=await last_budget(run, order.budget),
    )


def _if_it_died(holder: Holder) -> str:
    """Say when a run can be carried on whose writer has died, if that does not show at once."""
    return "" if holder.until is None else ". If that process died, the run can be carried on from then."


async def last_budget(run: StoredRun, given: Decimal | None) -> Decimal | None:
    """Return US dollars that a run may spend when it is carried on: ``given``, or what was noted last."""
    noted = await read_fact(run.journal, run.run_id, BUDGET_FACT) if given is None else None
    return Decimal(noted) if noted else given


def run_package(order: RunOrder, *, llm: LLMProvider | None = None) -> int:
    """Run the package and tell how it went; return the exit code.

    Args:
        order: what to run and how to show it.
        llm: answers instead of the provider of the order's model.

    Raises:
        FrameworkError: if the package, input or model cannot be used, or the journal not be written.
        ResultNotWrittenError: if the output cannot be written where it was sent.
        RunInterruptedError: if the person ended the run; the message says what became of it.
    """
    if order.output is not None:
        check_writable(order.output)
    settings = load_settings()
    for name in settings.unknown:
        _complain(f"warning: {CONFIGURATION_FILE}: nothing reads {name!r}.")
    run_id = order.resume or new_run_id(SystemClock())
    session = _Session(order, settings, run_id)
    try:
        with stdout_for_result(is_on=order.report is Report.JSON):
            outcome = drive(session.run(llm))
    except KeyboardInterrupt as interrupt:
        raise RunInterruptedError(_interrupted(session)) from interrupt
    try:
        _hand_over(outcome, order)
    except ResultNotWrittenError as error:
        raise ResultNotWrittenError(f"{error} The run keeps it: {session.look()}") from error
    return exit_code(outcome.result)


def _hand_over(outcome: Outcome, order: RunOrder) -> None:
    try:
        if order.output is not None:
            write_file(order.output, outcome.result.output)
    finally:
        _tell(outcome, order.report)


class _Session:
    """One run: its display, its person, its journal."""

    def __init__(self, order: RunOrder, settings: Settings, run_id: str) -> None:
        self.order = order
        self.run_id = run_id
        self.storage: Path | None = None
        self._settings = settings
        self._bus = EventBus()
        self._bus.subscribe(_tell_lost_files, (EventType.EXECUTION_RESUMED,))

    async def run(self, llm: LLMProvider | None) -> Outcome:
        async with AsyncExitStack() as stack:
            order = self.order
            if order.path is None:
                raise TypeError("An order without a package cannot be run.")
            package = load_package(order.path, settings=self._settings)
            person, view = self._display(package)
            journal = await stack.enter_async_context(opened_journal(order.storage, package.name))
            runner = AgentRunner(
                package,
                settings=self._settings,
                model=order.model,
                storage_path=order.folder or order.storage,
                llm=llm,
                event_bus=self._bus,
                person=person,
                budget=run_budget(self._settings.home, self.order.budget),
                approve=order.approve,
                journal=journal,
            )
            self.storage = runner.storage_path
            stack.callback(runner.close)
            await runner.connect()
            _warn(runner)
            if view is not None:
                await stack.enter_async_context(view)
            state = {"run_id": self.run_id} if order.resume is not None else None
            result = await runner.run(order.input_data, run_id=self.run_id, session_state=state)
            summary = await summarise(runner.journal, self.run_id)
            if result.success and result.paused_at is None:
                return Outcome(result=result, summary=summary, look=self.look())
            stored = await read_state(runner.journal, self.run_id)
            more = await around_budget(runner.journal, stored, storage_words(self.order.storage))
        questions = open_questions(stored) if result.paused_at else ()
        return Outcome(
            result=result,
            summary=summary,
            questions=questions,
            storage=storage_words(self.order.storage),
            more=more,
            look=self.look(),
        )

    def look(self) -> str:
        """Return the command that shows the run again."""
        return f"hive runs show {self.run_id}{storage_words(self.order.storage)}"

    def _display(self, package: AgentPackage) -> tuple[Person, LiveView | None]:
        if self.order.progress is Progress.NOTHING:
            return TerminalPerson(), None
        if self.order.progress is Progress.PLAIN:
            display = PlainDisplay(is_verbose=self.order.is_verbose)
            self._bus.subscribe(display)
            return TerminalPerson(display), None
        nodes = [node.id for node in package.graph.nodes]
        board = new_board(package.name, self.run_id, nodes, time.monotonic)
        self._bus.subscribe(board.hear)
        view = LiveView(board, Console(stderr=True))
        return LivePerson(TerminalPerson(), view), view


def _interrupted(session: _Session) -> str:
    """Say what became of an interrupted run."""
    summary = asyncio.run(_so_far(session))
    if summary is None:
        return "Interrupted before the run began; nothing was stored."
    unwritten = _tell_machine(session, summary)
    where = place_text(summary.at_nodes)
    return (
        f"{unwritten}Interrupted. "
        f"Run {session.run_id} is {summary.status}{where} after {count(summary.steps, 'step')}; "
        f"{_way_on(session, summary)}"
    )


def _tell_machine(session: _Session, summary: RunSummary) -> str:
    """Tell a machine of an interrupted run, if one asked; return why it could not be told."""
    if session.order.report is not Report.JSON:
        return ""
    place = {"at_nodes": list(summary.at_nodes)} if summary.at_nodes else {}
    record = {"run_id": session.run_id, "agent": summary.agent, "status": summary.status, "error": None}
    try:
        say_json(record | place)
    except ResultNotWrittenError as error:
        return f"{error} "
    return ""


def _way_on(session: _Session, summary: RunSummary) -> str:
    if summary.is_over:
        return f"see what it did with: {session.look()}"
    return (
        f"carry it on with: hive run --resume {session.run_id}{storage_words(session.order.storage)}, or "
        f"see what it did with: {session.look()}"
    )


async def _so_far(session: _Session) -> RunSummary | None:
    """Return what an interrupted run came to, None if it was not stored yet."""
    if session.storage is None:
        return None
    async with opened_journal(session.order.storage) as shared:
        journal = shared or FileJournal(session.storage)
        if session.run_id not in await journal.run_ids():
            return None
        storage = None if shared else session.storage
        return await summarise_stored(StoredRun(run_id=session.run_id, journal=journal, storage=storage))


def _tell_lost_files(event: AgentEvent) -> None:
    """Say which files a run that is carried on lacks for good."""
    for name, why in event.data.get(LOST_FILES_FACT, {}).items():
        _complain(f"not brought back: {name} ({why})")


def _complain(text: str) -> None:
    """Print a line to standard error."""
    sys.stderr.write(f"{printable(text)}\n")


def _warn(runner: AgentRunner) -> None:
    """Say on standard error what validation would mend, though the package can run."""
    for finding in runner.validate():
        if not finding.is_error:
            _complain(f"warning: {finding.where}: {finding.message} {finding.fix}")


def _tell(outcome: Outcome, report: Report) -> None:
    if outcome.result.error and report is not Report.FULL:
        _complain(f"Error: {outcome.result.error}")
    match report:
        case Report.JSON:
            say_json(outcome_record(outcome))
        case Report.SHORT:
            say(short_line(outcome))
        case Report.FULL:
            say(*outcome_lines(outcome, symbols()))
