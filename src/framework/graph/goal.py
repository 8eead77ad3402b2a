"""Goals, their criteria and their constraints."""

from framework.model.goal import Constraint, Goal, GoalStatus, SuccessCriterion

__all__ = ["Constraint", "Goal", "GoalStatus", "SuccessCriterion"]
