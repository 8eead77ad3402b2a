"""The files below a folder by relative name: looked for, read and put, without following links.

Names that begin with a dot, and all below such a folder, are left alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from framework.errors import ToolError
from framework.tools.open_folder import is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFile:
    """An ordinary file; ``stamp`` differs once it was changed, ``changed_us`` says when that was last.

    Attributes:
        name: its path from the folder, with slashes.
        size: in bytes.
        changed_us: microseconds since 1970-01-01 UTC, by the clock of its disk.
    """

    name: str
    size: int
    stamp: tuple[int, int, int, int]
    changed_us: int


def files_below(folder: Path) -> Iterator[TreeFile]:
    """Yield the ordinary files below ``folder``, by name; nothing if there is no such folder."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_plain(name))
        for name in sorted(filter(_is_plain, names)):
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
    return TreeFile(name=name, size=state.st_size, stamp=stamp, changed_us=changed_ns // 1000)


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


def remove_below(folder: Path, name: str) -> None:
    """Remove a file below ``folder``, if it is there.

    Raises:
        ToolError: if the name leads elsewhere.
        OSError: if it cannot be removed.
    """
    (folder / _checked(name)).unlink(missing_ok=True)


def _checked(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if not path.parts or not all(_is_plain(part) and "\\" not in part for part in path.parts):
        raise ToolError(
            f"{name!r} names no file below a data folder; do not trust the journal that it stands in."
        )
    return path


def _is_plain(name: str) -> bool:
    return not name.startswith((".", "/")) and name.isprintable()
