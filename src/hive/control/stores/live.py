"""The order in which the events of a stream were stored, and what it shows of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from hive.control.domain.live import Page, Shown
from hive.control.stores.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from hive.control.domain.event_rows import Row
    from hive.control.domain.ids import TeamId
    from hive.control.domain.live import Channel, Stream
    from hive.control.stores.database import Database, Transaction


async def place(transaction: Transaction, team_id: TeamId, rows: Sequence[Row]) -> None:
    """Give rows that are new the next positions of their streams, in the transaction that stores them.

    It must hold the lock of the team's events: then positions are visible in
    their order, and who went on after one misses nothing.
    """
    streams: dict[Stream, list[Row]] = defaultdict(list)
    for row in rows:
        streams[row.stream].append(row)
    for stream, placed in streams.items():
        times = [row.timestamp for row in placed]
        batch = {
            "team_id": team_id,
            "stream": stream,
            "event_ids": f"{{{','.join([row.event_id for row in placed])}}}",
            "first_time": min(times),
            "last_time": max(times),
        }
        await transaction.change("live.place", batch)


class LiveStore:
    """Reads streams in the order of their positions."""

    def __init__(self, database: Database) -> None:
        """Read from ``database``, which must not lag behind what is stored."""
        self._database = database

    async def newest(self, channel: Channel) -> int:
        """Return the position of the newest event, 0 if there is none.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        async with self._database.transaction(Scope(team_id=channel.team_id)) as transaction:
            row = await transaction.row("live.newest", channel._asdict())
        return 0 if row is None else row["newest"]

    async def page(self, channel: Channel, after: int, limit: int) -> Page:
        """Return at most ``limit`` events after a position.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        asked: dict[str, object] = {**channel._asdict(), "after": after, "limit": limit}
        async with self._database.transaction(Scope(team_id=channel.team_id)) as transaction:
            batches = await transaction.rows("live.after", asked)
            if not batches:
                return Page(events=(), newest=after)
            places = [
                (batch["before"] + number, event_id)
                for batch in batches
                for number, event_id in enumerate(batch["event_ids"], start=1)
            ][:limit]
            wanted = {
                "team_id": channel.team_id,
                "event_ids": [event_id for _, event_id in places],
                "first_time": min(batch["first_time"] for batch in batches),
                "last_time": max(batch["last_time"] for batch in batches),
            }
            name = f"live.show_{channel.stream.replace('-', '_')}"
            found: dict[UUID, Any] = {row["event_id"]: row for row in await transaction.rows(name, wanted)}
        events = [Shown(position, found.get(event_id)) for position, event_id in places]
        return Page(events=events, newest=batches[0]["newest"])
