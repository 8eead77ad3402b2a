"""What ``make demo`` runs: an agent from end to end on this machine, without a key.

Usage: python examples/demo.py [CSV]
"""

from __future__ import annotations

import asyncio
import csv
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.clock import SystemClock
from framework.entry import report
from framework.errors import FrameworkError, InputError
from framework.events.bus import AgentEvent, EventBus, EventType
from framework.graph.executor import new_run_id
from framework.llm.resolve import DEFAULT_LOCAL, LOCAL, default_model
from framework.llm.weights import pull
from framework.runner import AgentRunner
from framework.settings import load_settings
from framework.terminal import ExitCode, exit_code, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.graph import ExecutionResult
    from framework.llm import LLMProvider
    from framework.settings import Settings

EXAMPLES = Path(__file__).resolve().parent
PACKAGE = EXAMPLES / "support_triage"
TICKETS = PACKAGE / "data" / "tickets.csv"
LABELS = PACKAGE / "data" / "labels.csv"
STORAGE = EXAMPLES.parent / ".demo"

_SECTION = "## Tickets"
_EXCERPT_LINES = 14
_MEASURES = ("coverage", "grounding", "settled")


def main(
    argv: Sequence[str] | None = None, *, llm: LLMProvider | None = None, storage: Path = STORAGE
) -> int:
    """Run the example on a CSV file, the shipped one by default, and return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) > 1:
        return _fail("usage: python examples/demo.py [CSV]", ExitCode.UNUSABLE)
    source = Path(arguments[0]).expanduser().absolute() if arguments else TICKETS
    try:
        _check_there(source)  # before weights are fetched for nothing
        settings = load_settings()
        model = default_model(settings)
        if llm is None:
            _provide_weights(model, settings)
        return _run(source, model, settings=settings, llm=llm, storage=storage)
    except FrameworkError as error:
        return report(error)
    except KeyboardInterrupt:
        return _fail("Interrupted before the run began; nothing was stored.", ExitCode.INTERRUPTED)


def _check_there(source: Path) -> None:
    if not source.is_file():
        raise InputError(f"There is no file {str(source)!r}; name a CSV file with your tickets.")


def _provide_weights(model: str, settings: Settings) -> None:
    if model == DEFAULT_LOCAL and settings.api_base and not settings.model:
        _tell("note: HIVE_API_BASE is set, but no model is named; set HIVE_MODEL to one it serves.")
    if model == DEFAULT_LOCAL:
        pull(model.removeprefix(LOCAL), root=settings.models, on_progress=_tell)


def _run(source: Path, model: str, *, settings: Settings, llm: LLMProvider | None, storage: Path) -> int:
    bus = EventBus()
    bus.subscribe(Progress())
    runner = AgentRunner.load(
        PACKAGE, model=model, storage_path=storage, llm=llm, event_bus=bus, settings=settings
    )
    _tell(f"\nSorting the tickets in {source}\nModel: {_described(model if llm is None else llm.model)}\n")
    run_id = new_run_id(SystemClock())
    try:
        result = asyncio.run(runner.run({"csv_path": str(source)}, run_id=run_id))
    except KeyboardInterrupt:
        if run_id not in asyncio.run(runner.journal.run_ids()):
            raise
        way_on = f"hive run --resume {run_id} --storage {shlex.quote(str(storage))}"
        return _fail(f"Interrupted. Carry the run on with: {way_on}", ExitCode.INTERRUPTED)
    if not result.success:
        return _fail(f"error: {result.error} (run {result.run_id})", exit_code(result))
    _tell("\n" + "\n".join([*_excerpt(result), *_goal(result), *_accuracy(source, result), *_cost(result)]))
    return exit_code(result)


class Progress:
    """Prints what the agent decides, as it decides it; subscribe it to an event bus."""

    def __call__(self, event: AgentEvent) -> None:
        """Print one event, if it is a decision."""
        if event.type is EventType.NODE_STARTED and event.node_id == "next_ticket":
            _tell(f"ticket {event.data['visit']}")
        elif event.type is EventType.OUTPUT_SET:
            for line in self._decided(event.data["values"]):
                _tell(f"  {line}")

    def _decided(self, values: dict[str, Any]) -> list[str]:
        said = [f"{key}: {values[key]}" for key in ("category", "urgency", "summary") if key in values]
        if values.get("doubt"):
            ruling = "sent back" if values["verdict"] == "redo" else "left to a person"
            said.append(f"{ruling}: {values['doubt']}")
        return said


def _described(model: str) -> str:
    if model == DEFAULT_LOCAL:
        return (
            f"{model}: SmolLM2 with 135 million parameters, on this machine. It is real, small, and makes "
            "mistakes; with a key (docs/models.md) a larger one does the same work."
        )
    return model


def _excerpt(result: ExecutionResult) -> list[str]:
    text = result.output["report"]
    section = text[text.index(_SECTION) :].partition("\n\n## ")[0].splitlines()
    left_out = len(section) - _EXCERPT_LINES
    more = [f"({left_out} more in the report)"] if left_out > 0 else []
    return [*section[:_EXCERPT_LINES], *more, "", f"Report: {result.output['report_path']}"]


def _goal(result: ExecutionResult) -> list[str]:
    evaluation = result.evaluation or {}
    measured = ", ".join(f"{name} {result.output[name]:.2f}" for name in _MEASURES)
    rulings = evaluation.get("constraints", ())
    kept = sum(bool(ruling["kept"]) for ruling in rulings)
    constraints = f"{kept} of {len(rulings)} hard constraints kept"
    return [f"Goal: score {evaluation.get('score')} of 1 ({measured}); {constraints}"]


def _accuracy(source: Path, result: ExecutionResult) -> list[str]:
    """Say how many of the shipped tickets got the category a person gave them."""
    if source != TICKETS:
        return []
    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = {row["id"]: row["category"] for row in csv.DictReader(file)}
    right = sum(labels[item["id"]] == item["category"] for item in result.output["triaged"])
    return [f"Categories: {right} of {len(labels)} as a person would sort them (data/labels.csv)"]


def _cost(result: ExecutionResult) -> list[str]:
    seconds = result.total_latency_ms / 1000
    dollars = f"${result.total_cost_usd:.4f} (a model without a known price counts as 0)"
    return [f"Cost: {result.total_tokens} tokens, {dollars}, {seconds:.0f} s"]


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"{printable(message)}\n")
    return code


def _tell(text: str) -> None:
    sys.stdout.write(f"{printable(text)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
