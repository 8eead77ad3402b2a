"""Taking events: each judged alone, and stored before the answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from hive.control.domain.event_rows import Row, rows_of
from hive.control.domain.fates import Fate, Fates
from hive.control.domain.ids import TeamId
from hive.control.domain.json_text import read_list, write_as_it_came
from hive.control.domain.judging import LARGEST_EVENT, Judged, Refused, judge
from hive.control.services.drain import PATIENCE_OF_DRAIN_S
from hive.control.services.endings import within
from hive.control.services.outages import Outage
from hive.control.services.price_list import installed_prices
from hive.control.stores.breaker import Breaker
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
    """Events of a team that are stored now, and were not before.

    Attributes:
        was_spooled: whether they waited in the spool; who hears of what goes there knows them already.
    """

    team_id: TeamId
    received_at: datetime
    events: Sequence[Judged]
    was_spooled: bool = False


class _Kept(NamedTuple):
    """What is kept of some batches: in the database, and in the spool."""

    stored: Sequence[Stored] = ()
    spooled: Sequence[Stored] = ()


class _Settled(NamedTuple):
    """What becomes of a batch.

    Attributes:
        fresh: events that are in the database, and were not before.
        late: events that are not in it yet.
        fates: of each event that came; what is to be spooled is ``SPOOLED``.
    """

    answer: IngestAnswer
    fresh: list[Judged]
    late: list[Judged]
    fates: list[Fate]


Listener = Callable[[Stored], Awaitable[None]]
"""Told of what is stored; it must not raise, and has two seconds."""

_MOST_IN_A_TRANSACTION = 5000
_MOST_IN_A_SLICE = 16
_LONGEST_SLICE_S = 0.01
_MOST_WAITING = 50_000
_MOST_BYTES_WAITING = 64 * 1024 * 1024
_MOST_WRITERS = 4
_LISTENER_PATIENCE_S = 2.0
_TOO_DEEP = b'"nested too deeply"'

_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events that came together, and what waits for their answer; ``size`` is in bytes of JSON."""

    team_id: TeamId
    received_at: datetime
    raws: Sequence[object]
    judged: Sequence[Judged | Refused]
    rows: Sequence[Row]
    size: int
    answer: asyncio.Future[IngestAnswer] = field(compare=False)

    @property
    def refused(self) -> list[Refused]:
        return [each for each in self.judged if isinstance(each, Refused)]


