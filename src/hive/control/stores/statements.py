"""The SQL of the control plane, by name: ``FILE.NAME`` is the part NAME of FILE.sql."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import NamedTuple

_FOLDER = resources.files("hive.control.stores") / "sql"
_HEADING = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


class Migration(NamedTuple):
    """A step of the schema."""

    version: int
    name: str
    script: bytes

    @property
    def sha256(self) -> bytes:
        """The digest by which a changed step is known."""
        return sha256(self.script).digest()


def statement(name: str) -> bytes:
    """Return a statement, without its comments."""
    file, _, part = name.partition(".")
    return _parts(file)[part]


@cache
def migrations() -> tuple[Migration, ...]:
    """Return every migration, in order."""
    files = sorted((_FOLDER / "migrations").iterdir(), key=lambda file: file.name)
    return tuple(
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_bytes()) for file in files
    )


@cache
def _parts(file: str) -> dict[str, bytes]:
    text = (_FOLDER / f"{file}.sql").read_text(encoding="utf-8")
    _, *pieces = _HEADING.split(text)
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return {name: _COMMENT.sub("", body).strip().encode() for name, body in pairs}
