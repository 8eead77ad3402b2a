"""The lock of a stored run: at most one writer, in this process or any other on the machine."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from framework.clock import SystemClock
from framework.errors import JournalLockedError
from framework.journal.file_lock import hold_alone, is_held_alone
from framework.journal.journal_file import JOURNAL_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from framework.journal.filesystem import FileSystem

LOCK_NAME = "lock"
"""Name of the lock file in a run's folder."""

_LONGEST_PID = 10
_CREATED = b"%020d\n"
_CREATED_SIZE = 21


class RunLock:
    """Holds a run's lock file until released; the system frees it when the process dies.

    The file's first line says when the run was created, in microseconds since
    1970-01-01 UTC, and is written once; its second line is the id of the process that writes.
    """

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        """Hold the locked file ``fd``."""
        self._fd = fd

    def release(self) -> None:
        """Let another writer in, even while a forked child still has the file open."""
        try:
            os.ftruncate(self._fd, _CREATED_SIZE)
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        finally:
            os.close(self._fd)


def acquire_lock(files: FileSystem, folder: Path) -> RunLock:
    """Lock the run in ``folder``.

    Raises:
        JournalLockedError: if another writer holds it.
        OSError: if the lock file cannot be written, or the file system has no locks.
    """
    fd = files.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT)
    try:
        hold_alone(fd)
        _sign(fd)
    except BlockingIOError:
        os.close(fd)
        raise _locked(folder) from None
    except OSError:
        os.close(fd)
        raise
    return RunLock(fd)


def created_us(folder: Path) -> int | None:
    """Return when a run was created, in microseconds since 1970-01-01 UTC; None if its folder is gone."""
    with suppress(OSError, ValueError):
        return int((folder / LOCK_NAME).read_bytes()[:_CREATED_SIZE])
    with suppress(FileNotFoundError):
        return folder.stat().st_mtime_ns // 1000
    return None


def is_held(folder: Path) -> bool:
    """Whether a process writes the run in ``folder``, and so holds its lock file or its journal."""
    return is_held_alone(folder / LOCK_NAME) or is_held_alone(folder / JOURNAL_NAME)


def refuse_held(folder: Path) -> None:
    """Look at a run in passing.

    Raises:
        JournalLockedError: if a process writes it.
    """
    if is_held(folder):
        raise _locked(folder)


def signed_by(folder: Path) -> int | None:
    """Return the id of the process that the lock file of a run names, as that process knows itself.

    It tells who holds a held run, and never whether a run is held: a kill leaves the id,
    and another process, or one in another container, may have the same.
    """
    try:
        _, _, signed = (folder / LOCK_NAME).read_bytes().partition(b"\n")
    except OSError:
        return None
    signed = signed.strip()
    return int(signed) if signed.isdigit() and len(signed) <= _LONGEST_PID else None


def _sign(fd: int) -> None:
    if os.fstat(fd).st_size < _CREATED_SIZE:
        os.pwrite(fd, _CREATED % SystemClock().epoch_us(), 0)
    os.ftruncate(fd, _CREATED_SIZE)
    os.pwrite(fd, b"%d\n" % os.getpid(), _CREATED_SIZE)


def _locked(folder: Path) -> JournalLockedError:
    process = signed_by(folder)
    holder = "another process" if process is None else f"process {process}"
    if process == os.getpid():
        holder = "this process, or by one of the same id in another container"
    return JournalLockedError(
        f"Run {folder.name!r} is being written by {holder}; wait until it is done, or end it."
    )
