"""A journal in files: one JSON line an entry, and a folder of blobs that the runs share.

::

    <root>/runs/<run_id>/journal.jsonl    one entry a line, only ever appended to
    <root>/runs/<run_id>/lock             held by the one writer; says when the run was created
    <root>/runs/<run_id>/journal.draft    several first entries, until all of them are written
    <root>/blobs/ab/<sha256>              content, stored once

Needs a POSIX system (``fcntl``) and a file system with ``flock``.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import orjson

from framework.errors import (
    JournalConflictError,
    JournalCorruptError,
    JournalError,
    JournalWriteError,
    RunExistsError,
    RunIdError,
    RunNotFoundError,
)
from framework.journal.blob_folder import BlobFolder
from framework.journal.disk_sync import DiskSync
from framework.journal.filesystem import FileSystem
from framework.journal.inbox.files import FileInbox
from framework.journal.run_lock import acquire_lock, created_us

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from framework.journal.run_lock import RunLock

FsyncPolicy = Literal["always", "turn", "never"]
"""When entries are forced to the disk: at each append, when the caller asks, or never."""

JOURNAL_NAME = "journal.jsonl"
"""Name of the file of entries in a run's folder."""

DRAFT_NAME = "journal.draft"
"""Name of the file that becomes the journal of a run whose first entries come together."""

_RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_SPACE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _Place(NamedTuple):
    """What the writers of one journal share."""

    files: FileSystem
    blobs: BlobFolder
    disk: DiskSync
    fsync: FsyncPolicy


