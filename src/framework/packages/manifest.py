"""The manifest of a package: which files make it up, and the version that follows from them."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT_FILE = "agent.py"
AGENT_JSON = "agent.json"
MCP_FILE = "mcp_servers.json"

_FOLDERS_LEFT_OUT = ("__pycache__", "tests", ".*")
_FILES_LEFT_OUT = (AGENT_JSON, "README*", "LICENSE*", "CHANGELOG*", "*.pyc", "*.pyo", "*~", ".*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The files of a package with the SHA-256 of their contents, sorted by path.

    Attributes:
        files: pairs of a relative path with ``/`` between its parts, and a digest.
    """

    files: tuple[tuple[str, str], ...]

    @property
    def version(self) -> str:
        """The SHA-256 over paths and contents: equal wherever the same files lie."""
        lines = "".join(f"{path}\0{digest}\n" for path, digest in self.files)
        return sha256(lines.encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a package, without caches, tests, documents and ``agent.json``.

    Raises:
        PackageError: if a file cannot be read.
    """
    path, files = folder, list[tuple[str, str]]()
    try:
        for path in _files(folder):
            files.append((_portable(path.relative_to(folder)), _digest(path)))
    except OSError as error:
        reason = f"{error.strerror or error} ({error.filename or path})"
        raise PackageError(
            f"The package {str(folder)!r} cannot be read: {reason}; make its files readable."
        ) from error
    return Manifest(files=tuple(sorted(files)))


def discover(folder: str | Path) -> list[Path]:
    """Return the packages directly below ``folder``, by name: the folders that hold an ``agent.py``."""
    root = Path(folder).expanduser()
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if (path / AGENT_FILE).is_file())


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _matches(name, _FOLDERS_LEFT_OUT)]
        for name in names:
            path = Path(place, name)
            if path.is_file() and not _matches(name, _FILES_LEFT_OUT):
                yield path


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _portable(path: Path) -> str:
    """Return a path as every machine writes it; some file systems compose accents, some do not."""
    return unicodedata.normalize("NFC", path.as_posix())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, sha256).hexdigest()
