"""The log of a live run: encodes events once, folds them, and hands them to the journal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from framework.errors import JournalError
from framework.journal.entry import NO_META, encode_body, encode_lines, entry_of
from framework.journal.fold import apply
from framework.journal.raised import note_raised
from framework.journal.state import RunState
from framework.model.value import Value, encode_json, write_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from framework.clock import Clock
    from framework.journal.base import JournalWriter
    from framework.journal.entry import Entry, Recorded
    from framework.model.events import Event


def _always() -> bool:
    return True


class RunLog:
    """Records what happens in one run.

    ``record`` folds an event into ``state`` and queues it; ``commit`` appends
    what is queued to the journal and then tells the listeners. Nothing outside
    the run may see a consequence of an event before its ``commit``.
    """

    __slots__ = (
        "_blobs",
        "_clock",
        "_committed",
        "_failure",
        "_is_heard",
        "_known",
        "_listeners",
        "_lock",
        "_queue",
        "_unstored",
        "_writer",
        "state",
    )

    def __init__(
        self,
        writer: JournalWriter,
        clock: Clock,
        *,
        state: RunState | None = None,
        listeners: Sequence[Callable[[Entry], None]] = (),
        is_heard: Callable[[], bool] = _always,
        unstored: Sequence[bytes] = (),
    ) -> None:
        """Write through ``writer``, going on from ``state``.

        Args:
            writer: appends to the journal.
            clock: stamps the entries.
            state: what the journal holds so far; nothing for a new run.
            listeners: told of every entry once it is stored.
            is_heard: whether the listeners want anything just now.
            unstored: the last entries of ``state``, which the first ``commit`` stores and nobody is told of.
        """
        self._writer = writer
        self._clock = clock
        self._listeners = tuple(listeners)
        self._is_heard = is_heard
        self._queue: list[Recorded] = []
        self._unstored = tuple(unstored)
        self._blobs: dict[str, bytes] = {}
        self._known: dict[str, None] = {}  # As small as possible: there is one a run.
        self._lock = asyncio.Lock()
        self._failure: JournalError | None = None
        self.state = state or RunState()
        self._committed = self.state.last_seq - len(unstored)

    def record(self, lane_id: str, event: Event, meta: dict[str, Any] | None = None) -> None:
        """Fold an event and queue it for the next ``commit``."""
        self.record_encoded(lane_id, event, encode_body(event, self._write_value), meta)

    def record_encoded(
        self, lane_id: str, event: Event, body: bytes, meta: dict[str, Any] | None = None
    ) -> None:
        """Fold an event whose content was encoded before, and queue it; see ``record``."""
        state = self.state
        packed = encode_json(meta) if meta else NO_META
        lane = state.lanes.get(lane_id) or state.lane(lane_id)
        digest = lane.advance(event.kind, body) if event.hashed else lane.digest
        seq = state.last_seq = state.last_seq + 1
        at_us = self._clock.epoch_us()
        self._queue.append((seq, at_us, lane_id, event, body, digest, packed))
        apply(state, lane, event, at_us)
        if meta:
            note_raised(state, event, meta)

    async def commit(self, *, durable: bool = False) -> None:
        """Append what is queued, then announce it.

        The queue holds the events of every lane: if one lane is cancelled while
        it commits, the events stay queued for the others; once a commit failed, all fail.

        Raises:
            JournalConflictError: if another writer took the run over.
            JournalWriteError: if the journal cannot be written.
        """
        await self._lock.acquire()  # Not "async with": this is the hot path of every node.
        try:
            if self._failure is not None:
                raise self._failure
            if self._queue or self._unstored or durable:
                await self._append(durable=durable)
        finally:
            self._lock.release()

    async def _append(self, *, durable: bool) -> None:
        queue, self._queue = self._queue, []
        unstored, self._unstored = self._unstored, ()
        blobs, self._blobs = self._blobs, {}
        lines = [*unstored, *encode_lines(queue)]
        try:
            await self._writer.append(lines, expected=self._committed, blobs=blobs, durable=durable)
        except asyncio.CancelledError:
            if self._writer.last_seq == self._committed:
                self._queue = queue + self._queue
                self._unstored = unstored
                self._blobs = blobs | self._blobs
            else:
                self._announce(lines, queue)
            raise
        except JournalError as error:
            self._failure = error
            raise
        self._announce(lines, queue)

    @property
    def failure(self) -> JournalError | None:
        """Why the journal can be written no more, or None while it can."""
        return self._failure

    async def close(self) -> None:
        """Commit what is queued and give the run up."""
        try:
            await self.commit()
        finally:
            await self._writer.close()

    def _announce(self, lines: list[bytes], stored: list[Recorded]) -> None:
        self._committed += len(lines)
        if not self._listeners or not self._is_heard():
            return
        for recorded in stored:
            entry = entry_of(recorded)
            for listen in self._listeners:
                listen(entry)

    def _write_value(self, value: object) -> object:
        if not isinstance(value, Value):
            return write_value(value)
        if value.digest is not None and value.digest not in self._known:
            self._known[value.digest] = None
            self._blobs[value.digest] = value.raw
        return value.wire()


class LaneLog:
    """Records events in one lane of a run."""

    __slots__ = ("_log", "lane_id")

    def __init__(self, log: RunLog, lane_id: str) -> None:
        """Write to ``lane_id`` of ``log``."""
        self._log = log
        self.lane_id = lane_id

    @property
    def state(self) -> RunState:
        """The state of the whole run."""
        return self._log.state

    def record(self, event: Event, meta: dict[str, Any] | None = None) -> None:
        """Fold an event of this lane and queue it."""
        self._log.record(self.lane_id, event, meta)

    async def commit(self, *, durable: bool = False) -> None:
        """Append what is queued; see ``RunLog.commit``."""
        await self._log.commit(durable=durable)

    def at(self, lane_id: str) -> LaneLog:
        """Return the log of another lane of the same run."""
        return LaneLog(self._log, lane_id)
