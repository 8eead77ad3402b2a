"""Emptying the spool once the database is back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from hive.errors import UnavailableError

if TYPE_CHECKING:
    from hive.control.domain.ids import TeamId
    from hive.control.stores.spool import Spool, Spooled

Taker = Callable[[Sequence["Spooled"]], Awaitable[None]]
"""Stores things of one team and kind in their order; a ValueError or LookupError blames one of them."""

PATIENCE_OF_DRAIN_S = 30.0
"""How long a transaction of the drain may take: nobody waits for its answer."""

_PAUSE_S = 0.25
_AFTER_FAULT_S = 5.0
_MOST = 500
_log = logging.getLogger("hive.control")


class Drain:
    """A task that stores what waits; what a team sent of one kind in the order in which it came."""

    def __init__(self, spool: Spool, takers: Mapping[str, Taker], *, look_s: float = 5.0) -> None:
        """Give what lies in ``spool`` to the taker of its kind; look every ``look_s`` what others left."""
        self._spool = spool
        self._takers = takers
        self._look_s = look_s
        self._looked_at = 0.0
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep(), name="spool-drain")

    async def stop(self) -> None:
        """End, when the turn under way is done; what still waits is drained at the next start."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def turn(self) -> int:
        """Store what came first, and return how much that was; what is damaged is set aside.

        Raises:
            UnavailableError: if the database is out of reach.
        """
        self._looked_at = time.monotonic()
        things = await self._spool.first(_MOST)
        groups: dict[tuple[TeamId, str], list[Spooled]] = defaultdict(list)
        for thing in things:
            groups[thing.team_id, thing.kind].append(thing)
        for group in groups.values():
            await self._store(group)
        return len(things)

    async def _store(self, things: Sequence[Spooled]) -> None:
        """Store things of one team and kind together; what is damaged is found by halves."""
        try:
            await self._takers[things[0].kind](things)
        except (ValueError, LookupError) as error:
            if len(things) == 1:
                await self._spool.set_aside(things[0].seq, f"{type(error).__name__}: {error}")
                return
            middle = len(things) // 2
            for half in (things[:middle], things[middle:]):
                await self._store(half)
        else:
            await self._spool.remove([thing.seq for thing in things])

    def _is_due(self) -> bool:
        return self._spool.waiting > 0 or time.monotonic() - self._looked_at >= self._look_s

    async def _keep(self) -> None:
        while not self._stop.is_set():
            pause_s = _PAUSE_S
            try:
                if self._is_due() and await self.turn():
                    continue
            except (UnavailableError, TimeoutError):
                pass  # It is still away; the next turn asks again.
            except Exception as error:  # noqa: BLE001  (the boundary of the task: nothing is taken out of the spool)
                _log.error("spool_not_drained", exc_info=error)
                pause_s = _AFTER_FAULT_S
            try:
                async with asyncio.timeout(pause_s):
                    await self._stop.wait()
            except TimeoutError:
                continue
