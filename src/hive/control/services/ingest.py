"""Taking events: each judged alone, and stored before the answer."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from hive.control.domain.event_rows import Row, rows_of
from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import read_list, write_json
from hive.control.domain.judging import Judged, Refused, judge
from hive.control.services.drain import PATIENCE_OF_DRAIN_S
from hive.control.services.endings import within
from hive.control.services.price_list import installed_prices
from hive.control.stores.events import Outcome, store_events
from hive.control.stores.spool import Spooled
from hive.errors import UnavailableError
from hive.protocol import IngestAnswer, RejectedEvent

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.domain.prices import PriceTable
    from hive.control.stores.database import Database
    from hive.control.stores.spool import Spool

EVENTS = "events"
"""How the spool names events."""


class Stored(NamedTuple):
    """Events of a team that are stored now, and were not before."""

    team_id: TeamId
    received_at: datetime
    events: Sequence[Judged]


Listener = Callable[[Stored], Awaitable[None]]
"""Told of what is stored; it must not raise, and has two seconds."""

_MOST_IN_A_TRANSACTION = 5000
_MOST_IN_A_SLICE = 50
_MOST_WAITING = 50_000
_MOST_WRITERS = 4
_LISTENER_PATIENCE_S = 2.0
_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events that came together, and what waits for their answer."""

    team_id: TeamId
    received_at: datetime
    raws: Sequence[object]
    judged: Sequence[Judged | Refused]
    rows: Sequence[Row]
    answer: asyncio.Future[IngestAnswer] = field(compare=False)

    @property
    def refused(self) -> list[Refused]:
        return [each for each in self.judged if isinstance(each, Refused)]


class Ingest:
    """Stores events of all teams: what comes while a team's transaction runs shares the next one.

    Attributes:
        listeners: told of what was stored.
    """

    def __init__(self, database: Database, spool: Spool | None, clock: Clock, *, patience_s: float) -> None:
        """Store in ``database``, and in ``spool`` where that takes longer than ``patience_s``."""
        self.listeners: list[Listener] = []
        self._database = database
        self._spool = spool
        self._clock = clock
        self._patience_s = patience_s
        self._waiting: dict[TeamId, deque[_Batch]] = defaultdict(deque)
        self._count = 0
        self._is_away = False
        self._writers: dict[TeamId, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_MOST_WRITERS)
        self._judging = asyncio.Lock()

    @property
    def is_away(self) -> bool:
        """Whether the database did not answer last, so that everything goes to the spool first."""
        return self._is_away and self._spool is not None and self._spool.waiting > 0

    async def take(self, team_id: TeamId, raws: Sequence[object]) -> IngestAnswer:
        """Store events and say what became of each; when this returns they cannot be lost.

        Raises:
            UnavailableError: if neither the database nor the spool can take them, or too many wait.
        """
        if not raws:
            return IngestAnswer(processed=0)
        if self._count + len(raws) > _MOST_WAITING:
            raise UnavailableError("Too many events wait to be stored; send them again later.")
        self._count += len(raws)
        try:
            batch = await self._batch(team_id, self._clock.now(), raws)
        except BaseException:
            self._count -= len(raws)
            raise
        self._waiting[team_id].append(batch)
        if team_id not in self._writers:
            self._writers[team_id] = asyncio.create_task(self._write(team_id), name="event-writer")
        # Who asked may go away; what came is stored all the same.
        return await asyncio.shield(batch.answer)

    async def store_spooled(self, things: Sequence[Spooled]) -> None:
        """Store what waited of a team in the spool, as it would have been when it came.

        Raises:
            UnavailableError: if the database is out of reach.
            ValueError: if one of the things is no list.
        """
        read = [(thing, read_list(thing.payload)) for thing in things]
        waiting = deque([await self._batch(thing.team_id, thing.received_at, raws) for thing, raws in read])
        while waiting:
            batches = _next(waiting)
            await self._tell(await self._store(batches[0].team_id, batches, PATIENCE_OF_DRAIN_S))

    async def close(self) -> None:
        """Wait until everything that came is stored."""
        while self._judging.locked() or self._writers:
            # Without a writer, what came is being judged: that goes on in slices.
            await (asyncio.wait(self._writers.values()) if self._writers else asyncio.sleep(0))

    def prices(self) -> PriceTable:
        """Return the prices of today."""
        return installed_prices(self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0))

    async def _batch(self, team_id: TeamId, received_at: datetime, raws: Sequence[object]) -> _Batch:
        """Judge events, one batch at a time and in slices: meanwhile others are served, the writers first."""
        prices = self.prices()
        judged: list[Judged | Refused] = []
        rows: list[Row] = []
        async with self._judging:
            for start in range(0, len(raws), _MOST_IN_A_SLICE):
                some = [judge(raw, received_at) for raw in raws[start : start + _MOST_IN_A_SLICE]]
                good = [each for each in some if isinstance(each, Judged)]
                rows += rows_of(team_id, received_at, good, prices)
                judged += some
                await asyncio.sleep(0)
        answer = asyncio.get_running_loop().create_future()
        return _Batch(team_id, received_at, raws, judged, rows, answer)

    async def _write(self, team_id: TeamId) -> None:
        try:
            while self._waiting[team_id]:
                async with self._turns:
                    batches = _next(self._waiting[team_id])
                    try:
                        fresh = await self._keep(team_id, batches)
                    finally:
                        self._give_back(batches)
                await self._tell(fresh)
        finally:
            del self._writers[team_id]
            self._give_back(self._waiting.pop(team_id))

    def _give_back(self, batches: Iterable[_Batch]) -> None:
        """Make room again; who has no answer yet, because the writer was cancelled, is refused."""
        for batch in batches:
            self._count -= len(batch.judged)
            if not batch.answer.done():
                sentence = "The service ended before it stored the events; send them again."
                batch.answer.set_exception(UnavailableError(sentence))

    async def _keep(self, team_id: TeamId, batches: Sequence[_Batch]) -> list[Stored]:
        """Store batches, answer them, and return what is new; a task boundary, so each gets an answer."""
        try:
            if not self.is_away:
                return await self._store(team_id, batches, self._patience_s)
            await self._spool_all(batches)
        except (UnavailableError, TimeoutError) as error:
            await self._spool_or_refuse(batches, error)
        except Exception as error:  # noqa: BLE001  (the boundary of the writer's turn: whoever waits is told)
            _log.error("events_not_stored", exc_info=error)
            _refuse(batches, error)
        return []

    async def _store(self, team_id: TeamId, batches: Sequence[_Batch], patience_s: float) -> list[Stored]:
        rows = [row for batch in batches for row in batch.rows]
        refused = [each for batch in batches for each in batch.refused]
        outcome = await within(patience_s, store_events(self._database, team_id, rows, refused))
        self._is_away = False
        return [_settle(batch, outcome) for batch in batches]

    async def _spool_or_refuse(self, batches: Sequence[_Batch], error: Exception) -> None:
        if self._spool is None:
            _refuse(batches, _unavailable(error))
            return
        self._is_away = True
        _log.warning("events_spooled", extra={"batches": len(batches), "reason": str(error)})
        try:
            await self._spool_all(batches)
        except UnavailableError as full:
            _refuse(batches, full)

    async def _spool_all(self, batches: Sequence[_Batch]) -> None:
        assert self._spool is not None  # noqa: S101  (asked before)
        things = [
            Spooled(
                team_id=batch.team_id,
                kind=EVENTS,
                received_at=batch.received_at,
                payload=write_json(batch.raws),
            )
            for batch in batches
        ]
        await self._spool.put(things)
        for batch in batches:
            _settle(batch, Outcome())

    async def _tell(self, stored: Sequence[Stored]) -> None:
        for each in stored:
            for listener in self.listeners if each.events else ():
                try:
                    async with asyncio.timeout(_LISTENER_PATIENCE_S):
                        await listener(each)
                except Exception as error:  # noqa: BLE001  (the boundary to whoever listens: events are stored)
                    _log.error("listener_failed", exc_info=error)


