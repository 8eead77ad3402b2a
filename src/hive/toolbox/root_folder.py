"""A folder with folders in it, which no path that a model names leads out of.

A path is walked one folder at a time, each opened by its name in the one before it
and without following links; so ``..``, absolute paths and links planted while the
walk goes on lead nowhere. Every part is held to the rules of plain file names.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.errors import ToolError
from framework.tools.file_name import checked_name
from framework.tools.open_folder import (
    OPEN_FOLDER,
    changing,
    explained,
    is_ordinary,
    no_such_file,
    put_file,
    read_file,
    refuse_special,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

_MAX_DEPTH = 16
_MAX_ENTRIES = 1000
_FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a folder, or a folder in it, whose ``size`` is None."""

    name: str
    size: int | None


class RootFolder:
    """Reads and changes the files below one folder.

    Every method raises ``ToolError`` with a sentence for a path that is refused,
    for what is no ordinary file, and when the disk fails.
    """

    def __init__(self, path: Path) -> None:
        """Use the folder ``path``, to which the operator's own links may lead."""
        self._path = path

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        *folders, name = _parts(path)
        with explained(path), self._opened(folders, name) as folder:
            return read_file(folder, name)

    def change(self, path: str, content_of: Callable[[bytes | None], bytes]) -> bytes:
        """Give a file the content that ``content_of`` makes of the old one, None for none; return it.

        Missing folders are made. No other change by this process comes in between.
        """
        *folders, name = _parts(path)
        with explained(path), changing, self._opened(folders, name, is_making=True) as folder:
            refuse_special(folder, name)
            content = content_of(_read_or_none(folder, name))
            put_file(folder, name, content)
        return content

    def list(self, path: str = "") -> list[Entry]:
        """Return the files and folders in a folder by name; other things and refused names are left out."""
        parts = _parts(path) if path else ()
        with explained(path or "."), self._opened(parts, path) as folder, os.scandir(folder) as entries:
            found = [_entry(each) for each in entries]
        kept = sorted((each for each in found if each is not None), key=lambda each: each.name)
        if len(kept) > _MAX_ENTRIES:
            raise ToolError(
                f"The folder {path or '.'!r} holds {len(kept)} entries, more than {_MAX_ENTRIES}; "
                "read a file by its name, or list a folder in it."
            )
        return kept

    @contextmanager
    def _opened(
        self, folders: tuple[str, ...] | list[str], name: str, *, is_making: bool = False
    ) -> Generator[int]:
        folder = self._open_root()
        try:
            for part in folders:
                inner = _open_inner(folder, part, name, is_making=is_making)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)

    def _open_root(self) -> int:
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
            return os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise ToolError(
                f"The folder of the tools cannot be used ({error.strerror or error}); "
                "the operator should set HIVE_TOOLBOX_ROOT to a folder."
            ) from error


def _parts(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    if len(parts) > _MAX_DEPTH:
        raise ToolError(f"The path {path[:80]!a} is refused: it has more than {_MAX_DEPTH} parts.")
    return tuple(map(checked_name, parts))


def _open_inner(folder: int, part: str, name: str, *, is_making: bool) -> int:
    if is_making:
        _make(folder, part)
    try:
        return os.open(part, OPEN_FOLDER, dir_fd=folder)
    except FileNotFoundError:
        raise no_such_file(name) from None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise ToolError(f"{part!r} is no folder (a link counts as none); use another path.") from error
        raise


def _make(folder: int, part: str) -> None:
    try:
        os.mkdir(part, _FOLDER_MODE, dir_fd=folder)
    except FileExistsError:
        return


def _read_or_none(folder: int, name: str) -> bytes | None:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return read_file(folder, name)


def _entry(entry: os.DirEntry[str]) -> Entry | None:
    try:
        state = entry.stat(follow_symlinks=False)
        is_plain = checked_name(entry.name) == entry.name
    except (OSError, ToolError):
        return None
    if not is_plain:
        return None
    if entry.is_dir(follow_symlinks=False):
        return Entry(name=entry.name, size=None)
    return Entry(name=entry.name, size=state.st_size) if is_ordinary(state) else None
