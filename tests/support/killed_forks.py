"""A process that forks a run again and again, killed at one operation on the disk after the other."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from framework.clock import ManualClock
from framework.journal.files import FileJournal
from framework.runtime.fork import Fork, fork_run
from tests.support.faulty_disk import FaultyDisk


class KillingDisk(FaultyDisk):
    """Kills the process at the operation that would fail, a write when half of it is done."""

    __slots__ = ()

    def write(self, fd: int, content: bytes | memoryview) -> int:
        if self.count + 1 == self._fails_at:
            os.write(fd, content[: len(content) // 2])
        return super().write(fd, content)

    def _step(self, name: str) -> None:
        self.count += 1
        if self.count == self._fails_at:
            os.kill(os.getpid(), signal.SIGKILL)


def main(stored: Path, run_id: str, at_seq: int) -> None:
    """Fork the run in a copy of ``stored`` for every operation, until one fork was not killed."""
    fails_at, is_killed = 0, True
    while is_killed:
        fails_at += 1
        folder = stored.with_name(f"killed-{fails_at}")
        shutil.copytree(stored, folder)
        child = os.fork()
        if child == 0:
            journal = FileJournal(folder, files=KillingDisk(fails_at))
            fork = Fork(at_seq=at_seq, run_id="twin")
            asyncio.run(fork_run(journal, run_id, fork, data_dir=folder / "data", clock=ManualClock()))
            os._exit(0)
        is_killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