class Ingest:
    """Stores events of all teams: what comes while a team's transaction runs shares the next one.

    Attributes:
        listeners: told of what was stored.
        spool_listeners: told of what went to the spool, where it is stored later.
        commit_listeners: told how many seconds each transaction took that stores events, or tried to.
        fates: what became of the events that came.
        waiting: how many events came and are not stored yet.
        waiting_bytes: how many bytes of JSON these have.
    """

    def __init__(self, database: Database, spool: Spool | None, clock: Clock, *, patience_s: float) -> None:
        """Store in ``database``, and in ``spool`` where that takes longer than ``patience_s``."""
        self.listeners: list[Listener] = []
        self.spool_listeners: list[Listener] = []
        self.commit_listeners: list[Callable[[float], None]] = []
        self.fates = Fates()
        self.waiting = 0
        self.waiting_bytes = 0
        self._database = database
        self._spool = spool
        self._clock = clock
        self._patience_s = patience_s
        self._waiting: dict[TeamId, deque[_Batch]] = defaultdict(deque)
        self._is_away = False
        self._outage = Outage("events_spooled")
        self._breaker = Breaker()
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
        size = _size(raws)
        self._make_room(raws, size)
        try:
            batch = await self._batch(team_id, self._clock.now(), raws, size)
        except BaseException:
            self._leave_room(len(raws), size)
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
        waiting = deque(
            [
                await self._batch(thing.team_id, thing.received_at, raws, len(thing.payload))
                for thing, raws in read
            ]
        )
        while waiting:
            batches = _next(waiting)
            stored = await self._store_in_parts(batches[0].team_id, batches)
            await self._tell([each._replace(was_spooled=True) for each in stored], self.listeners)

    async def close(self) -> None:
        """Wait until everything that came is stored."""
        while self._judging.locked() or self._writers:
            # Without a writer, what came is being judged: that goes on in slices.
            await (asyncio.wait(self._writers.values()) if self._writers else asyncio.sleep(0))

    def prices(self) -> PriceTable:
        """Return the prices of this moment."""
        return installed_prices(self._clock.now())

    def _make_room(self, raws: Sequence[object], size: int) -> None:
        """Count events that came among those that wait, unless that is more than memory should hold."""
        count = len(raws)
        if self.waiting + count > _MOST_WAITING or self.waiting_bytes + size > _MOST_BYTES_WAITING:
            self.fates.count(raws, Fate.REFUSED)
            raise UnavailableError("Too many events wait to be stored; send them again later.")
        self.waiting += count
        self.waiting_bytes += size

    def _leave_room(self, count: int, size: int) -> None:
        self.waiting -= count
        self.waiting_bytes -= size

    async def _batch(
        self, team_id: TeamId, received_at: datetime, raws: Sequence[object], size: int
    ) -> _Batch:
        """Judge events, one batch at a time and in slices, so that others are served meanwhile.

        Slices are small because whatever is sent to the database waits for the end of one: in larger
        slices the database runs out of rows to read. Large events make a slice of fewer.
        """
        judged: list[Judged | Refused] = []
        rows: list[Row] = []
        async with self._judging:
            while len(judged) < len(raws):
                await asyncio.sleep(0)
                some = _slice(raws, len(judged), received_at)
                good = [each for each in some if isinstance(each, Judged)]
                rows += rows_of(team_id, received_at, good, installed_prices)
                judged += some
        answer = asyncio.get_running_loop().create_future()
        return _Batch(team_id, received_at, raws, judged, rows, size, answer)

    async def _write(self, team_id: TeamId) -> None:
        try:
            while self._waiting[team_id]:
                async with self._turns:
                    batches = _next(self._waiting[team_id])
                    try:
                        kept = await self._keep(team_id, batches)
                    finally:
                        self._give_back(batches)
                await self._tell(kept.stored, self.listeners)
                await self._tell(kept.spooled, self.spool_listeners)
        finally:
            del self._writers[team_id]
            self._give_back(self._waiting.pop(team_id))

    def _give_back(self, batches: Iterable[_Batch]) -> None:
        """Make room again; who has no answer yet, because the writer was cancelled, is refused."""
        batches = list(batches)
        sentence = "The service ended before it stored the events; send them again."
        self._refuse(batches, UnavailableError(sentence))
        for batch in batches:
            self._leave_room(len(batch.judged), batch.size)

    async def _keep(self, team_id: TeamId, batches: Sequence[_Batch]) -> _Kept:
        """Keep batches, answer each, whatever happens, and return what is to be told."""
        outcome = Outcome()
        try:
            if self.is_away:
                return await self._spool_rest(batches, outcome)
            if self._breaker.is_open:
                away = UnavailableError("The database is out of reach; send the events again.")
                return await self._spool_or_refuse(batches, away, outcome)
            if await self._store(team_id, batches, self._patience_s, outcome):
                return _Kept(stored=[self._finish(batch, _settle(batch, outcome)) for batch in batches])
            return await self._spool_or_refuse(batches, None, outcome)
        except (UnavailableError, TimeoutError) as error:
            return await self._spool_or_refuse(batches, error, outcome)
        except Exception as error:  # noqa: BLE001  (the boundary of the writer's turn: whoever waits is told)
            _log.error("events_not_stored", exc_info=error)
            self._refuse(batches, error)
        return _Kept()

    async def _store_in_parts(self, team_id: TeamId, batches: Sequence[_Batch]) -> list[Stored]:
        """Store batches however long the database takes to refuse some of their events, while it gets on.

        Raises:
            UnavailableError: if the database is out of reach; TimeoutError if it settles nothing in time.
        """
        outcome = Outcome()
        settled = 0
        while not await self._store(team_id, batches, PATIENCE_OF_DRAIN_S, outcome):
            if len(outcome.settled) == settled:
                raise TimeoutError
            settled = len(outcome.settled)
        return [self._finish(batch, _settle(batch, outcome)) for batch in batches]

    async def _store(
        self, team_id: TeamId, batches: Sequence[_Batch], patience_s: float, outcome: Outcome
    ) -> bool:
        """Store what ``outcome`` leaves of batches; False if refusals took all of the time."""
        rows = [row for batch in batches for row in batch.rows]
        refused = [each for batch in batches for each in batch.refused]
        storing = store_events(self._database, team_id, outcome.left(rows), refused, outcome)
        is_whole = True
        started = time.perf_counter()
        try:
            # Else teams that wait for their turn would each wait for the database, one after the other.
            with self._breaker.asking(UnavailableError, TimeoutError):
                try:
                    await within(patience_s, storing)
                except TimeoutError:
                    if not outcome.is_refusing:
                        raise
                    is_whole = False  # It answered all the time: that is no reason to ask it no more.
        finally:
            for tell in self.commit_listeners:
                tell(time.perf_counter() - started)
        self._is_away = False
        self._outage.went_well()
        return is_whole

    async def _spool_or_refuse(
        self, batches: Sequence[_Batch], error: Exception | None, outcome: Outcome
    ) -> _Kept:
        """Spool what is not settled; ``error`` says that the database is away, None that it refuses much."""
        if self._spool is None:
            self._refuse(batches, _unavailable(error))
            return _Kept()
        if error is not None:
            self._is_away = True
            self._outage.failed(reason=str(error) or "it took too long")
        try:
            return await self._spool_rest(batches, outcome)
        except UnavailableError as full:
            self._refuse(batches, full)
            return _Kept()

    async def _spool_rest(self, batches: Sequence[_Batch], outcome: Outcome) -> _Kept:
        assert self._spool is not None  # noqa: S101  (asked before)
        settled = [_settle(batch, outcome, is_cut=True) for batch in batches]
        things = [
            Spooled(
                team_id=batch.team_id,
                kind=EVENTS,
                received_at=batch.received_at,
                payload=_written(left),
            )
            for batch, each in zip(batches, settled, strict=True)
            if (left := _left(batch, each))
        ]
        await self._spool.put(things)
        stored = [self._finish(batch, each) for batch, each in zip(batches, settled, strict=True)]
        late = [each._replace(events=own.late) for each, own in zip(stored, settled, strict=True)]
        return _Kept(stored=stored, spooled=late)

    def _finish(self, batch: _Batch, settled: _Settled) -> Stored:
        """Answer a batch, and return what is new in the database."""
        if not batch.answer.done():
            batch.answer.set_result(settled.answer)
        self.fates.count_each(batch.raws, settled.fates)
        return Stored(batch.team_id, batch.received_at, settled.fresh)

    def _refuse(self, batches: Sequence[_Batch], error: Exception) -> None:
        for batch in batches:
            if not batch.answer.done():
                batch.answer.set_exception(error)
                self.fates.count(batch.raws, Fate.REFUSED)

    async def _tell(self, stored: Sequence[Stored], listeners: Sequence[Listener]) -> None:
        for each in stored:
            for listener in listeners if each.events else ():
                try:
                    async with asyncio.timeout(_LISTENER_PATIENCE_S):
                        await listener(each)
                except Exception as error:  # noqa: BLE001  (the boundary to whoever listens: events are stored)
                    _log.error("listener_failed", exc_info=error)


