"""Sweeping runs in files: the folders of old runs that ended, and the content that no run refers to.

A run leaves the list in one step, when its folder moves to ``<root>/swept``; what a
kill leaves there goes with the next sweep.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from framework.clock import SystemClock
from framework.errors import JournalError, JournalLockedError
from framework.journal.entry import decode_line
from framework.journal.fence import free_file, hold_file
from framework.journal.journal_file import DRAFT_NAME, JOURNAL_NAME, RUN_ID, read_good
from framework.journal.reading import place_of
from framework.journal.run_lock import acquire_lock, refuse_held
from framework.journal.sweep import LeftRun, Swept, SweptRun
from framework.model.events import OwnerChanged, RunFinished, RunRejected, RunStarted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import timedelta

    from framework.journal.blob_folder import BlobFolder
    from framework.journal.entry import Entry
    from framework.journal.filesystem import FileSystem

_SWEPT = "swept"
_REFERENCE = re.compile(rb'\{"\$blob":"([0-9a-f]{64})"')


class _Due(NamedTuple):
    """A run that may go, and the content it refers to."""

    run: SweptRun
    digests: frozenset[str]


class FolderSweep:
    """Removes runs below one folder."""

    def __init__(self, root: Path, files: FileSystem, blobs: BlobFolder) -> None:
        """Sweep below ``root``, which holds ``blobs``."""
        self._root = root
        self._runs = root / "runs"
        self._files = files
        self._blobs = blobs

    def sweep(self, older_than: timedelta, *, is_trial: bool) -> Swept:
        """Remove runs and content; see ``SharedJournal.sweep``.

        Raises:
            JournalLockedError: if another sweep is under way here.
            JournalError: if the folder of the runs cannot be read.
        """
        if not self._runs.exists():
            return Swept()
        before_us = SystemClock().epoch_us() - int(older_than.total_seconds() * 1_000_000)
        try:
            with self._alone():
                return self._swept(before_us, is_trial=is_trial)
        except OSError as error:
            raise JournalError(f"The runs in {str(self._runs)!r} cannot be read: {_said(error)}.") from error

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Hold the folder of the runs, so that no other sweep works here.

        Raises:
            JournalLockedError: if another sweep is under way here.
            OSError: if that is no folder, or its file system has no locks.
        """
        fd = self._files.open(self._runs, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _hold(fd, self._runs)
            yield
        finally:
            os.close(fd)

    def _swept(self, before_us: int, *, is_trial: bool) -> Swept:
        going: list[_Due] = []
        left: list[LeftRun] = []
        problems: list[str] = [] if is_trial else self._emptied()
        for folder in self._folders():
            try:
                due = _due_run(folder, before_us)
                if due is not None:
                    self._take(folder, is_trial=is_trial)
                    going.append(due)
            except JournalLockedError as error:
                left.append(LeftRun(run_id=folder.name, reason=str(error), is_held=True))
            except (JournalError, OSError) as error:
                left.append(LeftRun(run_id=folder.name, reason=_said(error)))
        problems += [] if is_trial else self._emptied()
        is_damaged = any(not run.is_held for run in left)
        count, size = self._content(going, problems, is_damaged=is_damaged, is_trial=is_trial)
        return Swept(
            runs=tuple(sorted((due.run for due in going), key=lambda run: run.ended_at_us)),
            left=tuple(left),
            blobs=count,
            blob_size=size,
            problems=tuple(problems),
        )

    def _folders(self) -> list[Path]:
        return sorted(path for path in self._runs.iterdir() if RUN_ID.fullmatch(path.name) and path.is_dir())

    def _take(self, folder: Path, *, is_trial: bool) -> None:
        """Take a run away from among the others.

        Raises:
            JournalLockedError: if a process holds it.
            OSError: if it cannot be moved.
        """
        if is_trial:
            refuse_held(folder)
            return
        lock = acquire_lock(self._files, folder)
        try:
            journal = folder / JOURNAL_NAME
            fd = self._files.open(journal, os.O_RDONLY)
            try:
                hold_file(fd, journal)
                self._files.make_folders(self._root / _SWEPT)
                self._files.replace(folder, self._root / _SWEPT / f"{folder.name}.{secrets.token_hex(6)}")
            finally:
                free_file(fd)
        finally:
            lock.release()

    def _emptied(self) -> list[str]:
        """Remove the folders of the runs that were taken away; return what could not be, and why."""
        swept, problems = self._root / _SWEPT, list[str]()
        for folder in sorted(swept.iterdir()) if swept.is_dir() else []:
            try:
                shutil.rmtree(folder)
            except OSError as error:
                problems.append(f"{str(folder)!r} is not removed whole: {_said(error)}")
        with suppress(OSError):  # It is not there, or not empty.
            swept.rmdir()
        return problems

    def _content(
        self, going: Sequence[_Due], problems: list[str], *, is_damaged: bool, is_trial: bool
    ) -> tuple[int, int]:
        """Remove content that no run refers to; return how many pieces, and their bytes.

        What a damaged run refers to cannot be known whole, so beside one only content goes that the
        removed runs referred to.
        """
        count = size = 0
        known = frozenset[str]().union(*(due.digests for due in going))
        try:
            referred = self._referred({due.run.run_id for due in going} if is_trial else set())
            for blob in self._blobs.spare(referred):
                if is_damaged and blob.digest not in known:
                    continue
                if is_trial or self._blobs.remove(blob):
                    count, size = count + 1, size + blob.size
        except OSError as error:
            problems.append(f"Content in {str(self._root)!r} is not removed: {_said(error)}")
        return count, size

    def _referred(self, without: set[str]) -> set[str]:
        """Return the digests that the runs refer to."""
        digests: set[str] = set()
        for folder in self._runs.iterdir():
            for name in (JOURNAL_NAME, DRAFT_NAME) if folder.name not in without else ():
                with suppress(FileNotFoundError, NotADirectoryError):
                    digests.update(_digests((folder / name).read_bytes()))
        return digests


def _hold(fd: int, runs: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise JournalLockedError(
            f"The runs in {str(runs)!r} are being swept by another process; wait until it is done."
        ) from None


def _due_run(folder: Path, before_us: int) -> _Due | None:
    """Return a run that ended and was last written before a time, None if it is another.

    Raises:
        JournalError: if it does not read back, or lies elsewhere.
        OSError: if a file of it cannot be read.
    """
    if folder.is_symlink():
        raise JournalError(f"{str(folder)!r} is a link, so the run lies elsewhere; sweep it there.")
    lines = read_good(folder).lines
    if not lines:
        return None
    last = _entry(folder, lines, len(lines))
    if last.at_us >= before_us or not _is_over(folder, lines):
        return None
    first = _entry(folder, lines, 1).event
    agent = first.agent if isinstance(first, RunStarted) else ""
    run = SweptRun(run_id=folder.name, agent=agent, ended_at_us=last.at_us, size=size_below(folder))
    return _Due(run, frozenset(_digests(b"\n".join(lines))))


def _is_over(folder: Path, lines: Sequence[bytes]) -> bool:
    """Whether a run ended; who opened it since, or rejects it, does not matter."""
    entries = (_entry(folder, lines, seq) for seq in range(len(lines), 0, -1))
    events = (entry.event for entry in entries)
    last = next((event for event in events if not isinstance(event, OwnerChanged | RunRejected)), None)
    return isinstance(last, RunFinished)


def _entry(folder: Path, lines: Sequence[bytes], seq: int) -> Entry:
    return decode_line(lines[seq - 1], place_of(folder.name, seq))


def _digests(content: bytes) -> Generator[str]:
    return (digest.decode() for digest in _REFERENCE.findall(content))


def size_below(folder: Path) -> int:
    """Return the bytes of all files below a folder; links are not followed.

    Raises:
        OSError: if a folder of it cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise error

    walked = os.walk(folder, onerror=refuse)
    return sum((Path(place) / name).lstat().st_size for place, _, names in walked for name in names)


def _said(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    why = error.strerror or str(error)
    return f"{why} ({str(error.filename)!r})" if error.filename else why
