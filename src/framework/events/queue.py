"""A bounded queue of events: a listener that is too slow loses token deltas first, and is told how many."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from framework.errors import SettingsError
from framework.events.event import DELTAS, AgentEvent, EventType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self


class EventQueue:
    """Keeps the newest events for one listener, ``max_queue`` of them at most.

    When it is full the oldest token delta goes; when it holds none, the oldest
    event. What comes out next is then an event of the type ``events_dropped``
    whose ``data["dropped"]`` counts the events lost since the last one.
    """

    def __init__(self, max_queue: int) -> None:
        """Hold ``max_queue`` events."""
        if max_queue < 1:
            raise SettingsError(f"max_queue must be 1 or more, and is {max_queue}.")
        self._max = max_queue
        self._deltas: deque[tuple[int, AgentEvent]] = deque()
        self._others: deque[tuple[int, AgentEvent]] = deque()
        self._count = 0
        self._dropped = 0

    def __len__(self) -> int:
        """Give the number of events held."""
        return len(self._deltas) + len(self._others)

    def put(self, event: AgentEvent) -> None:
        """Add an event, dropping one when there is no room."""
        kept = self._deltas if event.type in DELTAS else self._others
        self._count += 1
        kept.append((self._count, event))
        if len(self) > self._max:
            (self._deltas or self._others).popleft()
            self._dropped += 1

    def take(self) -> AgentEvent | None:
        """Return the next event, a gap first; None when there is nothing."""
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            return AgentEvent(type=EventType.EVENTS_DROPPED, run_id="", data={"dropped": dropped})
        if not self:
            return None
        is_delta_next = bool(self._deltas) and (not self._others or self._deltas[0] < self._others[0])
        return (self._deltas if is_delta_next else self._others).popleft()[1]


class Filter:
    """Which events a listener wants: of some types, of one run, of one node."""

    __slots__ = ("_node_id", "_run_id", "_types")

    def __init__(self, types: Iterable[EventType | str], run_id: str | None, node_id: str | None) -> None:
        """Want the events of ``types`` (none means all), of the run and the node when given."""
        self._types = frozenset(EventType(kind) for kind in types)
        self._run_id = run_id
        self._node_id = node_id

    def wants(self, event: AgentEvent) -> bool:
        """Whether the listener wants the event."""
        return (
            (not self._types or event.type in self._types)
            and (self._run_id is None or event.run_id == self._run_id)
            and (self._node_id is None or event.node_id == self._node_id)
        )


class EventStream:
    """The events from now on, one by one: an asynchronous iterator that never holds a run up.

    Use it in ``async with``, or close it, so that the bus lets go of it.
    """

    def __init__(self, max_queue: int, leave: Callable[[], object]) -> None:
        """Buffer ``max_queue`` events; ``leave`` is called when the stream is closed."""
        self._queue = EventQueue(max_queue)
        self._leave = leave
        self._arrived = asyncio.Event()
        self._is_closed = False

    def put(self, event: AgentEvent) -> None:
        """Take an event from the bus."""
        self._queue.put(event)
        self._arrived.set()

    def __aiter__(self) -> Self:
        """Iterate over the events to come."""
        return self

    async def __anext__(self) -> AgentEvent:
        """Return the next event, waiting for it."""
        while True:
            event = self._queue.take()
            if event is not None:
                return event
            if self._is_closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()

    async def __aenter__(self) -> Self:
        """Go on listening."""
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Stop listening."""
        self.close()

    def close(self) -> None:
        """Stop listening; what is buffered can still be read."""
        self._is_closed = True
        self._leave()
        self._arrived.set()

    async def aclose(self) -> None:
        """Stop listening, as an asynchronous generator would."""
        self.close()
