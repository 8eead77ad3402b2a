"""A folder of content by its SHA-256: stored once, shared by every run beside it."""

from __future__ import annotations

import os
import re
import secrets
from hashlib import sha256
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from framework.clock import SystemClock
from framework.errors import BlobNotFoundError, JournalCorruptError, JournalError
from framework.journal.sweep import GRACE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from framework.journal.filesystem import FileSystem

_DIGEST = re.compile(r"[0-9a-f]{64}")
_GRACE_S = GRACE.total_seconds()
_STAMPED_AGAIN_S = _GRACE_S / 6
"""Age from which content that is to be stored again is stamped anew."""


class StoredBlob(NamedTuple):
    """A file of the folder: content, or what a killed process left of some, without a digest."""

    path: Path
    digest: str
    size: int


class BlobFolder:
    """Keeps ``ab/ab12...``: content under its digest, in folders named by the digest's first byte."""

    __slots__ = ("_files", "_root", "_syncs")

    def __init__(self, root: Path, files: FileSystem, *, syncs: bool) -> None:
        """Keep content below ``root``; with ``syncs`` it is on the disk before it has its name."""
        self._root = root
        self._files = files
        self._syncs = syncs

    def missing(self, blobs: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return what is not stored in full; what is counts as stored now."""
        now_s = _now_s()
        return {
            digest: content
            for digest, content in blobs.items()
            if not self._is_kept(digest, len(content), now_s)
        }

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
            raise BlobNotFoundError(
                f"No content is stored under {digest[:80]!r}, as it is no SHA-256; restore the journal."
            )
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

    def spare(self, referred: Collection[str]) -> Iterator[StoredBlob]:
        """Yield the content but what is ``referred`` to, by digest, and what was stored within the grace.

        Raises:
            OSError: if the folder cannot be read.
        """
        now_s = _now_s()
        folders = sorted(self._root.iterdir()) if self._root.is_dir() else []
        for folder in folders:
            for path in sorted(folder.iterdir()) if folder.is_dir() else []:
                digest = path.name if _DIGEST.fullmatch(path.name) else ""
                if digest not in referred and _is_older(path, now_s - _GRACE_S):
                    yield StoredBlob(path, digest, path.lstat().st_size)

    def remove(self, blob: StoredBlob) -> bool:
        """Remove content, unless a writer has just stored it again; return whether it went.

        Raises:
            OSError: if it cannot be removed.
        """
        aside = blob.path.with_name(f".{blob.path.name[-64:]}.{secrets.token_hex(6)}")
        blob.path.rename(aside)
        if not _is_older(aside, _now_s() - _GRACE_S):
            aside.rename(blob.path)
            return False
        aside.unlink()
        return True

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest

    def _is_kept(self, digest: str, size: int, now_s: float) -> bool:
        path = self._path(digest)
        try:
            found = path.stat()
        except OSError:
            return False
        if found.st_size != size:
            return False
        return now_s - found.st_mtime < _STAMPED_AGAIN_S or _is_stamped(path)

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


def _is_older(path: Path, than_s: float) -> bool:
    """Whether it is a file that was last stored before a time."""
    found = path.lstat()
    return S_ISREG(found.st_mode) and found.st_mtime < than_s


def _now_s() -> float:
    return SystemClock().epoch_us() / 1_000_000


def _is_stamped(path: Path) -> bool:
    """Give content the time of now, by which a sweep knows it is wanted; return whether it is still there."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # It is another person's, and so is the sweep.
    return True
