"""Time limits in a replay: what ran out of time does so where it did, and nothing else does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from framework.errors import NodeError, NodeTimeoutError
from framework.journal.log import LaneLog
from framework.journal.state import belongs_to
from framework.loop.context import NodeResult
from framework.model.events import NodeFinished, NodeRetried, OutputSet, ValueRead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from framework.journal.entry import Entry
    from framework.journal.state import RunState
    from framework.loop.context import NodeContext, NodeProtocol
    from framework.model.events import Event
    from framework.runtime.replay.recording import Recording

SLOWER_BY_S = 60.0
"""Seconds that a replay may take longer for what was done in time, before it counts as out of time."""


class _Part(NamedTuple):
    """A branch or an attempt that ends where its recording does.

    Attributes:
        deadline: ends it.
        before: the entry before which it ended; None of a branch, which stored no more.
        patience_s: seconds after which it ends although something is left, counted from its last event;
            None if they are counted from its beginning.
    """

    deadline: asyncio.Timeout
    before: int | None = None
    patience_s: float | None = None


class RecordedLimits:
    """Ends branches and attempts where the recording says that they ran out of time, or were cut off.

    How long anything takes this time does not matter: what ran out of time ends
    as soon as it has done all that was recorded of it; what did not may take
    ``SLOWER_BY_S`` longer. Where the recording follows the clock, what ran out
    of time may be done in time now. What was cut off ends as soon as it has done
    all that was recorded of it, whenever the sibling fails that cut it off.
    """

    def __init__(self, recording: Recording, patience_s: float = SLOWER_BY_S) -> None:
        """End what ran out of time, or was cut off, in ``recording``.

        Args:
            recording: the recording.
            patience_s: seconds that a branch which was cut off may come no further before it is cut off
                although something is left of it, which is a difference.
        """
        self._recording = recording
        self._patience_s = patience_s
        self._parts: dict[str, _Part] = {}
        self._attempts: dict[str, _Part] = {}
        self._ended: set[str] = set()
        recording.moved_on = self._move_on
        recording.held = self.at_end

    def of_run(self, limit_s: float) -> asyncio.Timeout:
        """Return a deadline: a run that ran out of time is replayed as far as it came."""
        return asyncio.timeout(limit_s + SLOWER_BY_S)

    def of_branch(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        """Return what ends a branch."""
        if lane_id not in self._recording.timed_out:
            return asyncio.timeout(limit_s + SLOWER_BY_S)
        if self._recording.follows_clock:
            return asyncio.timeout(limit_s)
        return self._part(self._parts, lane_id, None, limit_s)

    def of_cut_off(self, lane_id: str) -> asyncio.Timeout:
        """Return what ends a branch that was cut off."""
        deadline = asyncio.timeout(self._patience_s)
        self._parts[lane_id] = _Part(deadline, patience_s=self._patience_s)
        return deadline

    def is_over(self, lane_id: str) -> bool:
        """Whether nothing is left of a branch that was cut off."""
        return self._is_over(lane_id, None)

    def is_cut_here(self, lane_id: str) -> bool:
        """Whether a lane of a branch that was cut off did no more."""
        is_lost = any(belongs_to(lane_id, branch) for branch in self._recording.cut_off)
        return is_lost and self._recording.next_entry(lane_id) is None

    def is_end_here(self, lane_id: str) -> bool:
        """Whether a lane did no more: its branch was cut off, or the run was left before its end."""
        if self._recording.is_final:
            return self.is_cut_here(lane_id)
        return self._recording.next_entry(lane_id) is None

    def of_attempt(self, lane_id: str, limit_s: float) -> asyncio.Timeout:
        """Return what ends an attempt of a node."""
        self._attempts.pop(lane_id, None)
        end = _end_of_attempt(self._recording.coming(lane_id))
        if end is None or not _is_out_of_time(end.event):
            return asyncio.timeout(limit_s + SLOWER_BY_S)
        if self._recording.follows_clock:
            return asyncio.timeout(limit_s)
        self._ended.discard(lane_id)
        return self._part(self._attempts, lane_id, end.seq, limit_s)

    def reads_left(self, lane_id: str) -> int | None:
        """Return how often the attempt that begins in a lane read from outside before its time was up.

        None if it was done in time, or that is not known.
        """
        coming = self._recording.coming(lane_id)
        reads = next((at for at, entry in enumerate(coming) if not isinstance(entry.event, ValueRead)), None)
        if reads is None:
            return len(coming) if any(belongs_to(lane_id, branch) for branch in self._parts) else None
        part = self._attempts.get(lane_id)
        return reads if part is not None and coming[reads].seq == part.before else None

    def at_end(self, lane_id: str) -> None:
        """Take note that a lane has done what was recorded of it, though that is not stored yet."""
        self._ended.add(lane_id)
        self._look(lane_id)

    def _move_on(self, lane_id: str) -> None:
        self._ended.discard(lane_id)
        self._look(lane_id)

    def _part(
        self, parts: dict[str, _Part], lane_id: str, before: int | None, limit_s: float
    ) -> asyncio.Timeout:
        is_over = self._is_over(lane_id, before)
        deadline = asyncio.timeout(0 if is_over else limit_s + SLOWER_BY_S)
        parts[lane_id] = _Part(deadline, before)
        return deadline

    def _look(self, lane_id: str) -> None:
        """End every part that the lane belongs to and that has done what was recorded of it."""
        for parts in (self._attempts, self._parts):
            for name, part in list(parts.items()):
                if not belongs_to(lane_id, name):
                    continue
                longer_s = 0 if self._is_over(name, part.before) else part.patience_s
                if longer_s is not None:
                    with suppress(RuntimeError):  # It is over already, or ended by itself.
                        part.deadline.reschedule(asyncio.get_running_loop().time() + longer_s)

    def _is_over(self, lane_id: str, before: int | None) -> bool:
        return all(
            name in self._ended or not _is_left(self._recording.next_entry(name), before)
            for name in self._recording.lane_ids
            if belongs_to(name, lane_id)
        )


class HeldNode:
    """Runs a node as it is, but no further than its lane came in the recorded run."""

    def __init__(self, recording: Recording, limits: RecordedLimits, worker: NodeProtocol) -> None:
        """Run ``worker`` as far as ``recording`` goes."""
        self._recording = recording
        self._limits = limits
        self._worker = worker

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Return what the worker gives; wait where the recorded one never came back."""
        lane_id = ctx.log.lane_id
        reads = self._limits.reads_left(lane_id)
        if reads == 0 or self._recording.next_event(lane_id) is None:
            await asyncio.Event().wait()  # The lane was cut off here, or the recording ends.
        if reads is None:
            return await self._worker.execute(ctx)
        log = _ReadingLog(ctx.log, reads, self._limits.at_end)
        result = await self._result(replace(ctx, log=log), log)
        if log.left == 0:
            await asyncio.Event().wait()  # Its time was up before it came to this.
        return result

    def settled(self, ctx: NodeContext) -> NodeResult | None:
        """Return the outputs that a person's answer became in the recorded run, None if it asked again.

        Runs of earlier versions took any words after ``done`` for the text of a sole output.
        """
        event = self._recording.next_event(ctx.log.lane_id)
        if not isinstance(event, OutputSet):
            return None
        return NodeResult(success=True, output={key: value.load() for key, value in event.values.items()})

    async def _result(self, ctx: NodeContext, log: _ReadingLog) -> NodeResult:
        try:
            return await self._worker.execute(ctx)
        except Exception:  # Whatever a node raises once its time is up was not seen.
            if log.left:
                raise
            return NodeResult(success=False)