def _next(waiting: deque[_Batch]) -> list[_Batch]:
    """Take the batches of the next transaction."""
    batches = [waiting.popleft()]
    count = len(batches[0].judged)
    while waiting and count + len(waiting[0].judged) <= _MOST_IN_A_TRANSACTION:
        batches.append(waiting.popleft())
        count += len(batches[-1].judged)
    return batches


def _settle(batch: _Batch, outcome: Outcome) -> Stored:
    """Answer a batch, and return what of it is new; within one outcome an event is new once."""
    fresh: list[Judged] = []
    rejected: list[RejectedEvent] = []
    duplicates = 0
    rows = iter(batch.rows)
    for index, each in enumerate(batch.judged):
        if isinstance(each, Refused):
            rejected.append(RejectedEvent(index=index, reason=each.reason))
            continue
        key = next(rows).key
        if key in outcome.unstorable:
            rejected.append(RejectedEvent(index=index, reason=outcome.unstorable[key]))
        elif key in outcome.known:
            duplicates += 1
        else:
            outcome.known.add(key)
            fresh.append(each)
    if not batch.answer.done():
        processed = len(fresh) + duplicates
        batch.answer.set_result(IngestAnswer(processed=processed, duplicates=duplicates, rejected=rejected))
    return Stored(batch.team_id, batch.received_at, fresh)


def _refuse(batches: Sequence[_Batch], error: Exception) -> None:
    for batch in batches:
        if not batch.answer.done():
            batch.answer.set_exception(error)


def _unavailable(error: Exception) -> UnavailableError:
    if isinstance(error, UnavailableError):
        return error
    return UnavailableError("The database took too long to store the events; send them again.")
