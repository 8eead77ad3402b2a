"""Faults of a package as findings, so that all of them are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.model.validation.finding import Finding, error

if TYPE_CHECKING:
    from framework.errors import FrameworkError

_NO_ADVICE = "Mend that, and check again: the rest shows then."


def fault(rule: str, where: str, problem: FrameworkError) -> Finding:
    """Return an error of loading as a finding: what is wrong, and what its sentence advises."""
    what, _, advice = str(problem).rpartition("; ")
    if not what:
        return error(rule, where, str(problem), _NO_ADVICE)
    return error(rule, where, f"{what}.", f"{advice[:1].upper()}{advice[1:]}")
