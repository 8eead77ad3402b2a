"""One finding of validation: what is wrong, where, and what to change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a graph may run with this finding."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to mend in a graph.

    Attributes:
        severity: an error keeps the graph from running, a warning does not.
        rule: stable id of the rule that was broken.
        where: ``graph``, ``node 'x'`` or ``edge 'y'``.
        message: what is wrong.
        fix: what to change.
    """

    severity: Severity
    rule: str
    where: str
    message: str
    fix: str

    @property
    def is_error(self) -> bool:
        """Whether the graph must not run."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        """Give the finding in one line."""
        return f"{self.severity.value} [{self.rule}] {self.where}: {self.message} | {self.fix}"


def error(rule: str, where: str, message: str, fix: str) -> Finding:
    """Return a finding that keeps the graph from running."""
    return Finding(severity=Severity.ERROR, rule=rule, where=where, message=message, fix=fix)


def warning(rule: str, where: str, message: str, fix: str) -> Finding:
    """Return a finding that the graph can run with."""
    return Finding(severity=Severity.WARNING, rule=rule, where=where, message=message, fix=fix)


def at_node(node_id: str) -> str:
    """Return the ``where`` of a node."""
    return f"node {node_id!r}"


def at_edge(edge_id: str) -> str:
    """Return the ``where`` of an edge."""
    return f"edge {edge_id!r}"


GRAPH = "graph"
"""The ``where`` of a finding that concerns the graph as a whole."""
