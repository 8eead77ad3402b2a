"""The event bus: live events of running agents, to whoever listens.

The bus carries what is worth watching; the journal is the record. Token
deltas exist only here. Publishing never waits: plain listeners are called at
once, asynchronous ones and streams get a bounded queue each.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from inspect import iscoroutine, iscoroutinefunction
from itertools import count
from typing import TYPE_CHECKING, Any

from framework.errors import SpecError
from framework.events.event import AgentEvent, EventType
from framework.events.queue import EventQueue, EventStream, Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    Listener = Callable[[AgentEvent], Coroutine[Any, Any, None] | None]

__all__ = ["AgentEvent", "EventBus", "EventType"]

_log = logging.getLogger("framework.events")

MAX_QUEUE = 1000
"""Events that wait for one asynchronous listener at most."""


class EventBus:
    """Hands events to its subscribers, in order.

    A plain listener hears an event before ``publish`` returns. A subscriber
    that raises is logged and disturbs neither the run nor the others.
    """

    def __init__(self) -> None:
        """Start without subscribers."""
        self._ids = count(1)
        self._subscribers: dict[int, tuple[Filter, Callable[[AgentEvent], object]]] = {}
        self._pumps: dict[int, _Pump] = {}

    def subscribe(  # noqa: PLR0913  (the public contract of existing packages)
        self,
        listener: Listener | None = None,
        types: Iterable[EventType | str] = (),
        *,
        event_types: Iterable[EventType | str] = (),
        handler: Listener | None = None,
        run_id: str | None = None,
        node_id: str | None = None,
        max_queue: int = MAX_QUEUE,
    ) -> int:
        """Call a listener for events; return the id to unsubscribe with.

        Args:
            listener: called with each event; a coroutine function gets a queue of its own.
            types: the types to hear; none means all.
            event_types: the same, by the name existing packages use.
            handler: the listener, by the name existing packages use.
            run_id: hear this run alone.
            node_id: hear this node alone.
            max_queue: events that may wait for a coroutine function.
        """
        heard = listener or handler
        if heard is None:
            raise SpecError("subscribe() needs a listener: a function that takes the event.")
        number = next(self._ids)
        wanted = Filter((*types, *event_types), run_id, node_id)
        if iscoroutinefunction(heard) or iscoroutinefunction(
            getattr(heard, "__call__", None)  # noqa: B004  (a callable object's own method)
        ):
            pump = self._pumps[number] = _Pump(heard, max_queue)
            self._subscribers[number] = (wanted, pump.put)
        else:
            self._subscribers[number] = (wanted, heard)
        return number

    def stream(
        self,
        types: Iterable[EventType | str] = (),
        *,
        run_id: str | None = None,
        node_id: str | None = None,
        max_queue: int = MAX_QUEUE,
    ) -> EventStream:
        """Return the events from now on as an asynchronous iterator.

        Args:
            types: the types to hear; none means all.
            run_id: hear this run alone.
            node_id: hear this node alone.
            max_queue: events that may wait for the reader; beyond it token deltas are dropped
                first, and an ``events_dropped`` event tells how many.
        """
        number = next(self._ids)
        stream = EventStream(max_queue, lambda: self.unsubscribe(number))
        self._subscribers[number] = (Filter(types, run_id, node_id), stream.put)
        return stream

    def unsubscribe(self, number: int) -> bool:
        """Stop calling the listener with this id; return whether there was one."""
        pump = self._pumps.pop(number, None)
        if pump is not None:
            pump.stop()
        return self._subscribers.pop(number, None) is not None

    def is_heard(self) -> bool:
        """Return whether anyone listens."""
        return bool(self._subscribers)

    def publish(self, event: AgentEvent) -> None:
        """Hand ``event`` to everyone who wants it; never waits."""
        for wanted, listener in tuple(self._subscribers.values()):
            if not wanted.wants(event):
                continue
            try:
                listener(event)
            except Exception:  # noqa: BLE001  (a listener is foreign code; the run goes on)
                _log.exception("listener_failed", extra={"event_type": event.type})

    async def drain(self) -> None:
        """Wait until the asynchronous listeners have heard everything published so far."""
        for pump in tuple(self._pumps.values()):
            await pump.drained()


class _Pump:
    """Feeds one asynchronous listener from its queue; its task ends when that is empty."""

    def __init__(self, listener: Listener, max_queue: int) -> None:
        self._listener = listener
        self._queue = EventQueue(max_queue)
        self._task: asyncio.Task[None] | None = None
        self._context = copy_context()  # Of whoever listens: it is no part of the work that is told about.

    def put(self, event: AgentEvent) -> None:
        self._queue.put(event)
        if self._task is None or self._task.done():
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return  # Nothing runs yet; the next event from a run hands this one over, too.
            self._task = loop.create_task(self._feed(), name="event-listener", context=self._context)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def drained(self) -> None:
        if self._task is not None and self._task is not asyncio.current_task():
            await asyncio.wait({self._task})

    async def _feed(self) -> None:
        while (event := self._queue.take()) is not None:
            try:
                heard = self._listener(event)
                if iscoroutine(heard):
                    await heard
            except Exception:  # noqa: BLE001  (a listener is foreign code; the run goes on)
                _log.exception("listener_failed", extra={"event_type": event.type})
