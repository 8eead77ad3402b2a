"""Programs that sleep, ten minutes by default, and can be told from all others."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_START_S = 20.0
_POLL_S = 0.01


class Sleepers:
    """Sleeping programs with a name of their own.

    Attributes:
        command: starts one, as a list of words.
        line: starts one, for a shell.
    """

    def __init__(self, seconds: str = "600.") -> None:
        """Take a name that nobody has: how long they sleep, which begins with ``seconds``."""
        self.command = ["sleep", f"{seconds}{secrets.randbelow(10**12):012}"]
        self.line = " ".join(self.command)
        self._left: list[subprocess.Popen[bytes]] = []

    def leave_one(self) -> None:
        """Start one and leave it running."""
        self._left.append(subprocess.Popen(self.command))

    def living(self) -> list[psutil.Process]:
        """Return those that sleep now."""
        return [
            process
            for process in psutil.process_iter(["cmdline", "status"])
            if process.info["cmdline"] == self.command and process.info["status"] != psutil.STATUS_ZOMBIE
        ]

    async def have_started(self, count: int = 1) -> None:
        """Wait until so many sleep."""
        await asyncio.to_thread(self.wait_for, count)

    async def have_ended(self) -> None:
        """Wait until none sleeps."""
        await asyncio.to_thread(_wait, lambda: not self.living(), "the programs did not end")

    def wait_for(self, count: int = 1) -> None:
        """Wait until so many sleep, where there is no event loop."""
        _wait(lambda: len(self.living()) >= count, "the programs did not start")

    def wait_for_another(self) -> None:
        """Wait until one sleeps that does not sleep yet."""
        known = self.living()
        _wait(lambda: not known or bool(set(self.living()) - set(known)), "no other program started")

    def end(self) -> None:
        """End those that are left."""
        for process in self.living():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for process in self._left:
            process.wait(LONGEST_START_S)


def _wait(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(_POLL_S)
