"""A room reads one stream once for all who follow it; each follower goes on at a pace of their own."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hive.control.domain.live import GAUGES, Entry, entries, gap
from hive.control.domain.ring import Ring
from hive.control.services.worker import Worker
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.domain.live import Channel, Page

Sink = Callable[[Entry], bool]
"""Takes an entry at once, or says that it cannot."""

_MOST_READERS = 4
_AT_ONCE = 500
_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast streams are read.

    Attributes:
        message_s: least seconds between two messages of a stream; what comes meanwhile shares the next one.
        gauge_s: the same, of a stream of which only the newest counts.
        idle_s: seconds after which it looks for events that nobody told of.
        most_events: events of one message.
        most_behind: events that a room catches up with; beyond, all its followers get a gap.
        most_entries: messages kept for slow followers.
        most_bytes: text kept for slow followers.
    """

    message_s: float = 0.05
    gauge_s: float = 1.0
    idle_s: float = 1.0
    most_events: int = 500
    most_behind: int = 5000
    most_entries: int = 64
    most_bytes: int = 4 * 1024 * 1024


class Source(Protocol):
    """Where streams are stored."""

    async def newest(self, channel: Channel) -> int:
        """Return the position of the newest event, 0 if there is none."""
        ...

    async def page(self, channel: Channel, after: int, limit: int) -> Page:
        """Return at most ``limit`` events after a position."""
        ...


class Room:
    """A stream of a team, while somebody follows it.

    Attributes:
        worker: reads on and on.
        ring: the last of it.
        followers: how many follow.
    """

    def __init__(self, channel: Channel, head: int, source: Source, clock: Clock, pace: Pace) -> None:
        """Read ``channel`` from ``source``, after the position ``head``."""
        self.worker = Worker("live-room", self._read_and_rest, again_s=pace.idle_s)
        self.channel = channel
        self.ring = Ring(head, most_entries=pace.most_entries, most_bytes=pace.most_bytes)
        self.followers = 0
        self._source = source
        self._clock = clock
        self._pace = pace
        self._waiting: dict[Follower, asyncio.Future[None]] = {}
        self._read_at = clock.now()

    async def wait(self, follower: Follower) -> None:
        """Wait until there is something that ``follower`` could not take at once."""
        more = asyncio.get_running_loop().create_future()
        self._waiting[follower] = more
        try:
            await more
        finally:
            del self._waiting[follower]

    async def advance(self) -> bool:
        """Read what comes next; return whether there was anything.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        head = self.ring.head
        limit = self._pace.most_events
        page = await self._source.page(self.channel, head, limit)
        if page.newest - head > self._pace.most_behind:
            page = await self._source.page(self.channel, page.newest - limit, limit)
        now = self._clock.now()
        found = entries(self.channel, head, page, (self._read_at, now))
        for entry in found:
            self.ring.add(entry)
        self._read_at = now
        await self._hand_out(found)
        return bool(found)

    async def _hand_out(self, found: Sequence[Entry]) -> None:
        """Give new entries to all who wait for them, and let others have their turn in between."""
        for number, follower in enumerate(list(self._waiting) if found else (), start=1):
            more = self._waiting.get(follower)
            if more is not None and not more.done() and not follower.took_at_once(found):
                more.set_result(None)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _read_and_rest(self) -> float:
        if not await self.advance():
            return self._pace.idle_s
        # What comes meanwhile shares the next message.
        await asyncio.sleep(self._pace.gauge_s if self.channel.stream in GAUGES else self._pace.message_s)
        return 0


class Follower:
    """Somebody who follows a stream: what comes next is asked for, so a slow one holds nobody up.

    Attributes:
        cursor: the position they are at.
        sink: takes what comes while they wait for it, if it can do so at once; the rest is theirs to ask for.
    """

    def __init__(self, room: Room, reader: Reader, cursor: int, first: Entry | None = None) -> None:
        """Go on in ``room`` after ``cursor``; what that has not kept is read by ``reader``."""
        self.cursor = cursor
        self.sink: Sink | None = None
        self._room = room
        self._reader = reader
        self._ready: deque[Entry] = deque() if first is None else deque([first])
        self._is_live = False

    async def next(self) -> Entry:
        """Return what comes next, when it comes; who stops waiting has missed nothing."""
        while not self._ready:
            if (entry := self._kept()) is not None:
                self._ready.append(entry)
            elif self.cursor >= self._room.ring.head:
                self._is_live = True
                await self._room.wait(self)
            else:
                upto = self._room.ring.join_after(self.cursor)
                self._ready.extend(await self._reader.read(self._room.channel, self.cursor, upto))
        entry = self._ready.popleft()
        self.cursor = entry.upto
        return entry

    def took_at_once(self, found: Sequence[Entry]) -> bool:
        """Let the sink have entries, and return whether it took all of them."""
        for entry in found:
            if self.sink is None or entry.before != self.cursor or not self.sink(entry):
                return False
            self.cursor = entry.upto
        return True

    def _kept(self) -> Entry | None:
        """Return what the room has for them, None if nothing, or only later events."""
        ring = self._room.ring
        if self._is_live and self.cursor < ring.tail:
            return gap(self._room.channel, self.cursor, ring.head)
        entry = ring.after(self.cursor)
        self._is_live |= entry is not None
        return entry


class Reader:
    """Reads for followers what their room has not kept, a few at a time."""

    def __init__(self, source: Source, clock: Clock, pace: Pace) -> None:
        """Read from ``source``."""
        self._source = source
        self._clock = clock
        self._pace = pace
        self._turns = asyncio.Semaphore(_MOST_READERS)

    async def read(self, channel: Channel, after: int, upto: int) -> list[Entry]:
        """Return what comes after a position and not after ``upto``, when the database can be reached."""
        limit = min(self._pace.most_events, upto - after)
        while True:
            try:
                async with self._turns:
                    page = await self._source.page(channel, after, limit)
            except UnavailableError as error:
                _log.warning("stream_waits", extra={"reason": str(error)})
                await asyncio.sleep(self._pace.idle_s)
            else:
                now = self._clock.now()
                return entries(channel, after, page, (now, now)) or [gap(channel, after, upto)]
