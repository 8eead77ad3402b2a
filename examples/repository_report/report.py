"""The report as Markdown, and the same figures as the text that a model reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def render(figures: Mapping[str, Any], summary: str, note: str) -> str:
    """Return the report; ``note`` says why it has no summary, when it has none."""
    overview = figures["overview"]
    parts = [f"# {escaped(overview['name'])}", _opening(overview)]
    if overview["commits"]:
        parts += [
            "## Summary",
            prose(summary) or f"*{escaped(note or 'No model wrote one.')}*",
            "## Contributors",
            table(figures["contributors"]),
            "## Files changed most",
            table(figures["hot_files"]),
            "## Areas",
            table(figures["areas"]),
            "## Kinds of change",
            table(figures["kinds"]),
            "## Commits by month",
            table(overview["months"]),
        ]
    return "\n\n".join(parts) + "\n"


def facts(figures: Mapping[str, Any], subjects: Iterable[str]) -> str:
    """Return the figures as plain text, for a model to write about."""
    lines = [_opening(figures["overview"])]
    for name in ("contributors", "hot_files", "areas", "kinds"):
        lines += ["", f"{name.replace('_', ' ')}:"]
        lines += [", ".join(f"{key} {value}" for key, value in row.items()) for row in figures[name]]
    lines += ["", "months:", *(f"{row['month']}: {row['commits']}" for row in figures["overview"]["months"])]
    return "\n".join([*lines, "", "latest subjects:", *subjects])


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def prose(text: str) -> str:
    """Return the paragraphs of a text, shown as they are."""
    paragraphs = [escaped(part) for part in re.split(r"\n\s*\n", text)]
    return "\n\n".join(re.sub(r"^(\d+)\.|^([-+=])", r"\\\g<0>", part) for part in paragraphs if part)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows with the same keys as a table."""
    if not rows:
        return "None."
    header = [key.replace("_", " ") + (" (%)" if key == "share" else "") for key in rows[0]]
    lines = [header, ["---"] * len(header), *([escaped(str(cell)) for cell in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _opening(overview: Mapping[str, Any]) -> str:
    if not overview["commits"]:
        return f"No commits in {escaped(overview['selection'])}."
    size = f"{_count(overview['commits'], 'commit')} in {escaped(overview['selection'])}"
    merges = f"{overview['merges']} of them merges"
    days = f"from {overview['first_day']} to {overview['last_day']}"
    more = " There is more history than was read." if overview["is_cut"] else ""
    return f"{size}, {merges}, by {_people(overview['people'])}, {days}.{more}"


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
