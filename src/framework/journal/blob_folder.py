"""A folder of content by its SHA-256: stored once, shared by every run beside it."""

from __future__ import annotations

import os
import re
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from framework.errors import BlobNotFoundError, JournalCorruptError, JournalError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from framework.journal.filesystem import FileSystem

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobFolder:
    """Keeps ``ab/ab12...``: content under its digest, in folders named by the digest's first byte."""

    __slots__ = ("_files", "_root", "_syncs")

    def __init__(self, root: Path, files: FileSystem, *, syncs: bool) -> None:
        """Keep content below ``root``; with ``syncs`` it is on the disk before it has its name."""
        self._root = root
        self._files = files
        self._syncs = syncs

    def missing(self, blobs: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return what is not stored in full."""
        return {digest: content for digest, content in blobs.items() if self._size(digest) != len(content)}

    def store(self, blobs: Mapping[str, bytes]) -> None:
        """Write content whole or not at all.

        Raises:
            OSError: if it cannot be written.
        """
        changed: dict[Path, None] = {}
        for digest, content in blobs.items():
            path = self._path(digest)
            changed.update(dict.fromkeys(self._files.make_folders(path.parent)))
            self._write(path, content)
            changed[path.parent] = None
        if self._syncs:
            for folder in changed:
                self._files.sync_folder(folder)

    def read(self, digest: str) -> bytes:
        """Return the content with this SHA-256.

        Raises:
            BlobNotFoundError: if it is not stored.
            JournalCorruptError: if it does not match its digest.
            JournalError: if the file cannot be read.
        """
        if not _DIGEST.fullmatch(digest):
            raise BlobNotFoundError(f"{digest[:80]!r} is no SHA-256, so no content is stored under it.")
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise BlobNotFoundError(
                f"The content {digest} is not stored in {str(self._root)!r}; "
                "copy the blobs folder together with the runs."
            ) from None
        except OSError as error:
            raise JournalError(f"The content in {str(path)!r} cannot be read: {error.strerror}.") from error
        if sha256(content).hexdigest() != digest:
            raise JournalCorruptError(
                f"The content in {str(path)!r} is not what was written; restore it from a copy."
            )
        return content

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest

    def _size(self, digest: str) -> int:
        try:
            return self._path(digest).stat().st_size
        except OSError:
            return -1

    def _write(self, path: Path, content: bytes) -> None:
        partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        fd = self._files.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            try:
                self._files.write_all(fd, content)
                if self._syncs:
                    self._files.sync(fd)
            finally:
                os.close(fd)
            self._files.replace(partial, path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
