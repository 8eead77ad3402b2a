"""The way on for a run that a budget ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import BudgetExceededError
from framework.journal.reading import read_entries
from framework.model.budget_rule import Action
from framework.model.events import BudgetRuled, BudgetRuledAgain, RunForked

if TYPE_CHECKING:
    from framework.journal.base import Journal
    from framework.journal.state import RunState
    from framework.model.events import Event


async def around_budget(journal: Journal, state: RunState, options: str = "") -> str:
    """Return the command for a run that ended because a budget let no model be asked; empty for others.

    Args:
        journal: holds the run.
        state: what it came to.
        options: further ones of the command.

    Raises:
        JournalError: if the run cannot be read.
    """
    if state.error is None or state.error.error != BudgetExceededError.__name__:
        return ""
    entries = await read_entries(journal, state.run_id)
    forked = max((entry.seq for entry in entries if isinstance(entry.event, RunForked)), default=0)
    blocks = [entry.seq for entry in entries if entry.seq > forked and _is_block(entry.event)]
    if not blocks:
        return ""
    return f"hive runs fork {state.run_id} --at {blocks[0] - 1} --budget USD --run{options}"


def _is_block(event: Event) -> bool:
    return isinstance(event, BudgetRuled | BudgetRuledAgain) and event.action == Action.BLOCK
