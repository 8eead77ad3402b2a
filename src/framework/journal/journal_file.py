"""The file of a run's entries: its name, and what reads back of it after a kill."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, NamedTuple, cast

import orjson

from framework.errors import JournalCorruptError, JournalError, JournalWriteError, RunNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL_NAME = "journal.jsonl"
"""Name of the file of entries in a run's folder."""

DRAFT_NAME = "journal.draft"
"""Name of the file that becomes the journal of a run whose first entries come together."""

RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""What can be a run's id, and so the name of its folder."""

_HEAD = b'{"v":'
_SPACE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class GoodPart(NamedTuple):
    """What reads back of a journal file: its lines, and how many bytes of the file they are."""

    lines: list[bytes]
    size: int


def write_error(folder: Path, error: OSError) -> JournalWriteError:
    """Return the error that says why the run in ``folder`` cannot be written and what to do."""
    where = error.filename or folder
    cure = "free some space" if error.errno in _SPACE_ERRORS else "check the disk and the permissions"
    return JournalWriteError(
        f"Run {folder.name!r} could not be written to '{where}' ({error.strerror}); {cure}, then resume it."
    )


def read_good(folder: Path, after: int = 0) -> GoodPart:
    """Return the entries of the run in ``folder`` without a torn last line, those above ``after`` checked.

    Raises:
        RunNotFoundError: if there is no such folder.
        JournalCorruptError: if an entry is not what was written, or a folder stands in the file's place.
        JournalError: if the file cannot be read.
    """
    try:
        content = (folder / JOURNAL_NAME).read_bytes()
    except FileNotFoundError:
        if not folder.is_dir():
            raise not_found(folder) from None
        content = b""
    except IsADirectoryError as error:
        raise JournalCorruptError(
            f"Run {folder.name!r} cannot be read: {str(folder / JOURNAL_NAME)!r} is a folder; "
            "move it away and restore the file from a copy."
        ) from error
    except OSError as error:
        raise JournalError(f"Run {folder.name!r} cannot be read: {error.strerror}.") from error
    lines = content.split(b"\n")
    torn = lines.pop()
    size = len(content) - len(torn)
    if lines and not torn and _is_torn(lines[-1]):
        size -= len(lines.pop()) + 1
    for seq, line in enumerate(lines[after:], after + 1):
        if _sequence_number(line) != seq:
            raise JournalCorruptError(
                f"Line {seq} of {str(folder / JOURNAL_NAME)!r} is not what was written; "
                "restore the file from a copy."
            )
    return GoodPart(lines, size)


def _is_torn(line: bytes) -> bool:
    """Whether a last line with its end was not written whole; one with both its edges was damaged later."""
    is_edged = line.startswith(_HEAD) and line.endswith(b"}") and b"\0" not in line
    return not is_edged and _sequence_number(line) is None


def _sequence_number(line: bytes) -> object:
    try:
        record: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, object]", record).get("seq", 0) if isinstance(record, dict) else 0


def not_found(folder: Path) -> RunNotFoundError:
    """Return the error that says that no run is stored in ``folder``."""
    return RunNotFoundError(f"No run {folder.name!r} is stored in {str(folder.parent)!r}.")
