"""The nodes that are plain functions: reading, taking turns, reviewing, recording, reporting."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.errors import InputError
from framework.graph import NodeContext  # noqa: TC001  (the annotation is read when the node is made)

from .config import CATEGORIES, LEAST_GROUNDED, MOST_REDOS, MOST_TICKET_CHARS, URGENCIES
from .nodes.prompts import shown
from .report import Answer, Rejected, Triaged, render, ticket_ids
from .tickets import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

REPORT_FILE = "triage-report.md"

_WORD = re.compile(r"[^\W_]+")
_FEWEST_WORD_CHARS = 4
_STEM_CHARS = 5


def read_tickets(csv_path: str) -> dict[str, Any]:
    """Return the tickets of the file, none of them triaged yet, and the examples for the model.

    Raises:
        InputError: if the file is no CSV file of tickets.
    """
    return {
        "tickets": [asdict(ticket) for ticket in read_file(csv_path)],
        "triaged": [],
        "category_examples": shown("category"),
        "summary_examples": shown("summary"),
        "urgency_examples": shown("urgency"),
    }


def next_ticket(tickets: list[dict[str, str]], triaged: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first ticket that is not triaged, as the model reads it."""
    ticket = tickets[len(triaged)]
    text = ". ".join(filter(None, (ticket["subject"].rstrip("."), ticket["body"])))
    return {"ticket": text[:MOST_TICKET_CHARS], "rejected": []}


def review(
    ticket: str, category: str, urgency: str, summary: str, rejected: list[dict[str, str]]
) -> dict[str, Any]:
    """Check the model's answers: accept them, send the summary back, or leave the ticket to a person."""
    answer = Answer(category=category, urgency=urgency, summary=" ".join(summary.split()))
    doubt = find_doubt(ticket, answer)
    if doubt and len(rejected) < MOST_REDOS:
        again = [*rejected, {"summary": answer.summary, "reason": doubt}]
        return {"verdict": "redo", "rejected": again, "doubt": doubt, "hint": doubt}
    return {"verdict": "accept", "rejected": rejected, "doubt": doubt}


def record(ctx: NodeContext) -> dict[str, Any]:
    """Add the ticket to the triaged ones and say how many are left."""
    memory = ctx.inputs
    tickets, triaged = memory["tickets"], memory["triaged"]
    summary = " ".join(memory["summary"].split())
    entry = {
        "id": tickets[len(triaged)]["id"],
        "category": memory["category"],
        "urgency": memory["urgency"],
        "summary": summary,
        "rejected": memory["rejected"],
        "doubt": memory["doubt"],
        "grounded": grounded(summary, memory["ticket"]),
    }
    return {"triaged": [*triaged, entry], "remaining": len(tickets) - len(triaged) - 1}


def write_report(ctx: NodeContext) -> dict[str, Any]:
    """Write the report and measure it.

    Raises:
        InputError: if there is no folder to write to.
    """
    triaged = [_triaged(item) for item in ctx.inputs["triaged"]]
    text = render(Path(ctx.inputs["csv_path"]).name, triaged)
    path = _report_folder(ctx) / REPORT_FILE
    _write(path, text)
    count = len(triaged)
    return {
        "report_path": str(path),
        "report": text,
        "reported_ids": ticket_ids(path.read_text(encoding="utf-8")),
        "ticket_ids": [ticket["id"] for ticket in ctx.inputs["tickets"]],
        "coverage": sum(_is_complete(item.answer) for item in triaged) / count,
        "grounding": round(sum(item.grounded for item in triaged) / count, 4),
        "settled": sum(not item.doubt for item in triaged) / count,
    }


def find_doubt(ticket: str, answer: Answer) -> str:
    """Return what is wrong with an answer, in a sentence the model can act on; empty if nothing is."""
    words = words_of(answer.summary)
    if not words:
        return "The summary says nothing; say what the ticket is about."
    if len(set(words)) * 2 <= len(words):
        return "The summary repeats itself; say it once."
    strange = dict.fromkeys(word for word in words if not _stands_in(word, ticket))
    if grounded(answer.summary, ticket) < LEAST_GROUNDED:
        return f"The ticket does not say: {', '.join(strange)}. Use the words of the ticket."
    return ""


def grounded(summary: str, ticket: str) -> float:
    """Return the share of the summary's words that stand in the ticket; 0 if it has no words."""
    words = words_of(summary)
    return round(sum(_stands_in(word, ticket) for word in words) / len(words), 4) if words else 0.0


def words_of(text: str) -> list[str]:
    """Return the words that carry meaning: those of four letters or more, in lower case."""
    return [word for word in _WORD.findall(text.lower()) if len(word) >= _FEWEST_WORD_CHARS]


def _stands_in(word: str, ticket: str) -> bool:
    """Whether the ticket holds the word, or another that begins alike (crash, crashes)."""
    return any(word[:_STEM_CHARS] == other[:_STEM_CHARS] for other in words_of(ticket))


def _is_complete(answer: Answer) -> bool:
    return answer.category in CATEGORIES and answer.urgency in URGENCIES and bool(words_of(answer.summary))


def _triaged(item: Mapping[str, Any]) -> Triaged:
    return Triaged(
        id=item["id"],
        answer=Answer(category=item["category"], urgency=item["urgency"], summary=item["summary"]),
        rejected=tuple(Rejected(**each) for each in item["rejected"]),
        doubt=item["doubt"],
        grounded=item["grounded"],
    )


def _report_folder(ctx: NodeContext) -> Path:
    chosen = ctx.inputs.get("output_dir")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if ctx.data_dir is None:
        raise InputError("This run keeps no files; name a folder for the report as output_dir.")
    return ctx.data_dir.absolute()


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        os.chmod(file.name, 0o644)  # noqa: PTH101  (a name, and readable like the files beside it)
        Path(file.name).replace(path)
    except OSError as error:
        raise InputError(
            f"The report cannot be written to {str(path.parent)!r}: {error.strerror or error}; "
            "name another folder as output_dir."
        ) from error
