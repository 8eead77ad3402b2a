"""An edge: when one node leads to another."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from framework.model.spec import Spec


class EdgeCondition(StrEnum):
    """When an edge matches."""

    ALWAYS = "always"
    ON_SUCCESS = "on_success"
    ON_FAILURE = "on_failure"
    CONDITIONAL = "conditional"


class EdgeSpec(Spec):
    """A connection from ``source`` to ``target``.

    Attributes:
        condition_expr: expression of a ``conditional`` edge.
        input_mapping: input key of the target -> output or memory key it is filled from.
        priority: higher is considered first; below 0 the edge is a feedback edge.
    """

    id: str
    source: str
    target: str
    condition: EdgeCondition = EdgeCondition.ALWAYS
    condition_expr: str | None = None
    input_mapping: dict[str, str] = Field(default_factory=dict)
    priority: int = 0
    description: str = ""

    @property
    def is_feedback(self) -> bool:
        """Whether the edge loops back (priority below 0)."""
        return self.priority < 0
