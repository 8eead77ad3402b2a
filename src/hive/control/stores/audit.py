"""The audit log in the database: appended to in the transaction that does what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from hive.control.domain.audit import AuditEntry, Head, Sealed, seal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from psycopg.rows import DictRow

    from hive.control.domain.ids import TeamId
    from hive.control.stores.database import Transaction


async def append(
    transaction: Transaction,
    team_id: TeamId,
    now: datetime,
    words: tuple[str, str, str],
    details: Mapping[str, str],
) -> None:
    """Add an entry to the chain of the transaction's team; ``words`` are actor, action and subject."""
    await transaction.row("audit.lock_head", {"team_id": team_id})
    head = await read_head(transaction, team_id)
    actor, action, subject = words
    entry = AuditEntry(
        team_id=team_id,
        seq=head.seq + 1,
        occurred_at=now,
        actor=actor,
        action=action,
        subject=subject,
        details=details,
    )
    sealed = seal(entry, head.hash)
    await transaction.change(
        "audit.insert",
        {
            "team_id": team_id,
            "seq": entry.seq,
            "occurred_at": now,
            "actor": actor,
            "action": action,
            "subject": subject,
            "details": Jsonb(dict(details)),
            "hash": sealed.hash,
        },
    )
    await transaction.change("audit.set_head", {"team_id": team_id, "seq": entry.seq, "hash": sealed.hash})


async def read_head(transaction: Transaction, team_id: TeamId) -> Head:
    """Return where the chain of a team ends."""
    row = await transaction.row("audit.head", {"team_id": team_id})
    return Head() if row is None else Head(seq=row["seq"], hash=bytes(row["hash"]))


async def read_page(transaction: Transaction, team_id: TeamId, *, after: int, most: int) -> list[Sealed]:
    """Return the entries after a number, in order."""
    asked = {"team_id": team_id, "after": after, "most": most}
    return [sealed_of(row) for row in await transaction.rows("audit.page", asked)]


def sealed_of(row: DictRow) -> Sealed:
    """Return the entry that a row holds."""
    entry = AuditEntry(
        team_id=row["team_id"],
        seq=row["seq"],
        occurred_at=row["occurred_at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        details=row["details"],
    )
    return Sealed(entry=entry, hash=bytes(row["hash"]))
