"""Reading what may lag behind: in a replica, and in the primary while that is out of reach."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from hive.control.stores.breaker import Breaker
from hive.control.stores.scope import NOBODY, Scope
from hive.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hive.control.stores.database import Database, Transaction

_log = logging.getLogger("hive.control")


class Reads:
    """Transactions that only read."""

    def __init__(self, primary: Database, replica: Database | None = None, *, away_s: float = 30.0) -> None:
        """Read from ``replica``; where that is out of reach or none, from ``primary`` for ``away_s``."""
        self._primary = primary
        self._replica = replica
        self._breaker = Breaker(away_s)

    async def open(self) -> None:
        """Connect to the replica, or later where it is out of reach.

        Raises:
            ControlSetupError: if its role is not bound by row-level security.
        """
        if self._replica is not None:
            await self._replica.open(is_needed=False)

    async def close(self) -> None:
        """Close the connections to the replica."""
        if self._replica is not None:
            await self._replica.close()

    @asynccontextmanager
    async def transaction(self, scope: Scope = NOBODY) -> AsyncGenerator[Transaction]:
        """Give a transaction that sees what ``scope`` names, as it was a moment ago.

        Raises:
            UnavailableError: if both are out of reach, or the replica breaks off; asking again does no harm.
        """
        async with AsyncExitStack() as stack:
            yield await self._begin(stack, scope)

    async def _begin(self, stack: AsyncExitStack, scope: Scope) -> Transaction:
        if self._replica is not None and not self._breaker.is_open:
            try:
                return await stack.enter_async_context(self._replica.transaction(scope))
            except UnavailableError as error:
                self._breaker.failed()
                _log.warning("replica_out_of_reach", extra={"reason": str(error)})
        return await stack.enter_async_context(self._primary.transaction(scope))
