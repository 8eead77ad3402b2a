"""Lines from a terminal, a pipe or a file, read without a thread, so that a wait can be cancelled."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

_READ_BYTES = 4096
_LONGEST_LINE = 1_000_000


class LineReader:
    """Reads the lines of a stream.

    Attributes:
        is_terminal: whether a person types them.
    """

    def __init__(self, source: TextIO) -> None:
        """Read from the file that ``source`` stands for."""
        self.is_terminal = source.isatty()
        self._fd = source.fileno()
        self._typed = b""
        self._is_over = False

    async def next(self) -> str | None:
        """Return the next line without its end; None when there is none any more."""
        while b"\n" not in self._typed and not self._is_over and len(self._typed) < _LONGEST_LINE:
            await self._readable()
            found = os.read(self._fd, _READ_BYTES)
            self._is_over = not found
            self._typed += found
        if not self._typed:
            # A terminal's end of input ends this line; whoever asks again reads anew.
            return None
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")

    async def _readable(self) -> None:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        try:
            loop.add_reader(self._fd, ready.set)
        except PermissionError:
            return  # A regular file always has its next bytes at hand.
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._fd)
