"""A file system on which a chosen operation fails."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from framework.journal.filesystem import FileSystem

if TYPE_CHECKING:
    from pathlib import Path


class FaultyDisk(FileSystem):
    """Fails the ``fails_at``-th operation that changes the disk.

    Attributes:
        count: operations so far, the failed one included.
        names: their names, in order.
    """

    __slots__ = ("_code", "_fails_at", "_keeps_failing", "_torn", "count", "names")

    def __init__(
        self,
        fails_at: int = 0,
        code: int = errno.EIO,
        *,
        torn: bool = False,
        keeps_failing: bool = False,
    ) -> None:
        self._fails_at = fails_at
        self._code = code
        self._torn = torn
        self._keeps_failing = keeps_failing
        self.count = 0
        self.names: list[str] = []

    def make_folder(self, path: Path) -> None:
        self._step("make_folder")
        super().make_folder(path)

    def open(self, path: Path, flags: int) -> int:
        self._step("open")
        return super().open(path, flags)

    def write(self, fd: int, content: bytes | memoryview) -> int:
        try:
            self._step("write")
        except OSError:
            if self._torn:
                os.write(fd, content[: len(content) // 2])
            raise
        return os.write(fd, content)

    def truncate(self, fd: int, size: int) -> None:
        self._step("truncate")
        super().truncate(fd, size)

    def sync(self, fd: int) -> None:
        self._step("sync")
        super().sync(fd)

    def replace(self, source: Path, target: Path) -> None:
        self._step("replace")
        super().replace(source, target)

    def _step(self, name: str) -> None:
        self.count += 1
        self.names.append(name)
        failing = self.count == self._fails_at or (self._keeps_failing and 0 < self._fails_at < self.count)
        if failing:
            raise OSError(self._code, os.strerror(self._code))


class SlowDisk(FileSystem):
    """Takes at most ``portion`` bytes at a write."""

    __slots__ = ("_portion",)

    def __init__(self, portion: int) -> None:
        self._portion = portion

    def write(self, fd: int, content: bytes | memoryview) -> int:
        return os.write(fd, content[: self._portion])
