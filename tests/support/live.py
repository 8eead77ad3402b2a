"""A stream kept in memory, of which everything can be told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hive.control.domain.ids import TeamId
from hive.control.domain.live import Batch, Channel, Gap, Page, Shown, Stream
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from hive.control.api.parts import Parts
    from hive.control.domain.live import Entry
    from hive.control.services.live_rooms import Follower

CHANNEL = Channel(TeamId(UUID(int=1)), Stream.LOGS)
GAUGE = Channel(TeamId(UUID(int=1)), Stream.HEARTBEATS)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class StreamInMemory:
    """Fits the protocol by which rooms read."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.swept = 0
        self.is_away = False
        self.pages = 0

    def store(self, count: int, **fields: Any) -> None:
        first = len(self.events) + 1
        self.events += [{"number": first + each, **fields} for each in range(count)]

    async def newest(self, channel: Channel) -> int:
        del channel
        await self._answer()
        return len(self.events)

    async def page(self, channel: Channel, after: int, limit: int) -> Page:
        del channel
        await self._answer()
        self.pages += 1
        start = max(after, self.swept)
        shown = [Shown(start + n, event) for n, event in enumerate(self.events[start : start + limit], 1)]
        return Page(events=shown, newest=len(self.events) if shown else after)

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.is_away:
            raise UnavailableError("The database is out of reach; try again.")


def batch(before: int, upto: int, channel: Channel = CHANNEL) -> Batch:
    events = [{"number": number} for number in range(before + 1, upto + 1)]
    return Batch(channel=channel, before=before, upto=upto, events=events, window=(NOW, NOW))


def numbers(entry: Entry) -> list[int]:
    """Return the events of an entry."""
    return [event["number"] for event in entry.events] if isinstance(entry, Batch) else []


def check_whole(got: list[Entry], start: int) -> int:
    """Check that entries follow each other and tell exactly of what they leave out; return where they end."""
    at = start
    for entry in got:
        assert entry.before == at
        if isinstance(entry, Gap):
            assert entry.count == entry.upto - entry.before > 0
        else:
            assert numbers(entry) == list(range(entry.before + 1, entry.upto + 1))
        at = entry.upto
    return at


async def nobody_follows(parts: Parts) -> None:
    """Wait until the last follower has left."""
    async with asyncio.timeout(5):
        while parts.live.followers:  # noqa: ASYNC110  (nothing tells when it leaves)
            await asyncio.sleep(0.01)


async def taken(follower: Follower, count: int = 1, patience_s: float = 5.0) -> list[Entry]:
    """Return the next entries."""
    async with asyncio.timeout(patience_s):
        return [await follower.next() for _ in range(count)]
