"""A folder of plain files that nothing outside it can be reached through.

Every file is opened relative to the open folder and without following links, so
neither a hostile name nor a link planted meanwhile leads elsewhere. A file with a
second hard link is refused too: its other name may lie outside. Files change by
renaming a finished one into place, so a reader sees the old or the new content.
They are not flushed to the device: what must survive a power cut is the journal,
which holds the same content. All operations are short and block.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.errors import ToolError
from framework.tools.file_name import checked_name
from framework.tools.line_pages import Page, page_of
from framework.tools.open_folder import (
    OPEN_FOLDER,
    changing,
    explained,
    is_ordinary,
    no_such_file,
    opened_file,
    put_file,
    read_file,
    read_file_if_any,
    refuse_special,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """A file of the folder."""

    name: str
    size: int


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
        return self._change(name, lambda folder, plain: read_file_if_any(folder, plain) + _encoded(text))

    def replace(self, name: str, old: str, new: str) -> bytes:
        """Replace the one occurrence of ``old`` in a file; return its whole content.

        Raises:
            ToolError: also if ``old`` does not occur exactly once.
        """
        return self._change(
            name, lambda folder, plain: _replaced(plain, read_file(folder, plain), (old, new))
        )

    def read_lines(self, name: str, *, offset: int, limit: int, max_chars: int) -> Page:
        """Return up to ``limit`` lines from ``offset`` on, as many as fit ``max_chars`` but at least one.

        Bytes that are not UTF-8 text show as replacement characters.
        """
        plain = checked_name(name)
        with explained(plain), self._opened(plain) as folder:
            content = read_file(folder, plain)
        text = content.decode("utf-8", "replace")
        return page_of(text, offset=offset, limit=limit, max_chars=max_chars)

    def list(self) -> list[FileInfo]:
        """Return the ordinary files by name; other things in the folder are left out."""
        try:
            folder = os.open(self._path, OPEN_FOLDER)
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
        with explained(plain), self._opened(plain) as folder, opened_file(folder, plain):
            return self._path / plain

    def _change(self, name: str, content_of: Callable[[int, str], bytes]) -> bytes:
        plain = checked_name(name)
        with explained(plain), changing:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._opened(plain) as folder:
                refuse_special(folder, plain)
                content = content_of(folder, plain)
                put_file(folder, plain, content)
        return content

    @contextmanager
    def _opened(self, name: str) -> Generator[int]:
        try:
            folder = os.open(self._path, OPEN_FOLDER)
        except FileNotFoundError:
            raise no_such_file(name) from None
        except OSError as error:
            raise _unusable(error) from error
        try:
            yield folder
        finally:
            os.close(folder)


def _file_info(entry: os.DirEntry[str]) -> FileInfo | None:
    try:
        state = entry.stat(follow_symlinks=False)
        is_plain = checked_name(entry.name) == entry.name
    except (OSError, ToolError):
        return None
    return FileInfo(name=entry.name, size=state.st_size) if is_plain and is_ordinary(state) else None


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


def _unusable(error: OSError) -> ToolError:
    return ToolError(
        f"The data folder cannot be used ({error.strerror or error}); it must be a folder of its own."
    )
