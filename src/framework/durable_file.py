"""Files on disk that are made and replaced whole, and changed by one process at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

PRIVATE = 0o600
"""The permissions of a file for its owner alone."""

_PRIVATE_FOLDER = 0o700
_LOCK_WAIT_S = 10.0
_LOCK_PAUSE_S = 0.02
_MAX_NAME_CHARS = 50


def make_private_folder(path: Path) -> None:
    """Make a folder, and the missing ones above it, for their owner alone; one that is there stays as it is.

    Raises:
        OSError: if it cannot be made.
    """
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


@contextmanager
def locked(path: Path, *, wait_s: float = _LOCK_WAIT_S) -> Generator[None]:
    """Hold the lock file ``path``, which is made if it is missing, for the length of the block.

    Raises:
        TimeoutError: if another process does not let go of it in time.
        OSError: if it cannot be opened.
    """
    make_private_folder(path.parent)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        _acquire(fd, path, wait_s)
        yield
    finally:
        os.close(fd)


def _acquire(fd: int, path: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(
                    errno.ETIMEDOUT,
                    f"another process has held {str(path)!r} for {wait_s:g} s; try again when it is done",
                ) from None
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def replace_file(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Give ``path`` this content and these permissions, whole or not at all.

    What stands there and is no file (a pipe, a terminal, another device) is
    written to and never replaced; of a link, what it leads to is replaced.

    Raises:
        OSError: if it cannot be written; what stood there before stays.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            device.write(content)
        return
    with _draft(path, content, mode) as draft:
        draft.replace(path)
    sync_folder(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """Make the file ``path``, which must not exist, for its owner alone, whole or not at all.

    Raises:
        FileExistsError: if it exists.
        OSError: if it cannot be written.
    """
    with _draft(path, content, PRIVATE) as draft:
        os.link(draft, path)
    sync_folder(path.parent)


@contextmanager
def _draft(path: Path, content: bytes, mode: int) -> Generator[Path]:
    """Give a file beside ``path`` with this content; its name is gone after the block."""
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_MAX_NAME_CHARS]}.")
    draft = Path(name)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(fd, mode)
            os.fsync(fd)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Force a folder's list of names to the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
