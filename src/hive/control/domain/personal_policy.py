"""The policy as one SDK should have it. Pure.

SDKs match a budget of an agent by the metadata of a call, which nobody sets, never by the name they were
given themselves. So an SDK whose agent is known gets the budget of that agent as one over everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hive.protocol.policy import BudgetPolicy, PolicyDocument


def personal(document: PolicyDocument, agent_name: str) -> PolicyDocument:
    """Return ``document`` for the process in which ``agent_name`` runs; empty if that is not known."""
    budgets = [_personal(budget, agent_name) for budget in document.budgets]
    return document.model_copy(update={"budgets": budgets})


def _personal(budget: BudgetPolicy, agent_name: str) -> BudgetPolicy:
    if budget.type == "agent" and agent_name and agent_name in {budget.id, budget.name}:
        return budget.model_copy(update={"type": "global"})
    if budget.type == "customer" and budget.context_id is None:
        return budget.model_copy(update={"context_id": budget.name})
    return budget
