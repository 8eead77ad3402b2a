"""Events in the database: each once, and the sums of their hours in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from hive.control.domain.event_rows import Key
from hive.control.domain.judging import Refused
from hive.control.stores.database import reason
from hive.control.stores.live import place
from hive.control.stores.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hive.control.domain.event_rows import Row, Table
    from hive.control.domain.ids import TeamId
    from hive.control.stores.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of rows.

    Attributes:
        known: keys of the events that were stored before.
        unstorable: keys of the events that the database cannot keep, with its reason.
    """

    known: set[Key] = field(default_factory=set[Key])
    unstorable: dict[Key, str] = field(default_factory=dict[Key, str])


async def store_events(
    database: Database, team_id: TeamId, rows: Sequence[Row], refused: Sequence[Refused]
) -> Outcome:
    """Store rows and what was refused, in one transaction of the team.

    What the database cannot keep is found by halves, so that it takes nothing else with it.

    Raises:
        UnavailableError: if the database is out of reach; storing again does no harm.
    """
    try:
        async with database.transaction(Scope(team_id=team_id)) as transaction:
            known = await _insert(transaction, team_id, rows)
            await _quarantine(transaction, team_id, refused)
        return Outcome(known=known)
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.OperationalError) as error:
        if not rows:
            raise
        if refused:
            await store_events(database, team_id, [], refused)
        return await _by_halves(database, team_id, rows, reason(error))


async def _by_halves(database: Database, team_id: TeamId, rows: Sequence[Row], why: str) -> Outcome:
    if len(rows) == 1:
        row = rows[0]
        sentence = f"The database cannot keep it: {why}."
        body = str(row.values[-1]).encode()
        blamed = Refused(reason=sentence, raw=body, received_at=row.received_at)
        await store_events(database, team_id, [], [blamed])
        return Outcome(unstorable={row.key: sentence})
    found = Outcome()
    middle = len(rows) // 2
    for half in (rows[:middle], rows[middle:]):
        part = await store_events(database, team_id, half, ())
        found.known.update(part.known)
        found.unstorable.update(part.unstorable)
    return found


async def _insert(transaction: Transaction, team_id: TeamId, rows: Sequence[Row]) -> set[Key]:
    """Insert what is new, and return the keys of the rest."""
    if not rows:
        return set()
    tables: dict[Table, dict[UUID, Row]] = defaultdict(dict)
    for row in rows:
        tables[row.table].setdefault(row.event_id, row)
    for table, own in tables.items():
        await transaction.change(f"events.make_{table}")
        await transaction.copy(f"events.copy_{table}", [row.values for row in own.values()])
    # Only now: what is sent while another transaction of the team is under way costs no time later.
    await transaction.row("events.lock", {"team_id": team_id})
    known: set[Key] = set()
    for table, own in tables.items():
        found = await transaction.rows(f"events.insert_{table}", {"team_id": team_id})
        old = {row["event_id"] for row in found}
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
