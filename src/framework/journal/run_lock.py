"""The lock of a stored run: at most one writer, in this process or any other on the machine."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from framework.clock import SystemClock
from framework.errors import JournalLockedError

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
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sign(fd)
    except BlockingIOError:
        holder = _holder(fd)
        os.close(fd)
        raise JournalLockedError(
            f"Run {folder.name!r} is being written by {holder}; wait until it is done, or end it."
        ) from None
    except OSError:
        os.close(fd)
        raise
    return RunLock(fd)


def created_us(folder: Path) -> int:
    """Return when a run was created, in microseconds since 1970-01-01 UTC."""
    try:
        return int((folder / LOCK_NAME).read_bytes()[:_CREATED_SIZE])
    except (OSError, ValueError):
        return folder.stat().st_mtime_ns // 1000


def is_held(folder: Path) -> bool:
    """Whether the process that the lock file of a run names is alive; the lock itself is left alone."""
    return holding_process(folder) is not None


def holding_process(folder: Path) -> int | None:
    """Return the id of the process that the lock file of a run names, None unless that is alive."""
    try:
        _, _, process = (folder / LOCK_NAME).read_bytes().partition(b"\n")
    except OSError:
        return None
    process = process.strip()
    if not process.isdigit() or len(process) > _LONGEST_PID:
        return None
    try:
        os.kill(int(process), 0)
    except PermissionError:  # It is another person's, and alive.
        return int(process)
    except OSError:
        return None
    return int(process)


def _sign(fd: int) -> None:
    if os.fstat(fd).st_size < _CREATED_SIZE:
        os.pwrite(fd, _CREATED % SystemClock().epoch_us(), 0)
    os.ftruncate(fd, _CREATED_SIZE)
    os.pwrite(fd, b"%d\n" % os.getpid(), _CREATED_SIZE)


def _holder(fd: int) -> str:
    pid = os.pread(fd, 20, _CREATED_SIZE).strip().decode("ascii", "replace")
    if not pid.isdigit():
        return "another process"
    return "this process" if int(pid) == os.getpid() else f"process {pid}"
