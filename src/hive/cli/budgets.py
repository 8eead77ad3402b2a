"""The way on for a run that a budget ended."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from framework.errors import BudgetExceededError
from framework.journal.reading import fold_entries, read_entries
from framework.journal.state import Phase, WalkLane
from framework.loop.budget.policy import MOST_USD
from framework.model.budget_rule import Action, amount_text
from framework.model.events import BudgetRuled, BudgetRuledAgain, RunForked
from framework.runner.budgets import BUDGET_OPTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.journal.base import Journal
    from framework.journal.entry import Entry
    from framework.journal.state import RunState
    from framework.model.events import Event

    Ruled = BudgetRuled | BudgetRuledAgain

_ROOM = 2
"""Times the old limit, or what is used and the open branches need if more: a limit worth going on with."""

_AT_WORK = (Phase.READY, Phase.INSIDE)


async def around_budget(journal: Journal, state: RunState, options: str = "") -> str:
    """Return the way on for a run that ended because a budget let no model be asked; empty for others.

    It is a command, after what else is to be mended before it helps.

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
    for entry in entries:
        block = _block(entry.event)
        if entry.seq > forked and block is not None:
            needed = _needed(state.run_id, entries, entry.seq)
            budget = _enough(block, state.ledger.most, needed)
            option = f" {BUDGET_OPTION} {budget}" if budget else ""
            fork = f"hive runs fork {state.run_id} --at {entry.seq - 1}{option} --run{options}"
            return f"{_mended_first(block)}{fork}"
    return ""


def _ruled(event: Event) -> Ruled | None:
    return event if isinstance(event, BudgetRuled | BudgetRuledAgain) else None


def _block(event: Event) -> Ruled | None:
    ruled = _ruled(event)
    return ruled if ruled is not None and ruled.action == Action.BLOCK else None


def _needed(run_id: str, entries: Sequence[Entry], at: int) -> Decimal:
    """Return US dollars that the branches open at entry ``at``, a block, may need there for their calls.

    Of a branch these are the calls it had under way, made or was refused from there on. One that got
    to none, as it was cut off, needs as much as its last call, or as the blocked one.
    """
    before, after = entries[: at - 1], entries[at - 1 :]
    refused = _estimate(_ruled(after[0].event))
    lanes = fold_entries(run_id, before).lanes.values()
    at_work = [lane for lane in lanes if isinstance(lane, WalkLane) and lane.phase in _AT_WORK]
    needs = [
        _estimate(lane.ruled) + _asked(lane.id, after) or _last(lane.id, before) or refused
        for lane in at_work
    ]
    return sum(needs, Decimal(0))


def _asked(lane: str, entries: Sequence[Entry]) -> Decimal:
    """Return what a lane's calls were to cost at most: all that were allowed, and the dearest refused one."""
    rulings = [ruled for entry in entries if entry.lane == lane and (ruled := _ruled(entry.event))]
    allowed = [_estimate(ruled) for ruled in rulings if ruled.action != Action.BLOCK]
    blocked = [_estimate(ruled) for ruled in rulings if ruled.action == Action.BLOCK]
    return sum(allowed, Decimal(0)) + max(blocked, default=Decimal(0))


def _last(lane: str, entries: Sequence[Entry]) -> Decimal:
    estimates = (_estimate(_ruled(entry.event)) for entry in reversed(entries) if entry.lane == lane)
    return next((estimate for estimate in estimates if estimate), Decimal(0))


def _estimate(ruled: Ruled | None) -> Decimal:
    return Decimal(ruled.estimate_usd) if ruled is not None and ruled.estimate_usd else Decimal(0)


def _enough(block: Ruled, spent: Decimal, needed: Decimal) -> str:
    """Return US dollars that let the run go on; empty where another budget of the run changes nothing.

    Two digits are enough to choose by. A block of an older journal does not say which limit it was.

    Args:
        block: what the budget ruled.
        spent: US dollars that the run spent.
        needed: US dollars that its open branches may need for their calls.
    """
    passed = block.passed
    if not block.estimate_usd or (passed is not None and passed.set_by != BUDGET_OPTION):
        return ""
    limit = Decimal(0)
    if passed is not None:
        limit, spent = Decimal(passed.limit_usd), Decimal(passed.spent_usd) + Decimal(passed.held_usd)
    enough = _ROOM * max(limit, spent + max(needed, _estimate(block)))
    step = Decimal(1).scaleb(enough.adjusted() - 1)
    return amount_text(min(enough.quantize(step, rounding=ROUND_CEILING), MOST_USD))


def _mended_first(block: Ruled) -> str:
    """Say what must be mended before the run can go on, where that is not its own budget."""
    if block.passed is None:
        return "put the model's price into budget.json, then: " if not block.estimate_usd else ""
    if block.passed.set_by == BUDGET_OPTION:
        return ""
    where = block.passed.set_by or "the budget policy"
    return f"raise the limit of ${block.passed.limit_usd} in {where}, then: "
