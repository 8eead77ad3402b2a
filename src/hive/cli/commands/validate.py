"""``hive validate``: check a package and bound what a run of it can cost."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from framework.model.validation.bounds import Bounds, bound_run
from framework.runner.checking import check_folder
from hive.cli.debugging import debug_option
from hive.cli.faults import OK, USAGE
from hive.cli.printing import errors_as_json, say, say_json, stdout_for_result
from hive.cli.text import count, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.model.validation.finding import Finding


@click.command(name="validate")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
def validate(path: Path, *, as_json: bool) -> int:
    """Check the agent package in the folder PATH without running it.

    Exit codes: 0 it can run, 2 it has errors.
    """
    with errors_as_json(is_on=as_json):
        with stdout_for_result(is_on=as_json):
            checked = check_folder(path)
        is_valid = checked.is_valid and checked.package is not None
        bounds = bound_run(checked.package.graph) if checked.package is not None and is_valid else None
        if as_json:
            say_json(_record(checked.name, checked.findings, bounds))
        else:
            say(*finding_lines(checked.name, checked.findings, bounds))
        return OK if is_valid else USAGE


def finding_lines(name: str, findings: Sequence[Finding], bounds: Bounds | None) -> list[Text]:
    """Return every finding, the verdict, and what a run can cost at most."""
    lines = [line for finding in findings for line in _finding(finding)]
    errors = sum(finding.is_error for finding in findings)
    verdict = Text(printable(name), style="bold")
    if errors:
        verdict.append(f" cannot run: {count(errors, 'error')} to mend", style="bold red")
    else:
        verdict.append(" can run", style="bold green")
    if len(findings) > errors:
        verdict.append(f", {count(len(findings) - errors, 'warning')}", style="yellow")
    return [*lines, verdict, *(bound_lines(bounds) if bounds else [])]


def bound_lines(bounds: Bounds) -> list[Text]:
    """Return what no run of the graph exceeds."""
    how = "" if bounds.is_exact else " (added up, since the graph is too large to try all ways)"
    return [
        Text(
            f"A run visits nodes at most {count(bounds.node_visits, 'time')} and asks a model at most "
            f"{count(bounds.model_calls, 'time')}{how}."
        )
    ]


def _finding(finding: Finding) -> list[Text]:
    head = Text(finding.severity.value, style="bold red" if finding.is_error else "bold yellow")
    head.append(f" {printable(finding.where)}: ", style="bold")
    head.append(printable(finding.message))
    head.append(f"  [{finding.rule}]", style="dim")
    return [head, Text(f"      {printable(finding.fix)}", style="dim")]


def _record(name: str, findings: Sequence[Finding], bounds: Bounds | None) -> dict[str, Any]:
    return {
        "name": name,
        "is_valid": bounds is not None,
        "findings": [asdict(finding) for finding in findings],
        "bounds": _bounds_record(bounds) if bounds else None,
    }


def _bounds_record(bounds: Bounds) -> dict[str, Any]:
    return {
        "node_visits": bounds.node_visits,
        "model_calls": bounds.model_calls,
        "visits_by_node": dict(bounds.visits_by_node),
        "is_exact": bounds.is_exact,
    }