class _ReadingLog(LaneLog):
    """The log of an attempt that ran out of time after some reads."""

    __slots__ = ("_inner", "_then", "left")

    def __init__(self, inner: LaneLog, left: int, then: Callable[[str], None]) -> None:  # pyright: ignore[reportMissingSuperCall]  (it is the other one, but for what it records)
        self._inner = inner
        self._then = then
        self.lane_id = inner.lane_id
        self.left = left

    @property
    def state(self) -> RunState:
        return self._inner.state

    def record(self, event: Event, meta: dict[str, Any] | None = None) -> None:
        if not isinstance(event, ValueRead):
            self._inner.record(event, meta)
            return
        if self.left == 0:
            raise NodeError("The time of the recorded attempt was up before this.", node_id="")
        self.left -= 1
        self._inner.record(event, meta)
        if self.left == 0:
            self._then(self.lane_id)

    async def commit(self, *, durable: bool = False) -> None:
        await self._inner.commit(durable=durable)

    def at(self, lane_id: str) -> LaneLog:
        return self._inner.at(lane_id)


def _end_of_attempt(coming: Sequence[Entry]) -> Entry | None:
    return next((entry for entry in coming if isinstance(entry.event, NodeFinished | NodeRetried)), None)


def _is_out_of_time(event: Event) -> bool:
    error = event.error if isinstance(event, NodeFinished | NodeRetried) else None
    return error is not None and error.error == NodeTimeoutError.__name__


def _is_left(coming: Entry | None, before: int | None) -> bool:
    return coming is not None and (before is None or coming.seq < before)
