"""Closing what is open for longer than its credential counts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hive.control.domain.principal import Person, Principal, Program
from hive.control.services.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator
    from datetime import datetime

    from framework.clock import Clock
    from hive.control.stores.database import Database

EVERY_S = 0.4
"""Seconds between two looks, so that nothing stays open a second longer than it may."""


class _Watch:
    """Something open, and what ends it."""

    __slots__ = ("end", "principal")

    def __init__(self, principal: Principal, end: Callable[[], None]) -> None:
        self.principal = principal
        self.end = end


class Standing:
    """Asks, for all that is open in this process at once, whether its credentials still count.

    It asks the database, so it needs no announcement to arrive. Where the database is out of reach of this
    process, a key that another one revokes is announced, and what expires is known here.

    Attributes:
        worker: asks in the background.
        expiries: ends what has expired meanwhile, however long the database takes to answer.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Ask ``database``."""
        self.worker = Worker("standing", self._work, again_s=EVERY_S)
        self.expiries = Worker("standing-expiries", self._expire, again_s=EVERY_S)
        self._database = database
        self._clock = clock
        self._watched: set[_Watch] = set()

    @contextmanager
    def watched(self, principal: Principal, end: Callable[[], None]) -> Generator[None]:
        """Call ``end`` once, if ``principal`` stops to count within the block."""
        watch = _Watch(principal, end)
        if not self._watched:
            self.worker.wake()
            self.expiries.wake()
        self._watched.add(watch)
        try:
            yield
        finally:
            self._watched.discard(watch)

    async def revoked(self, key_id: str) -> None:
        """End what was opened with a key, and look at once; the database need not be in reach."""
        self._end({each for each in self._watched if _is_by_key(each.principal, key_id)})
        self.worker.wake()

    async def turn(self) -> int:
        """End what may not go on, and return how much that was.

        Raises:
            UnavailableError: if the database is out of reach; what has expired is ended all the same.
        """
        now = self._clock.now()
        ended = self._end_expired(now)
        watched = frozenset(self._watched)
        if not watched:
            return ended
        counting = await self._counting({each.principal for each in watched}, now)
        return ended + self._end({each for each in watched if each.principal not in counting})

    async def _counting(self, principals: Collection[Principal], now: datetime) -> set[Principal]:
        programs = [each for each in principals if isinstance(each, Program)]
        people = [each for each in principals if isinstance(each, Person)]
        keys = {"key_ids": [each.key_id for each in programs]}
        sessions = {
            "session_ids": [each.session_id for each in people],
            "account_ids": [each.account_id for each in people],
            "team_ids": [each.team_id for each in people],
            "now": now,
        }
        async with self._database.transaction() as transaction:
            found = {row["key_id"] for row in await transaction.rows("standing.keys", keys)}
            places = [row["place"] - 1 for row in await transaction.rows("standing.people", sessions)]
        return {each for each in programs if each.key_id in found} | {people[place] for place in places}

    def _end(self, watches: Collection[_Watch]) -> int:
        for watch in watches:
            self._watched.discard(watch)
            watch.end()
        return len(watches)

    def _end_expired(self, now: datetime) -> int:
        return self._end({each for each in self._watched if _has_expired(each.principal, now)})

    async def _work(self) -> float | None:
        await self.turn()
        return EVERY_S if self._watched else None

    async def _expire(self) -> float | None:
        self._end_expired(self._clock.now())
        return EVERY_S if self._watched else None


def _has_expired(principal: Principal, now: datetime) -> bool:
    return principal.expires_at is not None and principal.expires_at <= now


def _is_by_key(principal: Principal, key_id: str) -> bool:
    return isinstance(principal, Program) and principal.key_id == key_id
