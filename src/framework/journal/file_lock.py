"""Locking one file: a writer holds it alone; who looks whether one does is never in its way for long."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE_S = 1.0
_PAUSE_S = 0.001


def hold_alone(fd: int) -> None:
    """Lock an open file; wait for those that only look at it, which takes them microseconds.

    Raises:
        BlockingIOError: if another holds it alone, or looks do not end for a second.
        OSError: if the file system has no locks.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _look(fd)
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def is_held_alone(path: Path) -> bool:
    """Whether somebody holds a file alone; not so if it cannot be opened or its file system has no locks."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        _look(fd)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False


def _look(fd: int) -> None:
    """Share the lock of an open file for a moment; a forked child does not keep it.

    Raises:
        BlockingIOError: if another holds it alone.
        OSError: if the file system has no locks.
    """
    fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    fcntl.flock(fd, fcntl.LOCK_UN)