def _slice(raws: Sequence[object], start: int, received_at: datetime) -> list[Judged | Refused]:
    """Judge as many events as make a slice."""
    end = time.perf_counter() + _LONGEST_SLICE_S
    judged: list[Judged | Refused] = []
    for raw in islice(raws, start, start + _MOST_IN_A_SLICE):
        judged.append(judge(raw, received_at))
        if time.perf_counter() > end:
            break
    return judged


def _size(raws: Sequence[object]) -> int:
    """Return how many bytes events have as JSON."""
    try:
        return len(write_as_it_came(raws))
    except ValueError:
        return sum(map(_size_of_one, raws))


def _size_of_one(raw: object) -> int:
    try:
        return len(write_as_it_came(raw))
    except ValueError:
        return LARGEST_EVENT  # It is nested too deeply, and refused whatever its size.


def _written(raws: Sequence[object]) -> bytes:
    """Return events as the JSON of a list; what is nested too deeply, and refused, as a word that is too."""
    try:
        return write_as_it_came(raws)
    except ValueError:
        return b"[%b]" % b",".join(map(_written_alone, raws))


def _written_alone(raw: object) -> bytes:
    try:
        return write_as_it_came(raw)
    except ValueError:
        return _TOO_DEEP


def _next(waiting: deque[_Batch]) -> list[_Batch]:
    """Take the batches of the next transaction."""
    batches = [waiting.popleft()]
    count = len(batches[0].judged)
    while waiting and count + len(waiting[0].judged) <= _MOST_IN_A_TRANSACTION:
        batches.append(waiting.popleft())
        count += len(batches[-1].judged)
    return batches


def _settle(batch: _Batch, outcome: Outcome, *, is_cut: bool = False) -> _Settled:
    """Return what becomes of a batch; in one outcome an event is new once.

    Where storing was cut short (``is_cut``), what is not settled goes to the spool, and so does what was
    refused, which is quarantined from there.
    """
    fresh: list[Judged] = []
    late: list[Judged] = []
    fates: list[Fate] = []
    rejected: list[RejectedEvent] = []
    rows = iter(batch.rows)
    for index, each in enumerate(batch.judged):
        fates.append(Fate.SPOOLED if is_cut else Fate.QUARANTINED)
        if isinstance(each, Refused):
            rejected.append(RejectedEvent(index=index, reason=each.reason))
        elif (key := next(rows).key) in outcome.unstorable:
            fates[-1] = Fate.QUARANTINED
            rejected.append(RejectedEvent(index=index, reason=outcome.unstorable[key]))
        elif key in outcome.known:
            fates[-1] = Fate.DUPLICATE
        else:
            outcome.known.add(key)
            is_late = is_cut and key not in outcome.settled
            fates[-1] = Fate.SPOOLED if is_late else Fate.STORED
            (late if is_late else fresh).append(each)
    duplicates = fates.count(Fate.DUPLICATE)
    processed = len(fresh) + len(late) + duplicates
    answer = IngestAnswer(processed=processed, duplicates=duplicates, rejected=rejected)
    return _Settled(answer, fresh, late, fates)


def _left(batch: _Batch, settled: _Settled) -> list[object]:
    """Return the events of a batch that are to be spooled, as they came."""
    return [raw for raw, fate in zip(batch.raws, settled.fates, strict=True) if fate is Fate.SPOOLED]


def _unavailable(error: Exception | None) -> UnavailableError:
    if isinstance(error, UnavailableError):
        return error
    return UnavailableError("The database took too long to store the events; send them again.")
