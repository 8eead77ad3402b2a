"""Budgets: what a model call may cost is reserved before it is made and settled after it."""

from framework.loop.budget.base import BudgetGate, Ruling, SpendRequest
from framework.loop.budget.local import LocalBudgets
from framework.loop.budget.policy import BudgetPolicy, Cap, ModelPrice, Scope, load_policy
from framework.model.budget_rule import BudgetCheck, check_budget

__all__ = [
    "BudgetCheck",
    "BudgetGate",
    "BudgetPolicy",
    "Cap",
    "LocalBudgets",
    "ModelPrice",
    "Ruling",
    "Scope",
    "SpendRequest",
    "check_budget",
    "load_policy",
]
