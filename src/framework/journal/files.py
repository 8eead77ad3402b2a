"""A journal in files: one JSON line an entry, and a folder of blobs that the runs share.

::

    <root>/runs/<run_id>/journal.jsonl    one entry a line, only ever appended to; held by its writer
    <root>/runs/<run_id>/lock             held, too; says who writes and when the run was created
    <root>/runs/<run_id>/journal.draft    several first entries, until all of them are written
    <root>/blobs/ab/<sha256>              content, stored once

Needs a POSIX system (``fcntl``) and a file system with ``flock``.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from framework.errors import JournalLockedError, RunExistsError, RunIdError
from framework.journal.blob_folder import BlobFolder
from framework.journal.disk_sync import DiskSync
from framework.journal.fence import hold_file
from framework.journal.file_writer import FileWriter, FsyncPolicy, Place
from framework.journal.filesystem import FileSystem
from framework.journal.folder_sweep import FolderSweep
from framework.journal.inbox.files import FileInbox
from framework.journal.journal_file import (
    DRAFT_NAME,
    JOURNAL_NAME,
    RUN_ID,
    not_found,
    read_good,
    write_error,
)
from framework.journal.run_lock import acquire_lock, created_us

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from framework.journal.sweep import Swept

__all__ = ["DRAFT_NAME", "JOURNAL_NAME", "FileJournal", "FileWriter", "FsyncPolicy"]


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
        self._place = Place(self._files, blobs, DiskSync(), fsync)

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
            raise not_found(folder)
        writer = self._writer(folder)
        try:
            writer.start_after(await asyncio.to_thread(read_good, folder))
        except BaseException:
            await writer.close()
            raise
        return writer

    async def read(self, run_id: str, *, after: int = 0) -> list[bytes]:
        """Return the entries above ``after``, without a torn last line; see ``Journal.read``."""
        good = await asyncio.to_thread(read_good, self._folder(run_id), after)
        return good.lines[after:]

    async def read_blob(self, digest: str) -> bytes:
        """Return a blob; see ``Journal.read_blob``."""
        return await asyncio.to_thread(self._place.blobs.read, digest)

    async def run_ids(self) -> list[str]:
        """Return the ids of the stored runs, in the order of their creation."""
        return await asyncio.to_thread(self._run_ids)

    async def sweep(self, older_than: timedelta, *, is_trial: bool = False) -> Swept:
        """Remove old runs that ended, and content that no run refers to; see ``SharedJournal.sweep``."""
        folders = FolderSweep(self._root, self._files, self._place.blobs)
        return await asyncio.to_thread(folders.sweep, older_than, is_trial=is_trial)

    def inbox(self, run_id: str) -> FileInbox:
        """Return the inbox of a run, a folder beside its journal.

        Raises:
            RunIdError: if the id cannot name a folder.
        """
        return FileInbox(self._folder(run_id))

    def _run_ids(self) -> list[str]:
        if not self._runs.is_dir():
            return []
        folders = [path for path in self._runs.iterdir() if RUN_ID.fullmatch(path.name) and path.is_dir()]
        created = [(created_us(folder), folder.name) for folder in folders]
        return [name for _, name in sorted((at_us, name) for at_us, name in created if at_us is not None)]

    def _folder(self, run_id: str) -> Path:
        if not RUN_ID.fullmatch(run_id):
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
            fd = self._open_held(folder / JOURNAL_NAME)
        except OSError as error:
            lock.release()
            raise write_error(folder, error) from error
        except JournalLockedError:
            lock.release()
            raise
        return FileWriter(folder, fd, lock, self._place)

    def _open_held(self, path: Path) -> int:
        fd = self._files.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            hold_file(fd, path)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _sync_folders(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            self._files.sync_folder(folder)
