"""What a command tells of a run that ended or waits: lines for a person, one object for a machine."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from rich.text import Text

from framework.graph.result import ExecutionResult, named_nodes
from hive.cli.text import cost, count, duration, one_line, printable
from hive.runs import STOPPED, RunSummary
from hive.runs.steering import OpenQuestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hive.cli.symbols import Symbols

PAUSED = "paused"
WAITING = "waiting"
"""What a paused run is called that waits for a person's answer."""

STATUS_STYLES = {
    "succeeded": "bold green",
    "failed": "bold red",
    "paused": "bold yellow",
    "running": "bold cyan",
    "stopped": "bold yellow",
    "cancelled": "bold yellow",
    "unreadable": "bold red",
}
"""How each status shows."""

_LABEL_WIDTH = 9
_LONGEST_VALUE = 72
_LONGEST_PATH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run's result, its summary, the questions it waits for, and how to look at it again.

    Attributes:
        questions: those that wait for an answer.
        answered: ids of questions whose answer the run has not taken yet.
        storage: what a command about the run says of where it lies, with a space before it.
        more: the command that begins again with a higher budget, where a budget ended the run.
    """

    result: ExecutionResult
    summary: RunSummary
    questions: tuple[OpenQuestion, ...] = ()
    answered: tuple[str, ...] = ()
    storage: str = ""
    more: str = ""
    look: str = ""


def outcome_lines(outcome: Outcome, symbols: Symbols) -> list[Text]:
    """Return what a person wants to know after a run."""
    result, summary = outcome.result, outcome.summary
    lines = [_headline(outcome)]
    if result.error:
        lines.append(labelled("error", printable(result.error), style="red"))
    if summary.rejected:
        lines.append(labelled("rejected", printable(summary.rejected), style="red"))
    for question in outcome.questions:
        lines += question_lines(question)
        answer = shlex.join(["hive", "runs", "answer", result.run_id, question.asked.question_id])
        lines.append(labelled("answer", f'{answer} "..."{outcome.storage}', style="dim"))
    if outcome.answered and not outcome.questions:
        lines.append(labelled("answered", f"hive run --resume {result.run_id}{outcome.storage}", style="dim"))
    lines.append(labelled("path", path_text(result.path, symbols) or "no node ran"))
    if result.total_retries:
        retried = ", ".join(f"{one_line(node, 40)} ({times})" for node, times in result.retry_details.items())
        lines.append(labelled("retried", retried, style="yellow"))
    lines += output_lines(result.output)
    lines.append(labelled("tokens", tokens_text(summary)))
    lines.append(labelled("cost", cost(summary.cost_usd, answers=summary.answers, unpriced=summary.unpriced)))
    lines += goal_lines(result.evaluation, symbols)
    lines.append(labelled("run", result.run_id))
    if outcome.more:
        lines.append(labelled("more", outcome.more, style="dim"))
    if outcome.look:
        lines.append(labelled("look", outcome.look, style="dim"))
    return lines


def short_line(outcome: Outcome) -> Text:
    """Return the one line that is left when a person wants quiet."""
    line = _headline(outcome)
    line.append(f"  run {outcome.result.run_id}", style="dim")
    return line


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Return the same for a machine."""
    result, summary = outcome.result, outcome.summary
    return {
        "run_id": result.run_id,
        "agent": summary.agent,
        "status": result.status,
        "error": {"message": result.error} if result.error else None,
        "output": result.output,
        "path": result.path,
        **({"at_nodes": result.at_nodes} if result.at_nodes else {}),
        "node_visits": result.node_visit_counts,
        "retries": result.retry_details,
        "quality": result.execution_quality,
        "goal": result.evaluation,
        "questions": [question_record(question) for question in outcome.questions],
        **({"answered": list(outcome.answered)} if outcome.answered else {}),
        **({"rejected": summary.rejected} if summary.rejected else {}),
        **figures(summary),
    }


def figures(summary: RunSummary) -> dict[str, Any]:
    """Return steps, time, tokens and cost for a machine; the cost is null when no price is known."""
    is_priced = summary.unpriced < summary.answers or summary.answers == 0
    return {
        "steps": summary.steps,
        "duration_ms": summary.duration_us // 1000,
        "input_tokens": summary.input_tokens,
        "output_tokens": summary.output_tokens,
        "model_answers": summary.answers,
        "unpriced_answers": summary.unpriced,
        "cost_usd": str(summary.cost_usd) if is_priced else None,
    }


