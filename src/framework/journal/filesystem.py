"""The operations by which a journal changes a disk, in one place so that a test can make each fail."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = 0o600
"""Mode of the files a journal makes: prompts and answers concern their owner alone."""

PRIVATE_FOLDER = 0o700
"""Mode of the folders it makes: their names tell of agents and runs."""


class FileSystem:
    """The machine's own file system; every method raises ``OSError`` when it fails."""

    __slots__ = ()

    def make_folder(self, path: Path) -> None:
        """Make one folder, which must not exist."""
        path.mkdir(mode=PRIVATE_FOLDER)

    def open(self, path: Path, flags: int) -> int:
        """Return a file descriptor that no child process inherits."""
        return os.open(path, flags | os.O_CLOEXEC, PRIVATE)

    write = staticmethod(os.write)
    """Write bytes to a file descriptor and return how many were taken; no call in between, as it is hot."""

    def truncate(self, fd: int, size: int) -> None:
        """Cut a file down to ``size`` bytes."""
        os.ftruncate(fd, size)

    def sync(self, fd: int) -> None:
        """Force a file or folder to the disk."""
        os.fsync(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file its final name in one step."""
        source.replace(target)

    def make_folders(self, path: Path) -> list[Path]:
        """Make a folder and the missing ones above it; return those that gained a child."""
        if path.is_dir():
            return []
        changed = self.make_folders(path.parent)
        try:
            self.make_folder(path)
        except FileExistsError:
            return changed
        return [*changed, path.parent]

    def write_all(self, fd: int, content: bytes) -> None:
        """Write everything, however often the system takes only a part."""
        written = self.write(fd, content)
        while written < len(content):
            written += self.write(fd, memoryview(content)[written:])

    def sync_folder(self, path: Path) -> None:
        """Force a folder's list of names to the disk."""
        fd = self.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sync(fd)
        finally:
            os.close(fd)