class FileJournal:
    """Stores every run below one folder.

    A kill in the middle of a write leaves at most a torn last line, which
    reading ignores and the next writer cuts off. Blobs are written, and unless
    the policy is ``never`` forced to the disk, before the entries that name them.
    """

    def __init__(self, root: Path, *, fsync: FsyncPolicy = "turn", files: FileSystem | None = None) -> None:
        """Store below ``root``, which is made when the first run is created.

        Args:
            root: the folder of runs and blobs.
            fsync: ``turn`` forces entries to the disk when ``append`` is asked for durability.
            files: the operations on the disk; a test may pass one that fails.
        """
        self._runs = root / "runs"
        self._root = root
        self._fsync: FsyncPolicy = fsync
        self._files = files or FileSystem()
        blobs = BlobFolder(root / "blobs", self._files, syncs=fsync != "never")
        self._place = _Place(self._files, blobs, DiskSync(), fsync)

    async def create(self, run_id: str) -> FileWriter:
        """Begin a new run; see ``Journal.create``.

        Raises:
            RunIdError: if the id cannot name a folder.
            RunExistsError: if the run is stored already.
            JournalWriteError: if it cannot be stored.
        """
        folder = self._folder(run_id)
        try:
            changed = [*self._files.make_folders(self._runs), self._runs, folder]
            self._files.make_folder(folder)
        except FileExistsError:
            raise RunExistsError(f"Run {run_id!r} exists already; choose another id.") from None
        except OSError as error:
            raise write_error(folder, error) from error
        writer = self._writer(folder)
        try:
            if self._fsync != "never":
                await asyncio.to_thread(self._sync_folders, changed)
        except OSError as error:
            await writer.close()
            raise write_error(folder, error) from error
        except BaseException:
            await writer.close()
            raise
        return writer

    async def open(self, run_id: str) -> FileWriter:
        """Become the writer of a stored run; see ``Journal.open``.

        Raises:
            RunNotFoundError: if no such run is stored.
            JournalLockedError: if another writer holds it.
            JournalCorruptError: if it does not read back.
            JournalWriteError: if it cannot be written, or its torn last line not be cut off.
        """
        folder = self._folder(run_id)
        if not folder.is_dir():
            raise _not_found(folder)
        writer = self._writer(folder)
        try:
            writer.start_after(await asyncio.to_thread(_read_good, folder))
        except BaseException:
            await writer.close()
            raise
        return writer

    async def read(self, run_id: str, *, after: int = 0) -> list[bytes]:
        """Return the entries above ``after``, without a torn last line; see ``Journal.read``."""
        good = await asyncio.to_thread(_read_good, self._folder(run_id), after)
        return good.lines[after:]

    async def read_blob(self, digest: str) -> bytes:
        """Return a blob; see ``Journal.read_blob``."""
        return await asyncio.to_thread(self._place.blobs.read, digest)

    async def run_ids(self) -> list[str]:
        """Return the ids of the stored runs, in the order of their creation."""
        return await asyncio.to_thread(self._run_ids)

    def inbox(self, run_id: str) -> FileInbox:
        """Return the inbox of a run, a folder beside its journal.

        Raises:
            RunIdError: if the id cannot name a folder.
        """
        return FileInbox(self._folder(run_id))

    def _run_ids(self) -> list[str]:
        if not self._runs.is_dir():
            return []
        folders = [path for path in self._runs.iterdir() if _RUN_ID.fullmatch(path.name) and path.is_dir()]
        return [name for _, name in sorted((created_us(folder), folder.name) for folder in folders)]

    def _folder(self, run_id: str) -> Path:
        if not _RUN_ID.fullmatch(run_id):
            raise RunIdError(
                f"{run_id[:200]!r} cannot be a run's id; use up to 128 letters, digits, '_', '-' and '.', "
                "not beginning with '-' or '.'."
            )
        return self._runs / run_id

    def _writer(self, folder: Path) -> FileWriter:
        try:
            lock = acquire_lock(self._files, folder)
        except OSError as error:
            raise write_error(folder, error) from error
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            fd = self._files.open(folder / JOURNAL_NAME, flags)
        except OSError as error:
            lock.release()
            raise write_error(folder, error) from error
        return FileWriter(folder, fd, lock, self._place)

    def _sync_folders(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            self._files.sync_folder(folder)


class FileWriter:
    """The one writer of one run in files; after a failed write it refuses to go on."""

    __slots__ = (
        "_blobs", "_disk", "_failure", "_fd", "_files", "_folder", "_fsync", "_is_moved", "_is_stopped",
        "_last_seq", "_lock", "_size", "_synced",
    )  # fmt: skip

    def __init__(
        self,
        folder: Path,
        fd: int,
        lock: RunLock,
        place: _Place,
    ) -> None:
        """Append to ``fd``, the journal in ``folder``, as if it were empty."""
        self._folder = folder
        self._fd = fd
        self._lock = lock
        self._files, self._blobs, self._disk, self._fsync = place
        self._last_seq = 0
        self._size = 0
        self._synced = 0
        self._failure: str | None = None
        self._is_stopped = False
        self._is_moved = False

    @property
    def last_seq(self) -> int:
        """Sequence number of the last stored entry."""
        return self._last_seq

    async def append(
        self,
        lines: Sequence[bytes],
        *,
        expected: int,
        blobs: Mapping[str, bytes],
        durable: bool = False,
    ) -> None:
        """Store entries; see ``JournalWriter.append``.

        Raises:
            JournalConflictError: if ``expected`` is not the last stored number, or the writer is closed.
            JournalWriteError: if this or an earlier append failed.
        """
        if blobs:
            self._check(expected)
            await self._store(blobs)
        if self._is_stopped or expected != self._last_seq:
            self._check(expected)
        if lines:
            content = b"\n".join((*lines, b""))
            if expected or len(lines) == 1:
                self._write(content)
            else:
                await self._begin_with(content)
            self._size += len(content)
            self._last_seq = expected + len(lines)
        if self._fsync == "always" or (durable and self._fsync == "turn"):
            await self._sync()

    def _write(self, content: bytes) -> None:
        try:
            written = self._files.write(self._fd, content)
            if written != len(content):
                self._files.write_all(self._fd, content[written:])
        except OSError as error:
            raise self._undo(error) from error

    async def _begin_with(self, content: bytes) -> None:
        """Give the run its first entries in one step: a kill leaves all of them or none."""
        draft = self._folder / DRAFT_NAME
        try:
            fd = self._files.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
            try:
                self._files.write_all(fd, content)
                if self._fsync != "never":
                    await asyncio.to_thread(self._sync_copy, os.dup(fd))
                self._files.replace(draft, self._folder / JOURNAL_NAME)
            except BaseException:
                os.close(fd)
                raise
        except OSError as error:
            raise self._fail(error) from error
        os.close(self._fd)
        self._fd = fd
        self._synced = len(content)
        self._is_moved = True

    async def close(self) -> None:
        """Give the run up; closing twice does nothing."""
        if self._fd >= 0:
            self._is_stopped = True
            os.close(self._fd)
            self._fd = -1
            self._lock.release()

    def start_after(self, good: GoodPart) -> None:
        """Go on after what a journal holds, cutting a torn last line off.

        Raises:
            JournalWriteError: if it cannot be cut off.
        """
        self._last_seq = len(good.lines)
        self._size = good.size
        self._synced = -1
        try:
            if os.fstat(self._fd).st_size != good.size:
                self._files.truncate(self._fd, good.size)
        except OSError as error:
            raise self._fail(error) from error

    def _check(self, expected: int) -> None:
        if self._failure is not None:
            raise JournalWriteError(self._failure)
        if self._fd < 0:
            raise JournalConflictError(
                f"This writer of run {self._folder.name!r} is closed; open the run again."
            )
        if expected != self._last_seq:
            raise JournalConflictError(
                f"Run {self._folder.name!r} has {self._last_seq} entries, this writer expected {expected}; "
                "another writer was faster."
            )

    def _undo(self, error: OSError) -> JournalWriteError:
        failure = self._fail(error)
        try:
            self._files.truncate(self._fd, self._size)
        except OSError as second:
            self._failure = f"{failure} A torn last line stays and is ignored ({second.strerror})."
        return failure

    async def _store(self, blobs: Mapping[str, bytes]) -> None:
        missing = self._blobs.missing(blobs)
        if not missing:
            return
        try:
            if self._fsync == "never":
                self._blobs.store(missing)
            else:
                await asyncio.to_thread(self._blobs.store, missing)
        except OSError as error:
            raise self._fail(error) from error

    async def _sync(self) -> None:
        if self._size == self._synced and not self._is_moved:
            return
        size = self._size
        try:
            if self._is_moved:
                await asyncio.to_thread(self._files.sync_folder, self._folder)
                self._is_moved = False
            if size != self._synced:
                await self._disk.run(self._sync_copy, os.dup(self._fd))
        except OSError as error:
            raise self._fail(error) from error
        self._synced = size

    def _sync_copy(self, fd: int) -> None:
        """Sync a descriptor of our own: if the caller is cancelled, the writer's may be closed meanwhile."""
        try:
            self._files.sync(fd)
        except OSError as error:
            self._fail(error)
            raise
        finally:
            os.close(fd)

    def _fail(self, error: OSError) -> JournalWriteError:
        failure = write_error(self._folder, error)
        self._failure = str(failure)
        self._is_stopped = True
        return failure


class GoodPart(NamedTuple):
    """What reads back of a journal file: its lines, and how many bytes of the file they are."""

    lines: list[bytes]
    size: int


def write_error(folder: Path, error: OSError) -> JournalWriteError:
    """Return the error that says why the run in ``folder`` cannot be written and what to do."""
    where = error.filename or folder
    cure = "free some space" if error.errno in _SPACE_ERRORS else "check the disk and the permissions"
    return JournalWriteError(
        f"Run {folder.name!r} could not be written to '{where}' ({error.strerror}); {cure}, then run again."
    )


def _read_good(folder: Path, after: int = 0) -> GoodPart:
    try:
        content = (folder / JOURNAL_NAME).read_bytes()
    except FileNotFoundError:
        if not folder.is_dir():
            raise _not_found(folder) from None
        content = b""
    except OSError as error:
        raise JournalError(f"Run {folder.name!r} cannot be read: {error.strerror}.") from error
    lines = content.split(b"\n")
    torn = lines.pop()
    size = len(content) - len(torn)
    if lines and not torn and _sequence_number(lines[-1]) is None:
        size -= len(lines.pop()) + 1
    for seq, line in enumerate(lines[after:], after + 1):
        if _sequence_number(line) != seq:
            raise JournalCorruptError(
                f"Line {seq} of {str(folder / JOURNAL_NAME)!r} is not what was written; "
                "restore the file from a copy."
            )
    return GoodPart(lines, size)


def _sequence_number(line: bytes) -> object:
    try:
        record: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, object]", record).get("seq", 0) if isinstance(record, dict) else 0


def _not_found(folder: Path) -> RunNotFoundError:
    return RunNotFoundError(f"No run {folder.name!r} is stored in {str(folder.parent)!r}.")
