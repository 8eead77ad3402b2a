"""The SQL of the journal, by the names of its files."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import NamedTuple

_FOLDER = resources.files("framework.journal.postgres") / "sql"
_COMMENT = re.compile(rb"^--.*\n", re.MULTILINE)


class Migration(NamedTuple):
    """A step of the schema: its number, from 1, and its statements."""

    version: int
    script: bytes


@cache
def statement(name: str) -> bytes:
    """Return the statement in the file ``name``, without its comments."""
    return _COMMENT.sub(b"", (_FOLDER / f"{name}.sql").read_bytes()).strip()


@cache
def append_statement(name: str, *, has_content: bool) -> bytes:
    """Return a statement that stores appends, with its part for content or without."""
    return statement(name).replace(b"/* content */", statement("append_content") if has_content else b"")


@cache
def migrations() -> tuple[Migration, ...]:
    """Return every migration, in order."""
    files = sorted((_FOLDER / "migrations").iterdir(), key=lambda file: file.name)
    return tuple(Migration(int(file.name[:4]), file.read_bytes()) for file in files)