def question_record(question: OpenQuestion) -> dict[str, Any]:
    """Return an open question for a machine."""
    asked = question.asked
    return {
        "id": asked.question_id,
        "number": question.number,
        "node": asked.node_id,
        "text": asked.text.load(),
        "options": list(asked.options),
    }


def question_lines(question: OpenQuestion) -> list[Text]:
    """Return an open question for a person, with the number that names it, too."""
    asked = question.asked
    text = printable(str(asked.text.load())).strip() or "(no text)"
    first, *rest = text.splitlines()
    asks = f"{question.number} (node {one_line(asked.node_id, 60)}): "
    lines = [labelled("question", asks + first, style="yellow")]
    lines += [labelled("", line, style="yellow") for line in rest]
    return lines + [labelled("", f"- {printable(option)}", style="yellow") for option in asked.options]


def labelled(label: str, text: str, *, style: str = "") -> Text:
    """Return a line with a label in front."""
    line = Text("  ")
    line.append(label.ljust(_LABEL_WIDTH), style="dim")
    line.append(text, style=style)
    return line


def tokens_text(summary: RunSummary) -> str:
    """Return the tokens of a run."""
    if summary.answers == 0:
        return "none"
    total = summary.input_tokens + summary.output_tokens
    return (
        f"{total:,} ({summary.input_tokens:,} in, {summary.output_tokens:,} out) "
        f"in {count(summary.answers, 'answer')}"
    )


def place_text(nodes: Sequence[str]) -> str:
    """Return where a run stands, with a space before it; empty when it is over."""
    return f" at {named_nodes([one_line(node, 60) for node in nodes])}" if nodes else ""


def path_text(path: list[str], symbols: Symbols) -> str:
    """Return the nodes a run visited; the middle of a long path is left out."""
    names = [one_line(name, 40) for name in path]
    if len(names) > _LONGEST_PATH:
        half = _LONGEST_PATH // 2
        names = [*names[:half], f"({len(names) - _LONGEST_PATH} more)", *names[-half:]]
    return f" {symbols.arrow} ".join(names)


def output_lines(output: Mapping[str, Any]) -> list[Text]:
    """Return a run's output, a short line for each key."""
    if not output:
        return [labelled("output", "nothing", style="dim")]
    lines: list[Text] = []
    for key, value in output.items():
        text = value if isinstance(value, str) else _json(value)
        lines.append(
            labelled("" if lines else "output", f"{one_line(key, 40)} = {one_line(text, _LONGEST_VALUE)}")
        )
    return lines


def goal_lines(evaluation: Mapping[str, Any] | None, symbols: Symbols) -> list[Text]:
    """Return how well the goal was met, criterion by criterion."""
    if evaluation is None:
        return []
    score = evaluation.get("score")
    lines = [labelled("goal", "not measured" if score is None else f"{float(score):.0%} reached")]
    lines += [
        _ruling(item["id"], _score_text(item["score"]), item.get("note", ""), item["score"], symbols)
        for item in evaluation.get("criteria", ())
    ]
    for item in evaluation.get("constraints", ()):
        kept = item["kept"]
        word = {True: "kept", False: "violated", None: "unmeasured"}[kept]
        kind = "hard" if item.get("is_hard") else "soft"
        value = None if kept is None else float(kept)
        lines.append(_ruling(item["id"], f"{word} ({kind})", item.get("note", ""), value, symbols))
    return lines


def _headline(outcome: Outcome) -> Text:
    result, summary = outcome.result, outcome.summary
    status = STOPPED if summary.status == STOPPED else result.status
    line = Text(one_line(summary.agent or "run", 60), style="bold")
    line.append(" ")
    is_asking = status == PAUSED and bool(outcome.questions or outcome.answered)
    line.append(WAITING if is_asking else status, style=STATUS_STYLES.get(status, "bold"))
    line.append(place_text(result.at_nodes))
    line.append(f" after {duration(summary.duration_us)}, {count(summary.steps, 'step')}")
    return line


def _ruling(name: str, text: str, note: str, value: float | None, symbols: Symbols) -> Text:
    sign = symbols.waiting if value is None else symbols.done if value >= 1 else symbols.failed
    style = "dim" if value is None else "green" if value >= 1 else "yellow" if value > 0 else "red"
    line = labelled("", f"{sign} {one_line(name, 40)}: {text}", style=style)
    if note:
        line.append(f"  {one_line(note.removeprefix('unmeasured: '), _LONGEST_VALUE)}", style="dim")
    return line


def _score_text(score: float | None) -> str:
    return "unmeasured" if score is None else f"{score:.0%}"


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
