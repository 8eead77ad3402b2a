"""Reading from outside the run: the clock, chance, whatever is not the same at the next look.

A value read here is journaled, so a visit that is carried on after a crash,
and a replay, read what was read the first time.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime
from threading import get_ident
from typing import TYPE_CHECKING, Any

from framework.errors import NodeError
from framework.model.events import ValueRead
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.clock import Clock
    from framework.journal.log import LaneLog

CLOCK = "clock"
RANDOM = "random"

_WAIT_S = 30.0
_BITS = 53  # As many as a float holds.


class OutsideValues:
    """What one attempt of a node reads from outside, in the order it reads.

    A plain function, which runs in a thread, may read here, too.
    """

    __slots__ = ("_clock", "_given", "_home", "_log", "_loop", "_taken")

    def __init__(self, log: LaneLog, clock: Clock, given: list[Any]) -> None:
        """Record in ``log``; what was ``given`` is read before anything is looked up."""
        self._log = log
        self._clock = clock
        self._given = given
        self._taken = 0
        self._loop = asyncio.get_running_loop()
        self._home = get_ident()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.fromisoformat(self.read(CLOCK, lambda: self._clock.now().isoformat()))

    def random(self) -> float:
        """Return a number from 0 up to 1, which nobody can foresee."""
        return self.read(RANDOM, lambda: secrets.randbits(_BITS) / (1 << _BITS))

    def token(self, size: int = 16) -> str:
        """Return ``size`` random bytes as hexadecimal text."""
        return self.read(RANDOM, lambda: secrets.token_hex(size))

    def read(self, source: str, look: Callable[[], Any]) -> Any:
        """Return the JSON value that ``look`` finds, or found when this visit read it before.

        Args:
            source: what is read, for the journal, for example ``exchange_rate``.
            look: looks it up; called only when the value is not known yet.

        Raises:
            NotJsonError: if JSON cannot express it.
        """
        if get_ident() == self._home:
            return self._read(source, look)
        return asyncio.run_coroutine_threadsafe(self._read_at_home(source, look), self._loop).result(_WAIT_S)

    async def _read_at_home(self, source: str, look: Callable[[], Any]) -> Any:
        return self._read(source, look)

    def _read(self, source: str, look: Callable[[], Any]) -> Any:
        node = self._log.state.walk(self._log.lane_id).node
        if node is None:
            raise NodeError("The node that reads this is over.", node_id="", retryable=False)
        place, self._taken = self._taken, self._taken + 1
        if place < len(node.reads):
            return node.reads[place].load()
        value = Value.of(self._given.pop(0) if self._given else look())
        self._log.record(ValueRead(source=source, value=value))
        return value.load()
