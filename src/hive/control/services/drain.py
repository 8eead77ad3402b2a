"""Emptying the spool once the database is back."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hive.control.services.worker import Worker
from hive.control.stores.database import reason, speaks_of_data
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from hive.control.domain.ids import TeamId
    from hive.control.stores.spool import Spool, Spooled

Taker = Callable[[Sequence["Spooled"]], Awaitable[None]]
"""Stores things of one team and kind in their order; a ValueError or LookupError says that one is damaged."""

PATIENCE_OF_DRAIN_S = 30.0
"""How long a transaction of the drain may take: nobody waits for its answer."""

MOST_TRIES = 5
"""How often a thing is tried that fails for a reason of its own, before it is set aside."""

_PAUSE_S = 0.25
_AGAIN_S = 1.0
_GRACE_S = 5.0
_MOST = 500
_MOST_IN_A_ROW = 2
_log = logging.getLogger("hive.control")


class _Failure(NamedTuple):
    """A thing that failed: how often, and how many of its kind had been stored when it did so first."""

    tries: int
    stored_before: int


class Drain:
    """Stores what waits; what a team sent of one kind in the order in which it came.

    What fails for a reason of its own is found by halves, tried in a few rounds and then set aside, so
    that it holds up nothing. Its own is a reason that speaks of it and not of the database; anything else
    counts as its own only if another of its kind was stored meanwhile.

    Attributes:
        worker: does it in the background.
    """

    def __init__(
        self,
        spool: Spool,
        takers: Mapping[str, Taker],
        answers: Callable[[], Awaitable[bool]],
        *,
        look_s: float = 5.0,
    ) -> None:
        """Give what lies in ``spool`` to the taker of its kind.

        Args:
            spool: what it empties.
            takers: who stores which kind.
            answers: says whether the database answers.
            look_s: seconds between two looks for what other processes left.
        """
        self.worker = Worker("spool-drain", self._work, again_s=_PAUSE_S, grace_s=_GRACE_S)
        self._spool = spool
        self._takers = takers
        self._answers = answers
        self._look_s = look_s
        self._looked_at = 0.0
        self._passed = 0
        self._failures: dict[int, _Failure] = {}
        self._stored: Counter[str] = Counter()
        self._unforgotten: set[int] = set()
        self._in_a_row = 0

    async def turn(self) -> int:
        """Take what comes next, and return how much that was; 0 ends a round, and the next begins anew.

        Raises:
            UnavailableError: if the database is out of reach, or the disk refuses to forget what is stored.
        """
        self._looked_at = time.monotonic()
        self._in_a_row = 0
        things = await self._spool.first(_MOST, after=self._passed)
        groups: dict[tuple[TeamId, str], list[Spooled]] = defaultdict(list)
        for thing in things:
            if thing.seq not in self._unforgotten:
                groups[thing.team_id, thing.kind].append(thing)
        for group in groups.values():
            await self._store(group)
        await self._forget()
        self._passed = things[-1].seq if things else 0
        return len(things)

    async def _work(self) -> float:
        is_due = self._spool.waiting > 0 or time.monotonic() - self._looked_at >= self._look_s
        if is_due and await self.turn():
            return 0
        return _AGAIN_S if self._failures else _PAUSE_S

    async def _store(self, things: Sequence[Spooled]) -> None:
        """Store things of one team and kind together; those that cannot be are found by halves."""
        kind = things[0].kind
        try:
            await self._takers[kind](things)
        except Exception as error:  # Whatever it is: one thing must not hold up the others.
            if not _is_of_data(error):
                if not await self._answers():
                    raise
                if self._in_a_row >= _MOST_IN_A_ROW:
                    return  # Everything fails, so none of these is to blame; they come up again.
            if len(things) == 1:
                await self._fail(things[0], error)
                return
            middle = len(things) // 2
            for half in (things[:middle], things[middle:]):
                await self._store(half)
        else:
            self._in_a_row = 0
            self._stored[kind] += len(things)
            for thing in things:
                self._failures.pop(thing.seq, None)
            self._unforgotten.update(thing.seq for thing in things)
            await self._forget()

    async def _forget(self) -> None:
        """Remove what is stored; until that succeeds, it is not stored once more."""
        if self._unforgotten:
            await self._spool.remove(sorted(self._unforgotten))
            self._unforgotten.clear()

    async def _fail(self, thing: Spooled, error: Exception) -> None:
        """Set a thing aside that is damaged, or failed often for a reason of its own."""
        stored = self._stored[thing.kind]
        before = self._failures.get(thing.seq, _Failure(0, stored))
        failure = before._replace(tries=before.tries + 1)
        is_own = _is_of_data(error) or stored > failure.stored_before
        if isinstance(error, ValueError | LookupError) or (is_own and failure.tries >= MOST_TRIES):
            await self._spool.set_aside(thing.seq, f"{type(error).__name__}: {reason(error)}")
            self._failures.pop(thing.seq, None)
            return
        if not _is_of_data(error):
            self._in_a_row += 1
        self._failures[thing.seq] = failure
        facts = {"seq": thing.seq, "kind": thing.kind, "tries": failure.tries}
        _log.warning("spooled_thing_failed", extra=facts, exc_info=error)


def _is_of_data(error: Exception) -> bool:
    """Say whether an error speaks of what was to be stored, and not of the state of the database."""
    return speaks_of_data(error) and not isinstance(error, UnavailableError | OSError)
