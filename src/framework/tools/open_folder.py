"""The ordinary files of an open folder, reached by its descriptor and without following links.

A file with a second hard link is refused: its other name may lie outside. Files
change by renaming a finished one into place, so a reader sees the old or the new
content. They are not flushed to the device. All operations are short and block.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from framework.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Generator

MAX_FILE_BYTES = 50_000_000
"""The largest file that is written or read."""

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""How a folder is opened so that no link is followed to it."""

changing = Lock()
"""Held while a file is read to be changed: two threads that append must not lose a line."""

_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_ATTEMPTS = 8


def read_file(folder: int, name: str) -> bytes:
    """Return the content of the file ``name``.

    Raises:
        ToolError: if there is none, or it is no ordinary file or too large.
    """
    with opened_file(folder, name) as file, os.fdopen(file, "rb", closefd=False) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    _check_size(name, len(content))
    return content


def read_file_if_any(folder: int, name: str) -> bytes:
    """Return the content of the file ``name``; nothing if there is none.

    Raises:
        ToolError: if it is no ordinary file or too large.
    """
    return read_file(folder, name) if _state(folder, name) is not None else b""


def put_file(folder: int, name: str, content: bytes) -> None:
    """Create or replace the file ``name`` in one step.

    Raises:
        ToolError: if the content is too large.
    """
    _check_size(name, len(content))
    _place(folder, name, content)


def add_file(folder: int, name: str, content: bytes) -> None:
    """Create the file ``name`` in one step, however large; leave alone what stands there."""
    if _state(folder, name) is None:
        _place(folder, name, content)


def _place(folder: int, name: str, content: bytes) -> None:
    draft = f".{secrets.token_hex(12)}.draft"
    file = os.open(draft, _CREATE_FILE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(draft, dir_fd=folder)
        raise


def refuse_special(folder: int, name: str) -> None:
    """Let pass what is an ordinary file or nothing yet.

    Raises:
        ToolError: if ``name`` is anything else.
    """
    state = _state(folder, name)
    if state is not None and not is_ordinary(state):
        raise _special(name)


def is_ordinary(state: os.stat_result) -> bool:
    """Whether this is the state of a regular file with one name."""
    return stat.S_ISREG(state.st_mode) and state.st_nlink == 1


@contextmanager
def explained(name: str) -> Generator[None]:
    """Turn what the system says about ``name`` into a ``ToolError``."""
    try:
        yield
    except OSError as error:
        raise ToolError(f"The file {name!r} could not be used: {error.strerror or error}.") from error


@contextmanager
def opened_file(folder: int, name: str) -> Generator[int]:
    """Give the descriptor of the ordinary file ``name``, open for reading.

    Raises:
        ToolError: if there is none, or it is no ordinary file.
    """
    file = _open_ordinary(folder, name)
    try:
        yield file
    finally:
        os.close(file)


def no_such_file(name: str) -> ToolError:
    """Say that there is no file ``name``."""
    return ToolError(f"There is no file {name!r}; list the files to see which there are.")


def _open_ordinary(folder: int, name: str) -> int:
    """Open a file that has this one name; its links may change, so the name is asked once it is open."""
    for _ in range(_ATTEMPTS):
        file = _open(folder, name)
        named = _state(folder, name)
        if named is not None and os.path.samestat(named, os.fstat(file)):
            if is_ordinary(named):
                return file
            os.close(file)
            raise _special(name)
        os.close(file)
    raise ToolError(f"{name!r} is being changed by something else; try again.")


def _open(folder: int, name: str) -> int:
    try:
        return os.open(name, _OPEN_FILE, dir_fd=folder)
    except FileNotFoundError:
        raise no_such_file(name) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _special(name) from error
        raise


def _state(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise ToolError(f"{name!r} passes the limit of {MAX_FILE_BYTES} bytes; split it into several files.")


def _special(name: str) -> ToolError:
    return ToolError(
        f"{name!r} is a link, a folder or something else than an ordinary file, which is refused; "
        "use another name."
    )
