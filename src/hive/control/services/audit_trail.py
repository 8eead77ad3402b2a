"""Reading the audit log, and proving that nothing was taken out or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hive.control.domain.audit import Head, first_fault
from hive.control.domain.ids import TeamId
from hive.control.stores import audit
from hive.control.stores.database import Transaction, connect
from hive.control.stores.scope import Scope

if TYPE_CHECKING:
    from hive.control.domain.audit import Sealed
    from hive.control.stores.reads import Reads

_PAGE = 1000
_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """A team whose chain is broken, and the first entry that is missing or changed."""

    team_id: TeamId
    seq: int


class AuditTrail:
    """The audit log of every team."""

    def __init__(self, reads: Reads) -> None:
        """Read it from ``reads``."""
        self._reads = reads

    async def page(self, team_id: TeamId, *, after: int, most: int) -> list[Sealed]:
        """Return entries of a team after a number, in order."""
        async with self._reads.transaction(Scope(team_id=team_id)) as transaction:
            return await audit.read_page(transaction, team_id, after=after, most=most)


async def verify_chains(owner_dsn: str) -> tuple[int, list[ChainFault]]:
    """Check the chain of every team as the owner; return how many entries there are, and what is broken."""
    faults: list[ChainFault] = []
    total = 0
    async with await connect(owner_dsn) as connection:
        transaction = Transaction(connection, _TIMEOUT_MS)
        for row in await transaction.rows("audit.chains"):
            team_id = TeamId(row["team_id"])
            entries = await _all_entries(transaction, team_id)
            total += len(entries)
            head: Head = await audit.read_head(transaction, team_id)
            fault = first_fault(entries, head)
            if fault is not None:
                faults.append(ChainFault(team_id=team_id, seq=fault))
    return total, faults


async def _all_entries(transaction: Transaction, team_id: TeamId) -> list[Sealed]:
    entries: list[Sealed] = []
    while True:
        after = entries[-1].entry.seq if entries else 0
        page = await audit.read_page(transaction, team_id, after=after, most=_PAGE)
        entries += page
        if len(page) < _PAGE:
            return entries
