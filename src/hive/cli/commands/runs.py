"""``hive runs``: the stored runs, and the story of one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.text import Text

from framework.errors import JournalCorruptError
from framework.graph.result import result_of
from framework.journal.entry import Entry
from framework.journal.reading import fold_entries, read_entries, without_entries
from framework.settings import home
from hive.cli.debugging import debug_option
from hive.cli.groups import LazyGroup
from hive.cli.outcome import WAITING, Outcome, figures, outcome_lines, outcome_record, short_line
from hive.cli.printing import errors_as_json, say, say_json, say_table, symbols
from hive.cli.reports import json_option, quiet_option
from hive.cli.stored import opened_stores, storage_option, storage_words
from hive.cli.story import StoryLine, event_line, tell
from hive.cli.text import cost, duration, moment, one_line
from hive.runs import (
    UNREADABLE,
    RunSummary,
    StoredRun,
    find_run,
    foreign_folders,
    stored_runs,
    summarise_each,
    summarise_stored,
)
from hive.runs.steering import answers_left, open_questions

if TYPE_CHECKING:
    from pathlib import Path


_TONES = {"plain": "", "good": "green", "bad": "red", "warn": "yellow", "quiet": "dim"}
_TIME_WIDTH = 12
_NONE = "-"
_REJECTED = "rejected"

runs = LazyGroup(
    "runs",
    {
        "answer": ("hive.cli.commands.answer_run:answer_run", "Answer a question of a run, and carry it on"),
        "cancel": ("hive.cli.commands.steer_run:cancel", "End a run for good"),
        "pause": ("hive.cli.commands.steer_run:pause", "Pause a run before its next node"),
        "reject": ("hive.cli.commands.steer_run:reject", "Record why a person rejects a run"),
        "replay": ("hive.cli.commands.replay_run:replay_run", "Walk a run again with its recorded answers"),
        "fork": ("hive.cli.commands.fork_run:fork_run", "Begin a new run with a part of another"),
        "packet": ("hive.cli.commands.packet_run:packet_run", "Pack a failed run into one file"),
        "sweep": ("hive.cli.commands.sweep_runs:sweep", "Remove old runs that ended"),
    },
    help_text="List stored runs, show what happened in one, steer one, go back in one, and remove old ones.",
)


@runs.command(name="list")
@click.option("--agent", help="Only the runs of this agent.")
@storage_option
@json_option
@click.option("--quiet", "-q", is_flag=True, help="Print the ids alone, one a line. --json goes before it.")
@debug_option
def list_runs(agent: str | None, storage: Path | None, *, as_json: bool, quiet: bool) -> None:
    """List the stored runs, newest first."""
    with errors_as_json(is_on=as_json):
        summaries = asyncio.run(_summaries(storage, agent))
    if as_json:
        say_json({"runs": [_record(summary) for summary in summaries]})
        return
    if quiet:
        say(*(summary.run_id for summary in summaries))
        return
    if not summaries:
        whose = f" of {agent!r}" if agent else ""
        say(f"No runs{whose} are stored in {str(storage or home())!r}. Start one with: hive run PATH")
        return
    head = ("RUN", "AGENT", "STATUS", "STARTED (UTC)", "TOOK", "STEPS", "TOKENS", "COST")
    say_table([_row(summary) for summary in summaries], head, spare=("STARTED (UTC)", "TOKENS", "TOOK"))


@runs.command(name="show")
@click.argument("run")
@storage_option
@click.option("--events", is_flag=True, help="Show the entries of the journal as they are stored.")
@click.option("--verbose", is_flag=True, help="Show what was said to models and what tools returned.")
@json_option
@quiet_option
@debug_option
def show_run(
    run: str, storage: Path | None, *, events: bool, verbose: bool, as_json: bool, quiet: bool
) -> None:
    """Show what happened in RUN, an id or the beginning of one."""
    with errors_as_json(is_on=as_json):
        read = asyncio.run(_read(storage, run))
    if as_json:
        say_json(_show_record(read, with_events=events, with_content=verbose))
        return
    if quiet:
        say(short_line(read.outcome))
        return
    if events:
        say(*(event_line(entry) for entry in read.entries))
        return
    say(*(_story_text(line, with_content=verbose) for line in tell(read.entries)), "")
    say(*outcome_lines(read.outcome, symbols()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A stored run, read whole."""

    run: StoredRun
    entries: Sequence[Entry]
    outcome: Outcome


