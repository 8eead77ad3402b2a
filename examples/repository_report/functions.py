"""The nodes that are plain functions: reading, counting, checking the summary, writing the report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.errors import InputError
from framework.graph import NodeContext  # noqa: TC001  (the annotation is read when the node is made)
from framework.tools import DataFolder

from . import figures as count
from .config import DEFAULT_COMMITS, MOST_COMMITS, MOST_REDOS, MOST_SUBJECTS
from .history import Commit, Selection
from .history import read_history as read
from .report import facts, render
from .summary import find_flaw

if TYPE_CHECKING:
    from .history import History

REPORT_FILE = "repository-report.md"


async def read_history(
    repository: str, revisions: str = "", since: str = "", limit: int = DEFAULT_COMMITS
) -> dict[str, Any]:
    """Read the commits.

    Raises:
        InputError: if there is no repository, or it lacks what is selected.
    """
    if not 1 <= limit <= MOST_COMMITS:
        raise InputError(f"'limit' is {limit}; set it to 1 to {MOST_COMMITS} commits.")
    selection = Selection(revisions=revisions.strip(), since=since.strip(), limit=limit)
    history = await read(_folder(repository), selection)
    overview = {
        "name": history.name,
        "selection": _selected(history, selection),
        "is_cut": history.is_cut,
        **count.overview(history.commits),
    }
    return {"overview": overview, "commits": [asdict(commit) for commit in history.commits]}


def count_contributors(commits: list[Commit]) -> list[dict[str, Any]]:
    """Count who made the commits."""
    return count.contributors(commits)


def find_hot_files(commits: list[Commit]) -> list[dict[str, Any]]:
    """Find the files changed most often."""
    return count.hot_files(commits)


def find_themes(commits: list[Commit]) -> dict[str, Any]:
    """Find what the changes were about."""
    return count.themes(commits)


def gather(ctx: NodeContext) -> dict[str, Any]:
    """Put the figures together: as data for the report, and as text for the model."""
    data = {key: ctx.inputs[key] for key in ("overview", "contributors", "hot_files", "areas", "kinds")}
    subjects = [commit["subject"] for commit in ctx.inputs["commits"] if not commit["is_merge"]]
    return {
        "figures": data,
        "facts": facts(data, subjects[:MOST_SUBJECTS]),
        "commit_count": data["overview"]["commits"],
        "redos": 0,
    }


def check_summary(summary: str, facts: str, figures: dict[str, Any], redos: int) -> dict[str, Any]:
    """Check the summary against the figures: accept it, send it back, or leave it out."""
    flaw = find_flaw(summary, facts, figures)
    if not flaw:
        return {"verdict": "accept", "accepted_summary": summary, "redos": redos}
    if redos < MOST_REDOS:
        hint = f"The summary was refused: {flaw}. Write it anew."
        return {"verdict": "redo", "hint": hint, "redos": redos + 1}
    return {"verdict": "accept", "note": f"The model's summary was left out: {flaw}.", "redos": redos}


def write_report(ctx: NodeContext) -> dict[str, Any]:
    """Write the report among the files of the run.

    Raises:
        InputError: if the run keeps no files.
    """
    if ctx.data_dir is None:
        raise InputError(
            "This run keeps no files, so there is no place for the report; give it a storage path."
        )
    summary = ctx.inputs.get("accepted_summary") or ""
    text = render(ctx.inputs["figures"], summary, ctx.inputs.get("note") or "")
    DataFolder(ctx.data_dir).write(REPORT_FILE, text)
    return {
        "report": text,
        "report_path": str(ctx.data_dir.absolute() / REPORT_FILE),
        "has_summary": bool(summary) or not ctx.inputs["figures"]["overview"]["commits"],
    }


def _folder(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _selected(history: History, selection: Selection) -> str:
    """Return the selection in words."""
    since = f" since {selection.since}" if selection.since else ""
    return f"{selection.revisions or history.head}{since}"
