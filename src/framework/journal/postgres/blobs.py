"""Content by its SHA-256 in PostgreSQL: read, and collected when no run refers to it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from framework.errors import BlobNotFoundError, JournalCorruptError

if TYPE_CHECKING:
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
        raise BlobNotFoundError(f"{digest[:80]!r} is no SHA-256, so no content is stored under it.")
    rows = await database.read("read_blob", {"digest": digest}, f"The content {digest}")
    if not rows:
        raise BlobNotFoundError(f"The content {digest} is not stored in the database.")
    content: bytes = rows[0][0]
    if sha256(content).hexdigest() != digest:
        raise JournalCorruptError(
            f"The content {digest} in the database is not what was written; restore it from a copy."
        )
    return content


async def sweep_blobs(database: Database, grace: timedelta) -> int:
    """Delete content that no run refers to and that nobody stored within ``grace``; return how much.

    Raises:
        JournalWriteError: if the database refuses, or is out of reach.
    """
    asked = {"grace_s": grace.total_seconds(), "limit": _SWEPT_AT_ONCE}
    total = 0
    while True:
        [(swept,)] = await database.write("sweep_blobs", asked, "The content nobody refers to")
        total += swept
        if swept < _SWEPT_AT_ONCE:
            return total
