"""Content by its SHA-256 in PostgreSQL: read, and collected when no run refers to it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from framework.errors import BlobNotFoundError, JournalCorruptError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from framework.journal.postgres.database import Database

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SWEPT_AT_ONCE = 1000


async def read_blob(database: Database, digest: str) -> bytes:
    """Return the content with this SHA-256.

    Raises:
        BlobNotFoundError: if it is not stored.
        JournalCorruptError: if it does not match its digest.
        JournalError: if the database is out of reach.
    """
    if not _DIGEST.fullmatch(digest):
        raise BlobNotFoundError(
            f"No content is stored under {digest[:80]!r}, as it is no SHA-256; restore the journal."
        )
    rows = await database.read("read_blob", {"digest": digest}, f"The content {digest}")
    if not rows:
        raise BlobNotFoundError(
            f"The content {digest} is not stored in the database; restore it from a copy."
        )
    content: bytes = rows[0][0]
    if sha256(content).hexdigest() != digest:
        raise JournalCorruptError(
            f"The content {digest} in the database is not what was written; restore it from a copy."
        )
    return content


class Content(NamedTuple):
    """Pieces of content, and their bytes."""

    pieces: int = 0
    size: int = 0


async def sweep_blobs(database: Database, grace: timedelta) -> Content:
    """Delete content that no run refers to and that nobody stored within ``grace``; return how much.

    Raises:
        JournalWriteError: if the database refuses, or is out of reach.
    """
    asked = {"grace_s": grace.total_seconds(), "limit": _SWEPT_AT_ONCE}
    count = size = 0
    while True:
        [swept] = await database.write("sweep_blobs", asked, "The content nobody refers to")
        count, size = count + swept[0], size + swept[1]
        if swept[0] < _SWEPT_AT_ONCE:
            return Content(count, size)


async def spare_blobs(database: Database, grace: timedelta, without: Sequence[str]) -> Content:
    """Return how much content would go if these runs were deleted.

    Raises:
        JournalError: if the database is out of reach.
    """
    asked = {"grace_s": grace.total_seconds(), "run_ids": list(without)}
    [spare] = await database.read("spare_blobs", asked, "The content nobody refers to")
    return Content(*spare)