async def _summaries(storage: Path | None, agent: str | None) -> list[RunSummary]:
    async with opened_stores(storage) as stores:
        found = [*await stored_runs(stores), *foreign_folders(stores)]
        summaries = await summarise_each(found)
    chosen = [summary for summary in summaries if agent in {None, summary.agent}]
    return sorted(chosen, key=lambda summary: summary.started_at_us, reverse=True)


def _row(summary: RunSummary) -> tuple[str, ...]:
    name, agent = one_line(summary.run_id, 60), one_line(summary.agent, 24)
    if summary.status == UNREADABLE:
        return name, agent, UNREADABLE, one_line(summary.problem, 200)
    return (
        name,
        agent,
        _status(summary),
        moment(summary.started_at_us),
        duration(summary.duration_us),
        f"{summary.steps}",
        f"{summary.input_tokens + summary.output_tokens:,}",
        cost(summary.cost_usd, answers=summary.answers, unpriced=summary.unpriced)
        if summary.answers
        else _NONE,
    )


def _status(summary: RunSummary) -> str:
    if summary.rejected:
        return _REJECTED
    return WAITING if summary.questions else summary.status


def _record(summary: RunSummary) -> dict[str, Any]:
    record: dict[str, Any] = {"run_id": summary.run_id, "agent": summary.agent, "status": summary.status}
    if summary.status == UNREADABLE:
        return {**record, "problem": summary.problem}
    if summary.rejected:
        record["rejected"] = summary.rejected
    if summary.questions:
        record["open_questions"] = summary.questions
    if summary.at_nodes:
        record["at_nodes"] = list(summary.at_nodes)
    return {**record, "started_at": f"{moment(summary.started_at_us)}Z".replace(" ", "T"), **figures(summary)}


async def _read(storage: Path | None, prefix: str) -> _Read:
    async with opened_stores(storage) as stores:
        run = await find_run(stores, prefix)
        entries = await read_entries(run.journal, run.run_id)
        if not entries:
            raise without_entries(run.run_id)
        summary = await summarise_stored(run)
        answered = tuple(question_id for question_id, _ in await answers_left(run))
    state = fold_entries(run.run_id, entries)
    if summary.status == UNREADABLE:
        raise JournalCorruptError(f"Run {run.run_id!r} cannot be shown: {summary.problem}")
    outcome = Outcome(
        result=result_of(state),
        summary=summary,
        questions=open_questions(state, answered),
        answered=answered,
        storage=storage_words(storage),
    )
    return _Read(run=run, entries=entries, outcome=outcome)


def _show_record(read: _Read, *, with_events: bool, with_content: bool) -> dict[str, Any]:
    record = {
        **outcome_record(read.outcome),
        "status": read.outcome.summary.status,
        "folder": str(read.run.folder) if read.run.folder is not None else None,
        "story": [_line_record(line, with_content=with_content) for line in tell(read.entries)],
    }
    if with_events:
        record["events"] = [_entry_record(entry) for entry in read.entries]
    return record


def _line_record(line: StoryLine, *, with_content: bool) -> dict[str, Any]:
    detail = {"content": line.detail} if with_content and line.detail else {}
    return {
        "at_us": line.at_us,
        "seq": line.seq,
        "lane": line.lane,
        "kind": line.kind,
        "text": line.text,
        **detail,
    }


def _entry_record(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at_us": entry.at_us,
        "lane": entry.lane,
        "kind": entry.event_kind,
        "meta": entry.meta,
        "body": orjson.loads(entry.body),
    }


def _story_text(line: StoryLine, *, with_content: bool) -> Text:
    text = Text(f"{duration(line.at_us).rjust(_TIME_WIDTH)}  ", style="dim")
    branch = branch_name(line.lane)
    text.append("  " * line.depth)
    if branch:
        text.append(f"[{branch}] ", style="cyan")
    text.append(line.text, style=f"not dim {_TONES[line.tone]}" if line.tone != "quiet" else "dim")
    if with_content and line.detail:
        indent = "\n" + " " * (_TIME_WIDTH + 4 + 2 * line.depth)
        text.append(indent + indent.join(line.detail.splitlines()), style="dim")
    return text


def branch_name(lane: str) -> str:
    """Return the name of a lane's branch: ``branch 1.2`` is the second inside the first; '' the main walk."""
    parts = [int(part) + 1 for part in lane.split(".c", 1)[0].split(".")[1:] if part.isdigit()]
    return f"branch {'.'.join(map(str, parts))}" if parts else ""
