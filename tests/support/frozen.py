"""Servers that are stopped in the middle of what they do: they say nothing, and do not go away either."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.support.connections import as_superuser

if TYPE_CHECKING:
    from collections.abc import Iterator


class Freezer:
    """Stops a process and all its children, and lets them go on."""

    def __init__(self, pid: int) -> None:
        self._first = psutil.Process(pid)
        self._stopped: list[psutil.Process] = []

    def freeze(self) -> None:
        """Stop them; the first one first, so that it makes no more."""
        self._stop(self._first)
        for child in self._first.children(recursive=True):
            self._stop(child)

    def thaw(self) -> None:
        """Let them go on."""
        for each in reversed(self._stopped):
            with suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGCONT)
        self._stopped.clear()

    def _stop(self, process: psutil.Process) -> None:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGSTOP)
            self._stopped.append(process)


def freezer_of(superuser_dsn: str) -> Freezer:
    """Return what stops a PostgreSQL of this machine."""
    with as_superuser(superuser_dsn) as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    assert row is not None
    return Freezer(int((Path(row[0]) / "postmaster.pid").read_text().partition("\n")[0]))


@contextmanager
def frozen(freezer: Freezer) -> Iterator[None]:
    """Keep servers stopped until the block ends."""
    freezer.freeze()
    try:
        yield
    finally:
        freezer.thaw()
