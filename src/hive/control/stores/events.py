"""Events in the database: each once, and the sums of their hours in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from hive.control.domain.event_rows import Key
from hive.control.domain.ids import EventId
from hive.control.domain.judging import Refused
from hive.control.stores.database import reason
from hive.control.stores.live import place
from hive.control.stores.scope import Scope
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hive.control.domain.event_rows import Row, Table
    from hive.control.domain.ids import TeamId
    from hive.control.stores.database import Database, Transaction

_LOOKED_BACK = timedelta(days=40)
"""How long before an event came it is looked for; that is further back than the time of any that is taken."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of rows so far; whoever stops in the middle goes on from there.

    Attributes:
        known: keys of the events that were stored before.
        unstorable: keys of the events that the database cannot keep, with its reason.
        is_refusing: whether the database refused some, so that they are stored part by part.
        settled: keys of the events whose part is done, in such a case.
    """

    known: set[Key] = field(default_factory=set[Key])
    unstorable: dict[Key, str] = field(default_factory=dict[Key, str])
    is_refusing: bool = False
    settled: set[Key] = field(default_factory=set[Key])

    def left(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return those of ``rows`` that are not settled."""
        return [row for row in rows if row.key not in self.settled] if self.settled else rows


async def store_events(
    database: Database,
    team_id: TeamId,
    rows: Sequence[Row],
    refused: Sequence[Refused],
    outcome: Outcome | None = None,
) -> Outcome:
    """Store rows and what was refused, in one transaction of the team, and return what became of the rows.

    What the database cannot keep is found by halves, so that it takes nothing else with it. Each half that
    is settled stays so, whatever becomes of the rest: ``outcome``, where it is given, tells as it goes. A
    month whose partition nobody made yet, because everything stood still for long, gets it first.

    Raises:
        UnavailableError: if the database is out of reach, or busy; storing again does no harm.
    """
    found = Outcome() if outcome is None else outcome
    try:
        async with database.transaction(Scope(team_id=team_id)) as transaction:
            known = await _insert(transaction, team_id, rows)
            await _quarantine(transaction, team_id, refused)
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.OperationalError) as error:
        if not rows:
            raise
        if await _has_made_room(database, error):
            return await store_events(database, team_id, rows, refused, found)
        found.is_refusing = True
        if refused:
            await store_events(database, team_id, [], refused, found)
        await _by_halves(database, team_id, rows, _sentence(error), found)
        return found
    # What an earlier part stored is known to the next one, and was not known before.
    found.known |= known - found.settled
    if found.is_refusing:
        found.settled.update(row.key for row in rows)
    return found


async def _has_made_room(database: Database, error: psycopg.Error) -> bool:
    """Make the partitions that are missing if ``error`` says that one is, and return whether one was."""
    if not isinstance(error, psycopg.errors.CheckViolation) or error.diag.constraint_name is not None:
        return False
    try:
        async with database.transaction() as transaction:
            row = await transaction.row("schema.create_partitions")
    except psycopg.errors.LockNotAvailable as busy:
        raise UnavailableError(
            "The database makes room for events of another month; send them again."
        ) from busy
    return bool(row and row["made"])


async def _by_halves(
    database: Database, team_id: TeamId, rows: Sequence[Row], sentence: str, outcome: Outcome
) -> None:
    if len(rows) == 1:
        row = rows[0]
        body = str(row.values[-1]).encode()
        blamed = Refused(reason=sentence, raw=body, received_at=row.received_at)
        await store_events(database, team_id, [], [blamed], outcome)
        outcome.unstorable[row.key] = sentence
        outcome.settled.add(row.key)
        return
    middle = len(rows) // 2
    for half in (rows[:middle], rows[middle:]):
        await store_events(database, team_id, half, (), outcome)


def _sentence(error: psycopg.Error) -> str:
    """Say to a sender why the database cannot keep an event."""
    if isinstance(error, psycopg.errors.NumericValueOutOfRange):
        return "Its cost or counts are larger than can be kept, or than what their hour can add up to."
    return f"The database cannot keep it: {reason(error)}."


async def _insert(transaction: Transaction, team_id: TeamId, rows: Sequence[Row]) -> set[Key]:
    """Insert what is new, and return the keys of the rest."""
    if not rows:
        return set()
    tables: dict[Table, dict[EventId, Row]] = defaultdict(dict)
    for row in rows:
        tables[row.table].setdefault(row.event_id, row)
    for table, own in tables.items():
        await transaction.change(f"events.make_{table}")
        await transaction.copy(f"events.copy_{table}", [row.values for row in own.values()])
    # Only now: what is sent while another transaction of the team is under way costs no time later.
    await transaction.row("events.lock", {"team_id": team_id})
    known: set[Key] = set()
    for table, own in tables.items():
        since = min(row.received_at for row in own.values()) - _LOOKED_BACK
        found = await transaction.rows(f"events.insert_{table}", {"team_id": team_id, "since": since})
        old = {EventId(row["event_id"].hex) for row in found}
        await place(transaction, team_id, [row for row in own.values() if row.event_id not in old])
        known |= {(table, event_id) for event_id in old}
    return known


async def _quarantine(transaction: Transaction, team_id: TeamId, refused: Sequence[Refused]) -> None:
    if refused:
        columns = {
            "quarantine_ids": [_quarantine_id(team_id, each) for each in refused],
            "times": [each.received_at for each in refused],
            "senders": [each.sdk_instance_id for each in refused],
            "reasons": [each.reason for each in refused],
            "raws": [each.raw for each in refused],
        }
        await transaction.change("events.quarantine", {"team_id": team_id, **columns})


def _quarantine_id(team_id: TeamId, refused: Refused) -> UUID:
    """Return the same id for the same refusal: after a lost answer it is written again."""
    facts = f"{team_id}\0{refused.received_at.isoformat()}\0{refused.reason}\0".encode() + refused.raw
    return UUID(bytes=sha256(facts).digest()[:16], version=5)
