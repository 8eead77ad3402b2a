"""The writer of a run in files."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from framework.errors import JournalConflictError, JournalWriteError
from framework.journal.fence import foreign_change, free_file, hold_file
from framework.journal.journal_file import DRAFT_NAME, JOURNAL_NAME, write_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from framework.journal.blob_folder import BlobFolder
    from framework.journal.disk_sync import DiskSync
    from framework.journal.filesystem import FileSystem
    from framework.journal.journal_file import GoodPart
    from framework.journal.run_lock import RunLock

FsyncPolicy = Literal["always", "turn", "never"]
"""When entries are forced to the disk: at each append, when the caller asks, or never."""


class Place(NamedTuple):
    """What the writers of one journal share."""

    files: FileSystem
    blobs: BlobFolder
    disk: DiskSync
    fsync: FsyncPolicy


class FileWriter:
    """The one writer of one run in files; after a failed write it refuses to go on.

    Attributes:
        last_seq: sequence number of the last stored entry.
    """

    __slots__ = (
        "_blobs", "_disk", "_failure", "_fd", "_files", "_folder", "_fsync", "_is_moved", "_is_stopped",
        "_lock", "_path", "_size", "_synced", "last_seq",
    )  # fmt: skip

    def __init__(
        self,
        folder: Path,
        fd: int,
        lock: RunLock,
        place: Place,
    ) -> None:
        """Append to ``fd``, the journal in ``folder``, as if it were empty."""
        self._folder = folder
        self._path = str(folder / JOURNAL_NAME)
        self._fd = fd
        self._lock = lock
        self._files, self._blobs, self._disk, self._fsync = place
        self.last_seq = 0
        self._size = 0
        self._synced = 0
        self._failure: str | None = None
        self._is_stopped = False
        self._is_moved = False

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
            JournalConflictError: if ``expected`` is not the last stored number, the writer is closed, or
                something else changed, moved or deleted the file; that is seen when entries must be durable.
            JournalWriteError: if this or an earlier append failed.
        """
        if blobs:
            self._check(expected)
            await self._store(blobs)
        if self._is_stopped or expected != self.last_seq:
            self._check(expected)
        if durable:
            self._check_file()
        if lines:
            content = b"\n".join((*lines, b""))
            if expected or len(lines) == 1:
                self._write(content)
            else:
                await self._begin_with(content)
            self._size += len(content)
            self.last_seq = expected + len(lines)
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
                hold_file(fd, draft)
                self._files.replace(draft, self._folder / JOURNAL_NAME)
            except BaseException:
                os.close(fd)
                raise
        except OSError as error:
            raise self._fail(error) from error
        free_file(self._fd)
        self._fd = fd
        self._synced = len(content)
        self._is_moved = True

    async def close(self) -> None:
        """Give the run up; closing twice does nothing."""
        if self._fd >= 0:
            self._is_stopped = True
            free_file(self._fd)
            self._fd = -1
            self._lock.release()

    def start_after(self, good: GoodPart) -> None:
        """Go on after what a journal holds, cutting a torn last line off.

        Raises:
            JournalWriteError: if it cannot be cut off.
        """
        self.last_seq = len(good.lines)
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
        if expected != self.last_seq:
            raise JournalConflictError(
                f"Run {self._folder.name!r} has {self.last_seq} entries, this writer expected {expected}; "
                "another writer was faster."
            )

    def _check_file(self) -> None:
        change = foreign_change(self._fd, self._path, self._size)
        if change is None:
            return
        self._is_stopped = True
        self._failure = (
            f"The journal '{self._path}' {change}; this writer stops, so as to spoil nothing. "
            "Find out what touched it, bring the file back, then resume the run."
        )
        raise JournalConflictError(self._failure)

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
