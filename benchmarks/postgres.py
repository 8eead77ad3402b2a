"""A durable step on PostgreSQL beside a raw INSERT of the same bytes."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from benchmarks.measure import Sides, in_turns
from framework.journal.postgres import PostgresJournal

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPOSITORY = str(Path(__file__).resolve().parent.parent)
_RAW = "INSERT INTO raw (line) VALUES (%b)"


async def durable_step(lines: list[bytes], *, steps: int, repeats: int) -> Sides:
    """Return the seconds of ``steps`` appends of ``lines``, and of as many INSERTs of them in one row."""
    sys.path.insert(0, _REPOSITORY)
    from tests.support.postgres import running_server  # noqa: PLC0415  (found on the path set above)

    with running_server(is_fast=False) as dsn:
        async with (
            PostgresJournal(dsn) as journal,
            await AsyncConnection.connect(dsn, autocommit=True) as raw,
        ):
            await raw.execute("CREATE TABLE raw (line bytea)")
            writer = await journal.create("bench")
            batches = _renumbered(lines)

            async def ours() -> None:
                for batch in itertools.islice(batches, steps):
                    await writer.append(batch, expected=writer.last_seq, blobs={}, durable=True)

            async def baseline() -> None:
                for _ in range(steps):
                    await raw.execute(_RAW, [b"\n".join(lines)], prepare=True)

            await ours()
            await baseline()
            return await in_turns(ours, baseline, repeats)


def _renumbered(lines: list[bytes]) -> Iterator[list[bytes]]:
    """Give ``lines`` again and again with the numbers that come next: the database checks them."""
    parts = [line.split(b'"seq":', 1) for line in lines]
    rests = [(head, rest.split(b",", 1)[1]) for head, rest in parts]
    for first in itertools.count(1, len(lines)):
        yield [b'%b"seq":%d,%b' % (head, first + place, rest) for place, (head, rest) in enumerate(rests)]
