"""What came while the database was away: on disk before the answer, and drained in order.

What cannot be read again is set aside in the same file, in the table
``damaged``, so that it holds up nothing that came after it.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hive.control.domain.ids import TeamId
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

_PATIENCE_S = 5.0
_VERSION = 2
"""Of the file. Version 1 has no ``held``; it is added when such a file is opened."""

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS spool (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, team_id TEXT NOT NULL, kind TEXT NOT NULL,
    received_at TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS damaged (
    seq INTEGER PRIMARY KEY, team_id, kind, received_at, payload, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS held (things INTEGER NOT NULL, size INTEGER NOT NULL);
INSERT INTO held SELECT count(*), coalesce(sum(length(payload)), 0) FROM spool
    WHERE NOT EXISTS (SELECT 1 FROM held);
CREATE TRIGGER IF NOT EXISTS spool_came AFTER INSERT ON spool BEGIN
    UPDATE held SET things = things + 1, size = size + length(new.payload); END;
CREATE TRIGGER IF NOT EXISTS spool_went AFTER DELETE ON spool BEGIN
    UPDATE held SET things = things - 1, size = size - length(old.payload); END;
PRAGMA user_version = 2;
COMMIT;
"""
_log = logging.getLogger("hive.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """Something that waits for the database.

    Attributes:
        kind: what it is.
        received_at: when it came; it is judged as of then.
        payload: it, as JSON.
    """

    team_id: TeamId
    kind: str
    received_at: datetime
    payload: bytes
    seq: int = 0


class Spool:
    """A file that processes of one machine share; what two of them drain is stored once.

    Attributes:
        waiting: how many things waited when this process last used the file.
    """

    def __init__(self, file: Path, *, most_bytes: int = 512 * 1024 * 1024) -> None:
        """Keep up to about ``most_bytes`` in ``file``."""
        self.waiting = 0
        self._lock = Lock()
        self._file = file
        self._most_bytes = most_bytes

    async def open(self) -> None:
        """Make the file, and count what waits from before.

        Raises:
            ControlSetupError: if the file cannot be used.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.touch(mode=0o600)
            await asyncio.to_thread(self._open)
        except (OSError, sqlite3.Error) as error:
            raise ControlSetupError(
                f"The spool {str(self._file)!r} cannot be used ({error}); make its folder writable, or, if "
                "the file is damaged, move it away and keep it: its events are not in the database."
            ) from error

    async def put(self, things: Sequence[Spooled]) -> None:
        """Keep things; when this returns they outlive a power cut.

        Raises:
            UnavailableError: if the spool is full, or the disk refuses.
        """
        try:
            await asyncio.to_thread(self._put, things)
        except (OSError, sqlite3.Error) as error:
            raise UnavailableError(
                f"The database is out of reach, and the spool cannot take more ({error}); try again."
            ) from error

    async def first(self, most: int, most_bytes: int = 16 * 1024 * 1024) -> list[Spooled]:
        """Return what came first: up to ``most`` things, and no more after about ``most_bytes``."""
        return await asyncio.to_thread(self._first, most, most_bytes)

    async def remove(self, seqs: Sequence[int]) -> None:
        """Forget what is stored now."""
        await asyncio.to_thread(self._remove, seqs)

    async def set_aside(self, seq: int, why: str) -> None:
        """Keep what cannot be stored apart from what waits."""
        await asyncio.to_thread(self._set_aside, seq, why)

    @contextmanager
    def _using(self) -> Generator[sqlite3.Connection]:
        """Give the file to one thread of this process at a time, and know what waits when it is done."""
        with self._lock, closing(sqlite3.connect(self._file, timeout=_PATIENCE_S)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            with connection:
                yield connection
            self.waiting = connection.execute("SELECT things FROM held").fetchone()[0]

    def _open(self) -> None:
        with self._using() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise OSError(f"it is of version {version}, and this Hive knows {_VERSION}")
            connection.execute("PRAGMA journal_mode = WAL")
            if version < _VERSION:
                connection.executescript(_SCHEMA)

    def _put(self, things: Sequence[Spooled]) -> None:
        with self._using() as connection:
            size = connection.execute("SELECT size FROM held").fetchone()[0]
            if size + sum(len(thing.payload) for thing in things) > self._most_bytes:
                raise OSError("it is full")
            rows = [
                (str(thing.team_id), thing.kind, thing.received_at.isoformat(), thing.payload)
                for thing in things
            ]
            connection.executemany(
                "INSERT INTO spool (team_id, kind, received_at, payload) VALUES (?, ?, ?, ?)", rows
            )

    def _first(self, most: int, most_bytes: int) -> list[Spooled]:
        while True:
            with self._using() as connection:
                found = connection.execute(
                    "SELECT team_id, kind, received_at, payload, seq FROM spool ORDER BY seq LIMIT ?", (most,)
                )
                rows = _until(found, most_bytes)
            found = [thing for row in rows if (thing := self._read_or_set_aside(row)) is not None]
            if found or not rows:
                return found

    def _read_or_set_aside(self, row: tuple[Any, ...]) -> Spooled | None:
        try:
            return _spooled(*row)
        except (ValueError, TypeError, AttributeError) as error:
            self._set_aside(row[-1], str(error))
            return None

    def _set_aside(self, seq: int, why: str) -> None:
        _log.error("spooled_thing_set_aside", extra={"seq": seq, "reason": why, "spool": str(self._file)})
        with self._using() as connection:
            connection.execute(
                "INSERT INTO damaged SELECT seq, team_id, kind, received_at, payload, ? FROM spool "
                "WHERE seq = ?",
                (why, seq),
            )
            connection.execute("DELETE FROM spool WHERE seq = ?", (seq,))

    def _remove(self, seqs: Sequence[int]) -> None:
        with self._using() as connection:
            connection.executemany("DELETE FROM spool WHERE seq = ?", [(seq,) for seq in seqs])


def _until(rows: Iterable[tuple[Any, ...]], most_bytes: int) -> list[tuple[Any, ...]]:
    """Return rows until their payloads have ``most_bytes``."""
    taken: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        taken.append(row)
        size += len(row[3]) if isinstance(row[3], bytes) else 0
        if size >= most_bytes:
            break
    return taken


def _spooled(team_id: str, kind: str, received_at: str, payload: bytes, seq: int) -> Spooled:
    """Return a row as what it was.

    Raises:
        ValueError: if it is damaged; TypeError and AttributeError where a value is of another type.
    """
    return Spooled(
        team_id=TeamId(UUID(team_id)),
        kind=kind,
        received_at=datetime.fromisoformat(received_at),
        payload=payload,
        seq=seq,
    )
