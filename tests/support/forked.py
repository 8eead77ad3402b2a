"""Processes forked from one that knows the framework; threads may begin and await them side by side."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress
from multiprocessing.connection import wait
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_processes = multiprocessing.get_context("forkserver")

_asking = Lock()
"""Held while an exit code may be read: starting a process reads the codes of all others, and each code
can be read only once."""


def preload(module: str) -> None:
    """Let new processes know a module from the beginning."""
    _processes.set_forkserver_preload([module])


class Child:
    """One process, begun at once."""

    def __init__(self, target: Callable[..., None], *args: Any) -> None:
        self._process = _processes.Process(target=target, args=args)
        with _asking:
            self._process.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, a signal below 0; None while it lives."""
        with _asking:
            return self._process.exitcode

    def wait(self, longest_s: float) -> int | None:
        """Wait for its end; return its exit code, None if it lives on."""
        wait([self._process.sentinel], longest_s)
        return self.exit_code

    def send(self, signal_number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal_number)
