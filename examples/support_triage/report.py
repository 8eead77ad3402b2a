"""The report: what was decided about each ticket, as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .config import CATEGORIES, URGENCIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_ESCAPED = re.compile(r"\\(.)")
_FIRST_CELL = re.compile(r"\| ((?:[^|\\]|\\.)*?) \|")
_TABLE = "## Tickets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model said of a ticket."""

    category: str
    urgency: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A summary that the review sent back, and why."""

    summary: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Triaged:
    """A ticket with what was decided about it.

    Attributes:
        rejected: earlier summaries, in order.
        doubt: why a person should look; empty if nobody needs to.
        grounded: share of the summary's words that stand in the ticket, 0 to 1.
    """

    id: str
    answer: Answer
    rejected: tuple[Rejected, ...] = ()
    doubt: str = ""
    grounded: float = 1.0


def render(source: str, triaged: Sequence[Triaged]) -> str:
    """Return the report of the tickets of the file ``source``."""
    parts = [
        "# Support triage",
        f"{len(triaged)} tickets from {escaped(source)}.",
        "## Categories",
        *_table(("category", "tickets"), _counts(triaged)),
        _TABLE,
        *_table(("id", "urgency", "category", "summary", "person"), map(_row, by_urgency(triaged))),
        "## What the review changed",
        *_bullets([line for item in triaged for line in _changes(item)]),
        "## For a person",
        *_bullets([f"{escaped(item.id)}: {escaped(item.doubt)}" for item in triaged if item.doubt]),
    ]
    return "\n".join(_spaced(parts)) + "\n"


def by_urgency(triaged: Iterable[Triaged]) -> list[Triaged]:
    """Return the tickets, the most urgent first, otherwise in the order of the file."""
    return sorted(triaged, key=lambda item: URGENCIES.index(item.answer.urgency))


def ticket_ids(report: str) -> list[str]:
    """Return the ids in the table of tickets, as a reader of the report finds them."""
    _, _, rest = report.partition(f"\n{_TABLE}\n")
    table = rest.partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    return [_ESCAPED.sub(r"\1", match[1]) for line in rows if (match := _FIRST_CELL.match(line))]


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _counts(triaged: Sequence[Triaged]) -> list[tuple[str, ...]]:
    counts = Counter(item.answer.category for item in triaged)
    return [(category, str(counts[category])) for category in CATEGORIES]


def _row(item: Triaged) -> tuple[str, ...]:
    answer = item.answer
    return (
        escaped(item.id),
        answer.urgency,
        answer.category,
        escaped(answer.summary),
        "yes" if item.doubt else "",
    )


def _changes(item: Triaged) -> list[str]:
    summaries = [*(rejected.summary for rejected in item.rejected), item.answer.summary]
    return [
        f"{escaped(item.id)}: {_change(rejected.summary, later)} {escaped(rejected.reason)}"
        for rejected, later in zip(item.rejected, summaries[1:], strict=True)
    ]


def _change(before: str, after: str) -> str:
    if before == after:
        return f'"{escaped(before)}" was sent back and came again.'
    return f'"{escaped(before)}" became "{escaped(after)}".'


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [header, tuple("---" for _ in header), *rows]
    return ["\n".join(f"| {' | '.join(cells)} |" for cells in lines)]


def _bullets(lines: list[str]) -> list[str]:
    return ["\n".join(f"- {line}" for line in lines) or "Nothing."]


def _spaced(parts: Iterable[str]) -> list[str]:
    return [line for part in parts for line in (part, "")][:-1]
