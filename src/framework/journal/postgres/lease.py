"""Leases: a writer holds a run for a while, and renews that while it lives."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from framework.errors import JournalError

if TYPE_CHECKING:
    from framework.journal.postgres.database import Database

_log = logging.getLogger("framework.journal")

_BEATS_PER_LEASE = 3


class Holder(Protocol):
    """Someone who holds a run."""

    @property
    def run_id(self) -> str:
        """The run."""
        ...

    @property
    def epoch(self) -> int:
        """The number under which it is held."""
        ...

    def lose(self) -> None:
        """Learn that another holds the run now."""
        ...


class Leases:
    """Renews every lease of this process in one statement, three times a lease.

    The time is the database's: no clock of a machine decides who holds a run.
    """

    def __init__(self, database: Database, *, lease_s: float) -> None:
        """Renew in ``database``, by ``lease_s`` seconds each time."""
        self._database = database
        self._lease_s = lease_s
        self._holders: dict[int, Holder] = {}
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def hold(self, holder: Holder) -> None:
        """Renew the lease of ``holder`` until it is dropped or lost."""
        self._holders[holder.epoch] = holder
        if self._task is None or self._task.done():
            self._stop = asyncio.Event()
            self._task = asyncio.create_task(self._beat(self._stop), name="journal-leases")

    def drop(self, holder: Holder) -> None:
        """Renew the lease of ``holder`` no more."""
        self._holders.pop(holder.epoch, None)

    async def close(self) -> None:
        """Stop renewing."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _beat(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async with asyncio.timeout(self._lease_s / _BEATS_PER_LEASE):
                    await stop.wait()
            except TimeoutError:
                await self._renew()

    async def _renew(self) -> None:
        held = list(self._holders.values())
        if not held:
            return
        asked = {
            "run_ids": [each.run_id for each in held],
            "epochs": [each.epoch for each in held],
            "lease_s": self._lease_s,
        }
        try:
            renewed = {epoch for (epoch,) in await self._database.write("renew_leases", asked, "The leases")}
        except JournalError as error:
            # The next beat tries again, and every append is fenced by itself.
            _log.warning("leases_not_renewed", extra={"reason": str(error), "runs": len(held)})
            return
        for holder in held:
            if holder.epoch not in renewed and self._holders.pop(holder.epoch, None) is not None:
                holder.lose()
