"""A goal: what a run should achieve, and how that is measured."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from framework.model.spec import Spec


class GoalStatus(StrEnum):
    """Where a goal stands."""

    DRAFT = "draft"
    READY = "ready"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    SUSPENDED = "suspended"


class SuccessCriterion(Spec):
    """One measure of success.

    ``metric`` is ``output_contains``, ``output_equals``, ``llm_judge``,
    ``custom``, or the name of a number that the run leaves in its output.
    ``weight`` is the share of this criterion in the score, 0 to 1.
    """

    id: str
    description: str = ""
    metric: str = "llm_judge"
    target: Any = None
    weight: float = Field(default=1.0, ge=0.0, le=1.0)


class Constraint(Spec):
    """A rule that the run must keep.

    A violated ``hard`` constraint fails the run; any other type is soft and
    recorded. ``check`` is an expression over the output, or ``llm_judge``.
    """

    id: str
    description: str = ""
    constraint_type: str = "soft"
    category: str = ""
    check: str = ""

    @property
    def is_hard(self) -> bool:
        """Whether a violation fails the run."""
        return self.constraint_type == "hard"


class Goal(Spec):
    """What a run should achieve."""

    id: str
    name: str = ""
    description: str = ""
    status: GoalStatus = GoalStatus.DRAFT
    success_criteria: list[SuccessCriterion] = Field(default_factory=list[SuccessCriterion])
    constraints: list[Constraint] = Field(default_factory=list[Constraint])
    context: dict[str, Any] = Field(default_factory=dict)
    input_schema: dict[str, Any] = Field(default_factory=dict)
    output_schema: dict[str, Any] = Field(default_factory=dict)
    version: str = "1.0.0"
    parent_version: str | None = None
    evolution_reason: str | None = None
