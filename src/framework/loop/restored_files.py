"""The files of a run, brought back from its journal: those of a fork, and those a stored run lost."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from framework.errors import JournalWriteError, ToolError
from framework.journal.reading import read_entries
from framework.model.events import OwnerChanged
from framework.tools.file_tree import add_below, files_below, is_absent_below, put_below
from framework.tools.written_file import files_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from framework.journal.base import Journal
    from framework.journal.entry import Entry
    from framework.journal.state import RunState
    from framework.tools.written_file import FilePieces

_log = logging.getLogger("framework.loop")


def restore_files(folder: Path, entries: Iterable[Entry]) -> None:
    """Write the files that were in a run's data folder after these entries.

    Raises:
        JournalWriteError: if one cannot be written.
        JournalCorruptError: if the beginning of one is not in the entries.
        ToolError: if the name of one leads out of the folder.
    """
    for name, pieces in files_after(entry.event for entry in entries).items():
        try:
            put_below(folder, name, pieces.content())
        except OSError as error:
            raise _not_written(folder, name, error) from error


async def bring_back(folder: Path, journal: Journal, state: RunState, *, is_shared: bool) -> dict[str, str]:
    """Write the files that a stored run has by its journal and that are not there; leave the others alone.

    In a folder that runs share another run may have removed a file, which
    stays away: files come back there only if the folder itself is gone, or
    was, and another run that was carried on has made it again since.

    Args:
        folder: the data folder.
        journal: holds the run.
        state: the fold of the run.
        is_shared: whether other runs have the same folder.

    Returns:
        Names of the files that are not there and cannot be brought back, and why.

    Raises:
        JournalWriteError: if one cannot be written.
        JournalCorruptError: if the journal does not read back.
    """
    if not (state.files or state.left_out):
        return {}
    absent = await asyncio.to_thread(_absent, folder, state)
    made_again_us = await asyncio.to_thread(_made_again_us, folder) if is_shared else None
    if not absent or made_again_us == 0:
        return {}
    entries = await read_entries(journal, state.run_id)
    if made_again_us is not None and made_again_us <= _last_worked_us(entries):
        return {}
    found = files_after(entry.event for entry in entries)
    files = {name: pieces for name, pieces in found.items() if name in absent}
    refused = await asyncio.to_thread(_add, folder, files, is_shared=is_shared)
    _log.info("files_brought_back", extra={"run_id": state.run_id, "files": len(files) - len(refused)})
    return refused | {name: why for name, why in state.left_out.items() if name in absent}


def _absent(folder: Path, state: RunState) -> frozenset[str]:
    absent = frozenset(name for name in (*state.files, *state.left_out) if is_absent_below(folder, name))
    # Names that are not kept stand in the journal with escapes.
    return absent - {file.name for file in files_below(folder)} if absent else absent


def _last_worked_us(entries: Sequence[Entry]) -> int:
    """Return when the run was last at work; that another process took it over is no work."""
    return max(entry.at_us for entry in entries if not isinstance(entry.event, OwnerChanged))


def _add(folder: Path, files: Mapping[str, FilePieces], *, is_shared: bool) -> dict[str, str]:
    """Write what is absent; return the names that are refused, and why."""
    refused: dict[str, str] = {}
    for name, pieces in files.items():
        try:
            if is_shared and not folder.exists():
                _note_made_again(folder)
            add_below(folder, name, pieces.content())
        except ToolError:
            refused[name] = "its name leads out of the folder, or is not kept"
        except OSError as error:
            raise _not_written(folder, name, error) from error
    return refused


def _note_made_again(folder: Path) -> None:
    """Note that a shared folder is about to be made again: cut off before it is whole, that is done later."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _mark(folder).touch()


def _made_again_us(folder: Path) -> int | None:
    """Return when a shared folder was last made again, in microseconds since 1970-01-01 UTC.

    None if it is gone now, 0 if it never was.
    """
    if not folder.exists():
        return None
    try:
        return _mark(folder).stat().st_mtime_ns // 1000
    except FileNotFoundError:
        return 0


def _mark(folder: Path) -> Path:
    """Return the file whose age says when a shared folder was made again, beside the folder."""
    return folder.with_name(f".{folder.name}-made-again")


def _not_written(folder: Path, name: str, error: OSError) -> JournalWriteError:
    return JournalWriteError(
        f"The file {name!r} could not be written to {str(folder)!r} ({error.strerror}); "
        "free some space or check the permissions, then try again."
    )
