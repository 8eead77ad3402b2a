"""Reading the audit log, and proving that nothing was taken out or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import IsolationLevel

from hive.control.domain.audit import Chain
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
    """Check the chain of every team as the owner; return how many entries there are, and what is broken.

    All is read as it was at one moment, so that what is appended meanwhile breaks no chain.
    """
    faults: list[ChainFault] = []
    total = 0
    async with await connect(owner_dsn) as connection:
        await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        transaction = Transaction(connection, _TIMEOUT_MS)
        for row in await transaction.rows("audit.chains"):
            team_id = TeamId(row["team_id"])
            count, fault = await _checked(transaction, team_id)
            total += count
            if fault is not None:
                faults.append(ChainFault(team_id=team_id, seq=fault))
    return total, faults


async def _checked(transaction: Transaction, team_id: TeamId) -> tuple[int, int | None]:
    """Return how many entries a team has, and the first that is missing or changed."""
    chain = Chain()
    count = after = 0
    while page := await audit.read_page(transaction, team_id, after=after, most=_PAGE):
        chain.follow(page)
        count += len(page)
        after = page[-1].entry.seq
    return count, chain.fault_before(await audit.read_head(transaction, team_id))
