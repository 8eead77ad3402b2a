"""What came while the database was away: on disk before the answer, and drained in order.

What cannot be read again is set aside in the same file, in the table
``damaged``, so that it holds up nothing that came after it.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from framework.durable_file import make_private_folder
from hive.control.domain.ids import TeamId
from hive.control.stores.statements import statement
from hive.errors import ControlSetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

_PATIENCE_S = 5.0
_KEPT_FREE = 256 * 1024
"""Bytes of the disk that the spool leaves free: what is stored cannot be removed from it without any."""

_MOST_WITHOUT_ROOM = 16
_VERSION = 2
"""Of the file. Version 1 has no ``held``; it is added when such a file is opened."""

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


class _Unused(NamedTuple):
    """What of a file holds nothing.

    Attributes:
        is_most: whether that is more than half of it.
    """

    bytes: int
    is_most: bool


class SetAside(NamedTuple):
    """Something that could not be stored, as the file tells it; what is damaged of it is a text, too.

    Attributes:
        size: bytes of what was to be stored.
        reason: why it could not be.
    """

    seq: int
    team_id: str
    kind: str
    received_at: str
    size: int
    reason: str


class Spool:
    """A file that processes of one machine share; what two of them drain is stored once.

    Attributes:
        waiting: how many things waited when this process last used the file.
        size: how many bytes these have.
        oldest: when the first of them came; None if none waits, or nobody can tell.
        aside: how many were set aside by then.
        is_refusing: whether it could not take what came last, and nothing went since.
    """

    def __init__(self, file: Path, *, most_bytes: int = 512 * 1024 * 1024) -> None:
        """Keep up to about ``most_bytes`` in ``file``."""
        self.waiting = 0
        self.size = 0
        self.oldest: datetime | None = None
        self.aside = 0
        self.is_refusing = False
        self._lock = Lock()
        self._file = file
        self._most_bytes = most_bytes

    async def open(self) -> None:
        """Make the file, and count what waits from before.

        Raises:
            ControlSetupError: if the file cannot be used.
        """
        try:
            make_private_folder(self._file.parent)
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
            self.is_refusing = False
        except (OSError, sqlite3.Error) as error:
            self.is_refusing = True
            raise UnavailableError(
                f"The database is out of reach, and the spool cannot take more ({error}); try again."
            ) from error

    async def first(self, most: int, most_bytes: int = 16 * 1024 * 1024, *, after: int = 0) -> list[Spooled]:
        """Return what came first after ``after``: up to ``most`` things, of about ``most_bytes``.

        Raises:
            UnavailableError: if the disk refuses.
        """
        with self._on_a_disk():
            return await asyncio.to_thread(self._first, most, most_bytes, after)

    async def remove(self, seqs: Sequence[int]) -> None:
        """Forget what is stored now.

        Raises:
            UnavailableError: if the disk refuses; some may be forgotten then.
        """
        with self._on_a_disk():
            await asyncio.to_thread(self._remove, seqs)
        self.is_refusing = False

    async def set_aside(self, seq: int, why: str) -> None:
        """Keep what cannot be stored apart from what waits.

        Raises:
            UnavailableError: if the disk refuses.
        """
        with self._on_a_disk():
            await asyncio.to_thread(self._set_aside, seq, why)

    async def list_aside(self, most: int) -> list[SetAside]:
        """Return up to ``most`` of what was set aside, in the order in which it came."""
        return await asyncio.to_thread(self._list_aside, most)

    async def retry(self) -> int:
        """Let everything that was set aside wait again, in its old order, and return how much that is."""
        return await asyncio.to_thread(self._retry)

    @contextmanager
    def _on_a_disk(self) -> Generator[None]:
        """Say what to do about a disk that refuses; a file that is damaged is another matter."""
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            raise UnavailableError(
                f"The spool {str(self._file)!r} cannot be worked off ({error}); "
                "if the disk is full, make room on it."
            ) from error

    @contextmanager
    def _using(self) -> Generator[sqlite3.Connection]:
        """Give the file to one thread of this process at a time, and know what waits when it is done."""
        with self._lock, closing(sqlite3.connect(self._file, timeout=_PATIENCE_S)) as connection:
            connection.text_factory = _text
            connection.execute(_sql("wait_for_disk"))
            with connection:
                yield connection
            counts = connection.execute(_sql("counts")).fetchone()
            self.waiting, self.size, self.aside = counts[:3]
            self.oldest = _moment(counts[3])

    def _open(self) -> None:
        with self._using() as connection:
            version = connection.execute(_sql("version")).fetchone()[0]
            if version > _VERSION:
                raise OSError(f"it is of version {version}, and this Hive knows {_VERSION}")
            connection.execute(_sql("log_ahead"))
            if version < _VERSION:
                connection.executescript(_sql("schema"))

    def _put(self, things: Sequence[Spooled]) -> None:
        more = sum(len(thing.payload) for thing in things)
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            size = connection.execute(_sql("size")).fetchone()[0]
            if size + more > self._most_bytes:
                raise OSError("it is full")
            # A thing is written twice: to the log of the file, and into its unused pages or new ones.
            growth = more + max(0, more - _unused(connection).bytes)
            if shutil.disk_usage(self._file.parent).free < growth + _KEPT_FREE:
                raise OSError("the disk is full")
            rows = [
                (str(thing.team_id), thing.kind, thing.received_at.isoformat(), thing.payload)
                for thing in things
            ]
            connection.executemany(_sql("put"), rows)

    def _first(self, most: int, most_bytes: int, after: int) -> list[Spooled]:
        while True:
            with self._using() as connection:
                found = connection.execute(_sql("first"), (after, most))
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
        # Why may quote what was to be stored: it stays in the file.
        _log.error("spooled_thing_set_aside", extra={"seq": seq, "spool": str(self._file)})
        with self._using() as connection:
            connection.execute(_sql("set_aside"), (why, seq))
            connection.execute(_sql("remove"), (seq,))

    def _list_aside(self, most: int) -> list[SetAside]:
        with self._using() as connection:
            return [SetAside(*row) for row in connection.execute(_sql("aside"), (most,))]

    def _retry(self) -> int:
        with self._using() as connection:
            connection.execute(_sql("retry"))
            return connection.execute(_sql("forget_retried")).rowcount

    def _remove(self, seqs: Sequence[int]) -> None:
        try:
            self._remove_at_once(seqs)
        except sqlite3.OperationalError:
            for start in range(0, len(seqs), _MOST_WITHOUT_ROOM):
                self._remove_at_once(seqs[start : start + _MOST_WITHOUT_ROOM], is_erasing=False)
        self._shrink()

    def _shrink(self) -> None:
        """Give the disk back what a spool that holds nothing took."""
        # While another process uses the file, or for want of room, it stays as it is until the next time.
        with suppress(sqlite3.OperationalError), self._using() as connection:
            if self.waiting == 0 and _unused(connection).is_most:
                connection.execute(_sql("shrink"))

    def _remove_at_once(self, seqs: Sequence[int], *, is_erasing: bool = True) -> None:
        """Remove things; to overwrite what they were takes as much room as they do."""
        with self._using() as connection:
            if not is_erasing:
                connection.execute(_sql("leave_what_was"))
            connection.executemany(_sql("remove"), [(seq,) for seq in seqs])


def _sql(name: str) -> str:
    """Return a statement of the spool."""
    return statement(f"spool.{name}").decode()


def _unused(connection: sqlite3.Connection) -> _Unused:
    """Return how much of the file holds nothing."""
    free, pages, size = connection.execute(_sql("pages")).fetchone()
    return _Unused(bytes=free * size, is_most=2 * free > pages)


def _text(stored: bytes) -> str:
    """Return a text even where it is damaged: whoever reads it finds out."""
    return stored.decode(errors="replace")


def _moment(stored: object) -> datetime | None:
    """Return when something came, None where that is damaged or nothing is there."""
    try:
        return datetime.fromisoformat(str(stored))
    except ValueError:
        return None


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
