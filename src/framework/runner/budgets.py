"""The budgets of an agent on this machine: whose policy holds, at what prices, and what was spent before."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from framework.errors import JournalError
from framework.journal.entry import decode_line
from framework.journal.ledger import Ledger
from framework.llm.resolve import LOCAL
from framework.llm.weights import SUFFIX
from framework.loop.budget import BudgetPolicy, LocalBudgets, Scope, load_policy
from framework.model.events import (
    BudgetRuled,
    BudgetRuledAgain,
    BudgetSettled,
    ModelAnswered,
    ModelRequested,
    RunResumed,
    RunStarted,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from framework.journal.base import Journal

POLICY_FILE = "budget.json"
"""Name of the policy in the home folder that holds for every agent here."""

BUDGET_OPTION = "--budget"
"""Who sets the limit of one run, as a block says it."""

OLLAMA = "ollama/"
"""Models of this machine that another program runs."""

_FORK = b'"kind":"run_forked"'
_COUNTED = tuple(
    f'"kind":"{event.kind}"'.encode()
    for event in (BudgetRuled, BudgetRuledAgain, BudgetSettled, ModelAnswered, ModelRequested, RunResumed)
)


def policy_at(home: Path) -> BudgetPolicy | None:
    """Return the policy of this machine, None if there is none.

    Raises:
        SettingsError: if it cannot be read, or says something a policy cannot say.
    """
    path = home / POLICY_FILE
    return load_policy(path, list_price) if path.exists() else None


def run_budget(home: Path, limit_usd: Decimal | None) -> BudgetPolicy | None:
    """Return the policy of this machine, with a limit for the run in addition when one is given.

    Raises:
        SettingsError: if the policy of this machine cannot be used.
    """
    policy = policy_at(home)
    if limit_usd is None:
        return policy
    return (policy or BudgetPolicy()).with_run_limit(limit_usd, set_by=BUDGET_OPTION)


async def budgets_of(policy: BudgetPolicy, *, agent: str, journal: Journal) -> LocalBudgets:
    """Return the gate that keeps ``policy`` for the runs of one agent.

    Raises:
        JournalError: if its stored runs cannot be listed.
    """
    is_counted = any(cap.scope is Scope.AGENT and cap.name in {"", agent} for cap in policy.caps)
    before = {agent: await spent_before(journal, agent)} if is_counted else {}
    return LocalBudgets(policy, pricing=list_price, agent_spent=before)


async def spent_before(journal: Journal, agent: str) -> Decimal:
    """Return the US dollars that the stored runs of an agent spent on models, or may have spent, at most.

    A run that does not read back counts nothing.

    Raises:
        JournalError: if the runs cannot be listed.
    """
    total = Decimal(0)
    for run_id in await journal.run_ids():
        try:
            lines = await journal.read(run_id)
            total += _most_spent(lines) if _is_of(lines, agent) else 0
        except JournalError:
            continue
    return total


def _is_of(lines: Sequence[bytes], agent: str) -> bool:
    """Whether a run is the agent's: several may keep their runs in one folder."""
    event = decode_line(lines[0]).event if lines else None
    return isinstance(event, RunStarted) and event.agent == agent


def _most_spent(lines: Sequence[bytes]) -> Decimal:
    ledger = Ledger()
    for line in _own(lines):
        if any(kind in line for kind in _COUNTED):
            entry = decode_line(line)
            ledger.note(entry.lane, entry.event)
    return ledger.most


def _own(lines: Sequence[bytes]) -> Sequence[bytes]:
    """Return the entries that are the run's own: what a fork shares, the other run paid."""
    forks = [place for place, line in enumerate(lines) if _FORK in line]
    return lines[max(forks) :] if forks else lines


def list_price(model: str, input_tokens: int, output_tokens: int) -> Decimal | None:
    """Return what a call costs in US dollars by the installed list of prices; None when it is not on it.

    A model on this machine costs nothing.
    """
    if model.startswith((LOCAL, OLLAMA)) or model.endswith(SUFFIX):
        return Decimal(0)
    try:
        from framework.llm.remote.prices import most_usd  # noqa: PLC0415  (the list is an optional dependency)
    except ImportError:
        return None
    return most_usd(model, input_tokens, output_tokens)
