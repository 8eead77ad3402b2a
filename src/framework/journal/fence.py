"""The fence around a journal file: it is locked itself, and its writer sees when it is no longer its own.

The lock file beside a journal says who writes; somebody may delete it, and then
keeps nobody out. What is locked here is the very file that is written.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from framework.errors import JournalLockedError
from framework.journal.file_lock import hold_alone

if TYPE_CHECKING:
    from pathlib import Path


def hold_file(fd: int, path: Path) -> None:
    """Lock the open journal ``fd``, until it is closed or its process ends.

    Raises:
        JournalLockedError: if another writer holds it, or has just put another file at ``path``.
        OSError: if the file system has no locks.
    """
    try:
        hold_alone(fd)
    except BlockingIOError:
        raise _locked(path) from None
    if not _is_at(os.fstat(fd), path):
        raise _locked(path)


def free_file(fd: int) -> None:
    """Close a journal and let another writer in, even while a forked child still has it open."""
    try:
        fcntl.flock(fd, fcntl.LOCK_UN)
    finally:
        os.close(fd)


def foreign_change(fd: int, path: str | Path, size: int) -> str | None:
    """Return what something else did to a journal, None if it is as its writer left it.

    Args:
        fd: the journal, open.
        path: where it should be.
        size: how many bytes its writer has put into it.
    """
    found = os.fstat(fd)
    if found.st_nlink == 0:
        return "was deleted"
    if found.st_size != size:
        return f"has {found.st_size} bytes where its writer left {size}: something else wrote to it"
    if not _is_at(found, path):
        return "was moved away, or another file took its place"
    return None


def _is_at(opened: os.stat_result, path: str | Path) -> bool:
    try:
        named = os.stat(path)  # noqa: PTH116  (before every durable append, where a Path costs twice as much)
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


def _locked(path: Path) -> JournalLockedError:
    return JournalLockedError(
        f"Run {path.parent.name!r} is being written by another process; wait until it is done, or end it."
    )
