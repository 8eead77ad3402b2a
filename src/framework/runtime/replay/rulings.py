"""What a budget ruled in a recorded run, and the gate that rules so again."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import TYPE_CHECKING

from framework.loop.budget.base import Ruling
from framework.model.budget_rule import Action
from framework.model.events import (
    BudgetRuled,
    BudgetRuledAgain,
    ModelAnswered,
    ModelRequested,
    NodeFinished,
    NodeRetried,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.loop.budget.base import SpendRequest
    from framework.model.events import Event
    from framework.runtime.replay.recording import Recording


class RecordedRulings:
    """The rulings of a run by lane: the first on each request, and those on other tries of it."""

    def __init__(self, entries: Sequence[Entry], *, after: int) -> None:
        """Collect them from all entries of a run; the first ones where they stand ``after`` an entry."""
        self._first: dict[str, deque[BudgetRuled | None]] = {}
        self._again: dict[tuple[str, int], BudgetRuledAgain] = {}
        ruled: set[str] = set()
        hashed: dict[str, int] = {}
        for entry in entries:
            lane, event = entry.lane, entry.event
            if isinstance(event, BudgetRuledAgain):
                self._again[lane, hashed.get(lane, 0)] = event
            if entry.seq > after:
                self._note_first(lane, event, is_ruled=lane in ruled)
            _follow(ruled, lane, event)
            hashed[lane] = hashed.get(lane, 0) + int(event.hashed)
        self.are_any = any(isinstance(entry.event, BudgetRuled | BudgetRuledAgain) for entry in entries)

    def _note_first(self, lane: str, event: Event, *, is_ruled: bool) -> None:
        match event:
            case BudgetRuled():
                self._first.setdefault(lane, deque()).append(event)
            case ModelRequested() if not is_ruled:
                self._first.setdefault(lane, deque()).append(None)
            case _:
                pass

    def next(self, lane_id: str) -> BudgetRuled | None:
        """Return the first ruling on the lane's next request, None where nothing ruled on it."""
        coming = self._first.get(lane_id)
        return coming.popleft() if coming else None

    def block(self, lane_id: str, done: int) -> BudgetRuledAgain | None:
        """Return the ruling that let no other try follow where a lane has ``done`` so many events."""
        last = self._again.get((lane_id, done))
        return last if last is not None and last.action == Action.BLOCK else None


def _follow(ruled: set[str], lane: str, event: Event) -> None:
    """Keep the lanes whose next request a budget let through."""
    match event:
        case BudgetRuled(action=action) if action != Action.BLOCK:
            ruled.add(lane)
        case ModelAnswered() | NodeRetried() | NodeFinished():
            ruled.discard(lane)
        case _:
            pass


class RecordedBudget:
    """Rules as the budget did that the run was recorded under; no time passes and nothing is spent."""

    def __init__(self, recording: Recording) -> None:
        """Rule from ``recording``."""
        self._recording = recording

    def begin(self, run_id: str, agent: str, spent: Mapping[str, Decimal]) -> None:
        """Take note of nothing."""

    async def reserve(self, request: SpendRequest) -> Ruling | None:
        """Return the recorded ruling, None where there was none; of other tries only a block is ruled."""
        recording, lane_id = self._recording, request.lane_id
        event = recording.block(lane_id) if request.is_settled_on else recording.rulings.next(lane_id)
        if event is None:
            return None
        return Ruling(
            action=Action(event.action),
            reason=event.reason,
            model=event.model,
            estimate_usd=Decimal(event.estimate_usd) if event.estimate_usd else None,
        )

    async def settle(
        self, reservation: int, cost_usd: Decimal | None, tokens: tuple[int, int] | None = None
    ) -> Decimal:
        """Take note of nothing."""
        del reservation, cost_usd, tokens
        return Decimal(0)
