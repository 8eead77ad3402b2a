"""Closing what is open for longer than its credential counts."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hive.control.domain.principal import Person, Principal, Program
from hive.control.services.endings import end
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator
    from datetime import datetime

    from framework.clock import Clock
    from hive.control.stores.database import Database

EVERY_S = 0.4
"""Seconds between two looks, so that nothing stays open a second longer than it may."""

_log = logging.getLogger("hive.control")


class _Watch:
    """Something open, and what ends it."""

    __slots__ = ("end", "principal")

    def __init__(self, principal: Principal, end: Callable[[], None]) -> None:
        self.principal = principal
        self.end = end


class Standing:
    """A task that asks, for all that is open in this process at once, whether its credentials still count.

    It asks the database, so it needs no announcement to arrive. Where the database is out of reach of this
    process, a key that another one revokes is announced, and what expires is known here.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Ask ``database``."""
        self._database = database
        self._clock = clock
        self._watched: set[_Watch] = set()
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watched(self, principal: Principal, end: Callable[[], None]) -> Generator[None]:
        """Call ``end`` once, if ``principal`` stops to count within the block."""
        watch = _Watch(principal, end)
        if not self._watched:
            self._nudge.set()
        self._watched.add(watch)
        try:
            yield
        finally:
            self._watched.discard(watch)

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep(), name="standing")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            await end([self._task])

    async def revoked(self, key_id: str) -> None:
        """End what was opened with a key, and look at once; the database need not be in reach."""
        self._end({each for each in self._watched if _is_by_key(each.principal, key_id)})
        self._nudge.set()

    async def turn(self) -> int:
        """End what may not go on, and return how much that was.

        Raises:
            UnavailableError: if the database is out of reach; what has expired is ended all the same.
        """
        now = self._clock.now()
        ended = self._end({each for each in self._watched if _has_expired(each.principal, now)})
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

    async def _keep(self) -> None:
        is_away = False
        while True:
            try:
                await self.turn()
                is_away = False
            except UnavailableError as error:
                if not is_away:
                    _log.warning("standing_not_known", extra={"reason": str(error)})
                is_away = True
            except Exception as error:  # noqa: BLE001  (the boundary of the task: it asks again)
                _log.error("standing_failed", exc_info=error)
            self._nudge.clear()
            try:
                async with asyncio.timeout(EVERY_S if self._watched else None):
                    await self._nudge.wait()
            except TimeoutError:
                continue


def _has_expired(principal: Principal, now: datetime) -> bool:
    return principal.expires_at is not None and principal.expires_at <= now


def _is_by_key(principal: Principal, key_id: str) -> bool:
    return isinstance(principal, Program) and principal.key_id == key_id
