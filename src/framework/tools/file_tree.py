"""The files below a folder by relative name: looked for, read and put, without following links.

Names that begin with a dot, and all below such a folder, are left alone. A name of which no file is
kept (``why_unkept``) is told with escapes.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from unicodedata import category

from framework.errors import ToolError
from framework.tools.open_folder import OPEN_FOLDER, add_file, is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFile:
    """An ordinary file; ``stamp`` differs once it was changed, ``changed_us`` says when that was last.

    Attributes:
        name: its path from the folder, with slashes; one that is not kept with escapes.
        unkept: why no file of that name is kept; empty if one is.
        size: in bytes.
        changed_us: microseconds since 1970-01-01 UTC, by the clock of its disk.
    """

    name: str
    size: int
    stamp: tuple[int, int, int, int]
    changed_us: int
    unkept: str = ""


def files_below(folder: Path) -> Iterator[TreeFile]:
    """Yield the ordinary files below ``folder``, by name; nothing if there is no such folder."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = os.path.join(place, name)  # noqa: PTH118  (a hot path: one for every file)
            found = _tree_file(path, os.path.relpath(path, folder))
            if found is not None:
                yield found


def _tree_file(path: str, name: str) -> TreeFile | None:
    try:
        state = os.lstat(path)
    except OSError:
        return None  # It is gone again.
    if not is_ordinary(state):
        return None
    changed_ns = max(state.st_mtime_ns, state.st_ctime_ns)
    stamp = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    unkept = why_unkept(name)
    return TreeFile(
        name=_escaped(name) if unkept else name,
        size=state.st_size,
        stamp=stamp,
        changed_us=changed_ns // 1000,
        unkept=unkept,
    )


def why_unkept(name: str) -> str:
    """Return why no file of this name is kept, empty if one is.

    A name is kept as it is or not at all: as text, without control characters, and without
    backslashes, which other systems take for slashes.
    """
    if name.isprintable() and "\\" not in name:
        return ""
    kinds = set(map(category, name))
    if "Cs" in kinds:
        return "its name is not UTF-8"
    if "Cc" in kinds:
        return "its name holds a control character"
    return "its name holds a backslash" if "\\" in name else ""


def _escaped(name: str) -> str:
    """Return a name as printable text; control characters and bytes that are no UTF-8 become escapes."""
    text = os.fsencode(name).decode(errors="backslashreplace")
    return "".join(
        char.encode("unicode_escape").decode() if category(char) == "Cc" else char for char in text
    )


def read_below(folder: Path, name: str, most: int) -> bytes:
    """Return up to ``most`` bytes of a file below ``folder``.

    Raises:
        OSError: if it is gone, a link, or cannot be read.
    """
    with os.fdopen(os.open(folder / name, _READ), "rb") as stream:
        return stream.read(most)


def put_below(folder: Path, name: str, content: bytes) -> None:
    """Write a file below ``folder``.

    Raises:
        ToolError: if the name leads elsewhere.
        OSError: if it cannot be written.
    """
    path = folder / _checked(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def is_absent_below(folder: Path, name: str) -> bool:
    """Whether nothing stands where a file below ``folder`` would, nor in place of a folder on its way."""
    try:
        (folder / name).lstat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):  # Something else stands in the way, or no file can have that name.
        return False
    return False


def add_below(folder: Path, name: str, content: bytes) -> None:
    """Create a file below ``folder`` in one step; leave alone what stands there or in place of a folder.

    Raises:
        ToolError: if the name leads elsewhere.
        OSError: if it cannot be written, or ``folder`` is something else than a folder.
    """
    *folders, plain = _checked(name).parts
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place: int | None = os.open(folder, OPEN_FOLDER)
    for each in folders:
        if place is None:
            return
        place = _entered(place, each)
    if place is not None:
        try:
            add_file(place, plain, content)
        finally:
            os.close(place)


def _entered(folder: int, name: str) -> int | None:
    """Close an open folder and return the one called ``name`` in it, made if need be; None if it is none."""
    try:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
        return os.open(name, OPEN_FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ENOTDIR, errno.ELOOP}:
            return None
        raise
    finally:
        os.close(folder)


def remove_below(folder: Path, name: str) -> None:
    """Remove a file below ``folder``, if it is there.

    Raises:
        ToolError: if the name leads elsewhere.
        OSError: if it cannot be removed.
    """
    (folder / _checked(name)).unlink(missing_ok=True)


def _checked(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if not path.parts or not all(map(_is_plain, path.parts)):
        raise ToolError(
            f"{name!r} names no file below a data folder; do not trust the journal that it stands in."
        )
    return path


def _is_plain(name: str) -> bool:
    return not (name.startswith((".", "/")) or why_unkept(name))
