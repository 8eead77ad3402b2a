"""Live streams of teams: catch up with what is stored, then follow, without a hole and without a double.

The database is the only source: an announcement merely says that there is
something to read. So it does not matter which process stored an event, and
where an announcement is lost, the next look finds what it told of.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from redis.exceptions import RedisError

from hive.control.domain.live import STREAM_OF, Channel, gap
from hive.control.services.live_rooms import Follower, Pace, Reader, Room
from hive.control.services.outages import Outage
from hive.control.services.worker import Worker
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from redis.asyncio import Redis

    from framework.clock import Clock
    from hive.control.domain.live import Entry, Page
    from hive.control.services.ingest import Stored
    from hive.control.services.live_rooms import Source

CHANNEL = "hive:live"
"""The Redis channel that names the streams that have something new."""

MOST_FOLLOWERS = 5000
"""Followers of one process."""

_BETWEEN_ANNOUNCEMENTS_S = 0.01
_AFTER_FAULT_S = 1.0


class LiveStreams:
    """The streams of all teams, as this process serves them.

    Attributes:
        worker: tells other processes in the background.
    """

    def __init__(self, source: Source, hot: Redis, clock: Clock, pace: Pace | None = None) -> None:
        """Read from ``source``; tell other processes over ``hot`` what was stored here."""
        self.worker = Worker("live-announcer", self._announce)
        self._source = source
        self._hot = hot
        self._clock = clock
        self._pace = pace or Pace()
        self._reader = Reader(source, clock, self._pace)
        self._rooms: dict[Channel, Room] = {}
        self._process = uuid4().hex
        self._followers = 0
        self._outage = Outage("stream_not_announced")
        self._untold: set[Channel] = set()

    @property
    def followers(self) -> int:
        """How many follow a stream in this process."""
        return self._followers

    @asynccontextmanager
    async def follow(self, channel: Channel, since: int | None = None) -> AsyncGenerator[Follower]:
        """Give a follower who goes on after ``since``, or begins now.

        Raises:
            UnavailableError: if the database is out of reach, or too many follow.
        """
        if self._followers >= MOST_FOLLOWERS:
            raise UnavailableError("Too many follow streams of this server; try again later.")
        newest = await self._source.newest(channel)
        room = self._enter(channel, newest)
        try:
            if since is not None and since > newest:
                first: Entry = gap(channel, since, newest)
                yield Follower(room, self._reader, since, first)
            else:
                yield Follower(room, self._reader, room.ring.head if since is None else since)
        finally:
            await self._leave(room)

    async def page(self, channel: Channel, since: int | None, limit: int) -> tuple[Page, int]:
        """Return what comes after ``since``, or the newest events, and the position before the first of it.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        newest = await self._source.newest(channel)
        after = max(newest - limit, 0) if since is None else min(since, newest)
        page = await self._source.page(channel, after, limit)
        return page, page.events[0].position - 1 if page.events else after

    async def heard(self, stored: Stored) -> None:
        """Take what was stored by this process."""
        streams = {STREAM_OF[judged.event.event_type] for judged in stored.events}
        channels = {Channel(stored.team_id, stream) for stream in streams}
        self._wake(channels)
        self._untold |= channels
        self.worker.wake()

    async def told(self, said: str) -> None:
        """Take what a process announced."""
        process, *names = said.split()
        if process != self._process:
            self._wake({channel for channel in self._rooms if _name(channel) in names})

    async def look_again(self) -> None:
        """Look at every stream: something may have been announced unheard."""
        self._wake(set(self._rooms))

    def _wake(self, channels: set[Channel]) -> None:
        for channel in channels & self._rooms.keys():
            self._rooms[channel].worker.wake()

    def _enter(self, channel: Channel, newest: int) -> Room:
        if channel not in self._rooms:
            made = Room(channel, newest, self._source, self._clock, self._pace)
            self._rooms[channel] = made
            made.worker.start()
        room = self._rooms[channel]
        room.followers += 1
        self._followers += 1
        return room

    async def _leave(self, room: Room) -> None:
        room.followers -= 1
        self._followers -= 1
        if room.followers == 0:
            del self._rooms[room.channel]
            await room.worker.stop()

    async def _announce(self) -> float | None:
        if not self._untold:
            return None
        channels, self._untold = self._untold, set()
        pause_s = _BETWEEN_ANNOUNCEMENTS_S
        try:
            words = " ".join([self._process, *map(_name, channels)])
            await self._hot.publish(CHANNEL, words)  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        except (RedisError, OSError, TimeoutError) as error:
            # Other processes look by themselves.
            self._outage.failed(reason=type(error).__name__)
            pause_s = _AFTER_FAULT_S
        else:
            self._outage.went_well()
        await asyncio.sleep(pause_s)  # What is stored meanwhile shares the next one.
        return 0


def _name(channel: Channel) -> str:
    return f"{channel.team_id}/{channel.stream}"
