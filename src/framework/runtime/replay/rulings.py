"""What a budget ruled in a recorded run, and the gate that rules so again."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from framework.loop.budget.base import Ruling
from framework.model.budget_rule import Action
from framework.model.events import (
    BudgetRuled,
    BudgetRuledAgain,
    ModelAnswered,
    ModelRequested,
    NodeFinished,
    NodeRetried,
    RunResumed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.loop.budget.base import SpendRequest
    from framework.model.events import Event
    from framework.runtime.replay.recording import Recording


class RecordedRulings:
    """The rulings of a run by lane: the first on each request, and those on other tries of it.

    A block is void when the process died with it, and the next one asked again.
    """

    def __init__(self, entries: Sequence[Entry], *, after: int) -> None:
        """Collect them from all entries of a run; the first ones where they stand ``after`` an entry."""
        self._first: dict[str, deque[Ruling | None]] = {}
        self._blocked: dict[str, _Block] = {}
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
            self._follow_blocks(lane, event)
            hashed[lane] = hashed.get(lane, 0) + int(event.hashed)
        self.are_any = any(isinstance(entry.event, BudgetRuled | BudgetRuledAgain) for entry in entries)

    def _note_first(self, lane: str, event: Event, *, is_ruled: bool) -> None:
        if not isinstance(event, BudgetRuled) and (is_ruled or not isinstance(event, ModelRequested)):
            return
        rulings = self._first.setdefault(lane, deque())
        block = self._blocked.pop(lane, None)
        if block is not None and block.is_left_behind:
            rulings[-1] = replace(block.ruling, is_void=True)
        rulings.append(_ruling(event) if isinstance(event, BudgetRuled) else None)

    def _follow_blocks(self, lane: str, event: Event) -> None:
        """Keep the blocks that nothing has followed yet in their lanes."""
        if isinstance(event, RunResumed):
            self._blocked = {
                name: block._replace(is_left_behind=True) for name, block in self._blocked.items()
            }
        elif event.hashed:
            self._blocked.pop(lane, None)
            last = self._first[lane][-1] if isinstance(event, BudgetRuled) and lane in self._first else None
            if last is not None and last.action is Action.BLOCK:
                self._blocked[lane] = _Block(last)

    def next(self, lane_id: str) -> Ruling | None:
        """Return the first ruling on the lane's next request, None where nothing ruled on it."""
        coming = self._first.get(lane_id)
        return coming.popleft() if coming else None

    def block(self, lane_id: str, done: int) -> Ruling | None:
        """Return the ruling that let no other try follow where a lane has ``done`` so many events."""
        last = self._again.get((lane_id, done))
        return _ruling(last) if last is not None and last.action == Action.BLOCK else None


class _Block(NamedTuple):
    """The last event of a lane, a block; ``is_left_behind`` by a process that died."""

    ruling: Ruling
    is_left_behind: bool = False


def _ruling(event: BudgetRuled | BudgetRuledAgain) -> Ruling:
    return Ruling(
        action=Action(event.action),
        reason=event.reason,
        model=event.model,
        estimate_usd=Decimal(event.estimate_usd) if event.estimate_usd else None,
        passed=event.passed,
    )


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
        return recording.block(lane_id) if request.is_settled_on else recording.rulings.next(lane_id)

    async def settle(
        self, reservation: int, cost_usd: Decimal | None, tokens: tuple[int, int] | None = None
    ) -> Decimal:
        """Take note of nothing: the recorded answer says what was counted for it."""
        del reservation, tokens
        return Decimal(0) if cost_usd is None else cost_usd
