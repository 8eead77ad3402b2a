"""A folder of plain files that nothing outside it can be reached through.

Every file is opened relative to the open folder and without following links, so
neither a hostile name nor a link planted meanwhile leads elsewhere. A file with a
second hard link is refused too: its other name may lie outside. Files change by
renaming a finished one into place, so a reader sees the old or the new content.
They are not flushed to the device: what must survive a power cut is the journal,
which holds the same content. All operations are short and block.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from framework.errors import ToolError
from framework.tools.file_name import checked_name

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

MAX_FILE_BYTES = 50_000_000
"""The largest file that is written or read."""

FOLD_CHARS = 500
"""Longer lines are folded when read, so that no page of lines is huge."""

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_ATTEMPTS = 8

_changing = Lock()  # two threads that append to one file must not lose a line


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """A file of the folder."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some lines of a file; ``total`` counts all its lines, a folded one by its parts."""

    lines: tuple[str, ...]
    offset: int
    total: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None after the last."""
        end = self.offset + len(self.lines)
        return end if end < self.total else None


class DataFolder:
    """The files of one session, by plain name.

    Every method raises ``ToolError`` with a sentence for a name that is not
    plain, for what is no ordinary file, and when the disk fails.
    """

    def __init__(self, path: Path) -> None:
        """Use the folder ``path``; the first write makes it."""
        self._path = path.absolute()

    def write(self, name: str, text: str) -> bytes:
        """Create or replace a file; return its content as stored."""
        return self._change(name, lambda _folder, _plain: _encoded(text))

    def append(self, name: str, text: str) -> bytes:
        """Add to the end of a file, creating it if need be; return its whole content."""
        return self._change(name, lambda folder, plain: (_read(folder, plain) or b"") + _encoded(text))

    def replace(self, name: str, old: str, new: str) -> bytes:
        """Replace the one occurrence of ``old`` in a file; return its whole content.

        Raises:
            ToolError: also if ``old`` does not occur exactly once.
        """
        return self._change(
            name, lambda folder, plain: _replaced(plain, _existing(folder, plain), (old, new))
        )

    def read_lines(self, name: str, *, offset: int, limit: int, max_chars: int) -> Page:
        """Return up to ``limit`` lines from ``offset`` on, as many as fit ``max_chars`` but at least one.

        Bytes that are not UTF-8 text show as replacement characters.
        """
        plain = checked_name(name)
        with _explained(plain), self._opened(plain) as folder:
            content = _existing(folder, plain)
        lines = _folded(content.decode("utf-8", "replace"))
        shown = _fitting(lines[offset : offset + limit], max_chars)
        return Page(lines=tuple(shown), offset=offset, total=len(lines))

    def list(self) -> list[FileInfo]:
        """Return the ordinary files by name; other things in the folder are left out."""
        try:
            folder = os.open(self._path, _OPEN_FOLDER)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(error) from error
        try:
            with os.scandir(folder) as entries:
                found = [_file_info(entry) for entry in entries]
        finally:
            os.close(folder)
        return sorted((info for info in found if info is not None), key=lambda info: info.name)

    def locate(self, name: str) -> Path:
        """Return the absolute path of an existing file."""
        plain = checked_name(name)
        with _explained(plain), self._opened(plain) as folder, _opened_file(folder, plain):
            return self._path / plain

    def _change(self, name: str, content_of: Callable[[int, str], bytes]) -> bytes:
        plain = checked_name(name)
        with _explained(plain), _changing:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._opened(plain) as folder:
                _refuse_special(folder, plain)
                content = content_of(folder, plain)
                _put(folder, plain, content)
        return content

    @contextmanager
    def _opened(self, name: str) -> Generator[int]:
        try:
            folder = os.open(self._path, _OPEN_FOLDER)
        except FileNotFoundError:
            raise _no_such_file(name) from None
        except OSError as error:
            raise _unusable(error) from error
        try:
            yield folder
        finally:
            os.close(folder)


@contextmanager
def _explained(name: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ToolError(f"The file {name!r} could not be used: {error.strerror or error}.") from error


@contextmanager
def _opened_file(folder: int, name: str) -> Generator[int]:
    file = _open_ordinary(folder, name)
    try:
        yield file
    finally:
        os.close(file)


def _open_ordinary(folder: int, name: str) -> int:
    """Open a file that has this one name; its links may change, so the name is asked once it is open."""
    for _ in range(_ATTEMPTS):
        file = _open(folder, name)
        named = _state(folder, name)
        if named is not None and os.path.samestat(named, os.fstat(file)):
            if _is_ordinary(named):
                return file
            os.close(file)
            raise _special(name)
        os.close(file)
    raise ToolError(f"{name!r} is being changed by something else; try again.")


def _open(folder: int, name: str) -> int:
    try:
        return os.open(name, _OPEN_FILE, dir_fd=folder)
    except FileNotFoundError:
        raise _no_such_file(name) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _special(name) from error
        raise


def _existing(folder: int, name: str) -> bytes:
    with _opened_file(folder, name) as file, os.fdopen(file, "rb", closefd=False) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    _check_size(name, len(content))
    return content


def _read(folder: int, name: str) -> bytes | None:
    return _existing(folder, name) if _state(folder, name) is not None else None


def _put(folder: int, name: str, content: bytes) -> None:
    _check_size(name, len(content))
    draft = f".{secrets.token_hex(12)}.draft"
    file = os.open(draft, _CREATE_FILE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(draft, dir_fd=folder)
        raise


def _state(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _refuse_special(folder: int, name: str) -> None:
    state = _state(folder, name)
    if state is not None and not _is_ordinary(state):
        raise _special(name)


def _is_ordinary(state: os.stat_result) -> bool:
    return stat.S_ISREG(state.st_mode) and state.st_nlink == 1


def _file_info(entry: os.DirEntry[str]) -> FileInfo | None:
    try:
        state = entry.stat(follow_symlinks=False)
        is_plain = checked_name(entry.name) == entry.name
    except (OSError, ToolError):
        return None
    return FileInfo(name=entry.name, size=state.st_size) if is_plain and _is_ordinary(state) else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _replaced(name: str, content: bytes, change: tuple[str, str]) -> bytes:
    old, new = map(_encoded, change)
    count = content.count(old) if old else 0
    if count != 1:
        found = f"occurs {count} times" if count else "does not occur"
        raise ToolError(
            f"{name!r} was not changed: the text to replace {found} in it; "
            "send a text that occurs exactly once, with enough around it."
        )
    return content.replace(old, new)


def _folded(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(text) <= FOLD_CHARS:
        return lines
    return [part for line in lines for part in _parts(line)]


def _parts(line: str) -> list[str]:
    if len(line) <= FOLD_CHARS:
        return [line]
    return [line[start : start + FOLD_CHARS] for start in range(0, len(line), FOLD_CHARS)]


def _fitting(lines: list[str], max_chars: int) -> list[str]:
    size = 0
    for index, line in enumerate(lines):
        size += len(line) + 1
        if size > max_chars and index > 0:
            return lines[:index]
    return lines


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise ToolError(f"{name!r} passes the limit of {MAX_FILE_BYTES} bytes; split it into several files.")


def _no_such_file(name: str) -> ToolError:
    return ToolError(f"There is no file {name!r}; list_data_files shows the files there are.")


def _special(name: str) -> ToolError:
    return ToolError(
        f"{name!r} is a link, a folder or something else than an ordinary file, which is refused; "
        "use another name."
    )


def _unusable(error: OSError) -> ToolError:
    return ToolError(
        f"The data folder cannot be used ({error.strerror or error}); it must be a folder of its own."
    )
