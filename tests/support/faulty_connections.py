"""Connections to PostgreSQL that fail at every k-th statement, and connections that count."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool


class Fault(Enum):
    """How a statement fails."""

    BEFORE = "the connection is lost before the statement arrives"
    AFTER = "the statement is executed and its answer lost with the connection"
    REFUSED = "the server refuses and the connection stays"


@dataclass
class Faults:
    """Fails every ``every``-th statement of its connections, and all from the ``last``-th on; 0 is none.

    Statements that hold the text ``spared`` are neither counted nor failed.
    """

    kind: Fault = Fault.BEFORE
    every: int = 0
    last: int = 0
    spared: bytes = b""
    statements: list[bytes] = field(default_factory=list)

    def is_due(self) -> bool:
        """Whether the statement that was noted last fails."""
        count = len(self.statements)
        return bool((self.every and count % self.every == 0) or (self.last and count >= self.last))

    def pool(self, dsn: str) -> AsyncConnectionPool[Any]:
        """Return a pool, not open yet, of connections that fail so."""
        faults = self

        class Faulty(AsyncConnection[Any]):
            async def execute(self, query: Any, *args: Any, **options: Any) -> Any:
                if faults.spared and faults.spared in query:
                    return await super().execute(query, *args, **options)
                faults.statements.append(query)
                if not faults.is_due():
                    return await super().execute(query, *args, **options)
                if faults.kind is Fault.REFUSED:
                    raise psycopg.errors.DiskFull("no space left on device")
                if faults.kind is Fault.AFTER:
                    await super().execute(query, *args, **options)
                await self.close()
                raise psycopg.OperationalError("server closed the connection unexpectedly")

        options = {"autocommit": True}
        return AsyncConnectionPool(
            dsn, connection_class=Faulty, open=False, min_size=1, max_size=4, kwargs=options
        )
