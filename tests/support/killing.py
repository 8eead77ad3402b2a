"""A process that kills or stops itself at a chosen point: no exception is raised, no ``finally`` runs."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework.journal.entry import decode_line
from framework.model.events import ToolIntended, ToolReturned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from framework.journal.base import Journal, JournalWriter

BEFORE_APPEND, AFTER_APPEND = "before append", "after append"
BEFORE_INTENT, AFTER_INTENT, AFTER_EFFECT, AFTER_RETURN = WINDOWS = (
    "before intent",
    "after intent",
    "after effect",
    "after return",
)
"""Where a process may die around a call of a tool."""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """The ``number``-th time that a process comes to a point, from 1."""

    point: str
    number: int

    def __str__(self) -> str:
        return f"{self.point} {self.number}"


class Killer:
    """Sends a signal, to this process or to another, at one point.

    Attributes:
        counts: how often each point was reached.
    """

    def __init__(self, kill: Kill | None, signal_number: int = signal.SIGKILL, process: int = 0) -> None:
        self._kill = kill
        self._signal = signal_number
        self._process = process or os.getpid()
        self.counts: Counter[str] = Counter()

    def reach(self, point: str) -> None:
        """Note that a point is reached, and send the signal if it is the one."""
        self.counts[point] += 1
        if self._kill is not None and (point, self.counts[point]) == (self._kill.point, self._kill.number):
            os.kill(self._process, self._signal)


class KillingJournal:
    """Stores in another journal, and reaches points before and after every append."""

    def __init__(self, journal: Journal, killer: Killer) -> None:
        self._journal = journal
        self._killer = killer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def create(self, run_id: str) -> KillingWriter:
        """Begin a new run."""
        return KillingWriter(await self._journal.create(run_id), self._killer)

    async def open(self, run_id: str) -> KillingWriter:
        """Become the writer of a stored run."""
        return KillingWriter(await self._journal.open(run_id), self._killer)


class KillingWriter:
    """Reaches points before and after every append."""

    def __init__(self, writer: JournalWriter, killer: Killer) -> None:
        self._writer = writer
        self._killer = killer

    @property
    def last_seq(self) -> int:
        """Sequence number of the last stored entry."""
        return self._writer.last_seq

    async def append(
        self, lines: Sequence[bytes], *, expected: int, blobs: Mapping[str, bytes], durable: bool = False
    ) -> None:
        """Store entries, unless the process dies before."""
        events = [decode_line(line).event for line in lines]
        intended = [event.tool for event in events if isinstance(event, ToolIntended)]
        returned = [event.tool for event in events if isinstance(event, ToolReturned)]
        self._reach(BEFORE_APPEND, *(f"{tool}: {BEFORE_INTENT}" for tool in intended))
        await self._writer.append(lines, expected=expected, blobs=blobs, durable=durable)
        self._reach(AFTER_APPEND, *(f"{tool}: {AFTER_INTENT}" for tool in intended))
        self._reach(*(f"{tool}: {AFTER_RETURN}" for tool in returned))

    async def close(self) -> None:
        """Give the run up."""
        await self._writer.close()

    def _reach(self, *points: str) -> None:
        for point in points:
            self._killer.reach(point)
