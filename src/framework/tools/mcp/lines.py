"""Cutting a server's output into lines without ever holding more than one of bounded length."""

from __future__ import annotations

from dataclasses import dataclass

_HEAD_BYTES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLine:
    """A line that was dropped for its length; ``head`` is how it began."""

    head: bytes
    size: int


class LineCutter:
    """Takes chunks and gives lines; of a line over ``limit`` bytes it keeps only the beginning.

    Attributes:
        dropped: bytes dropped so far of the line that is coming in.
    """

    def __init__(self, limit: int) -> None:
        """Give lines of at most ``limit`` bytes."""
        self._limit = limit
        self._buffer = bytearray()
        self._head = b""
        self.dropped = 0

    def feed(self, chunk: bytes) -> list[bytes | LongLine]:
        """Return the lines that end in ``chunk``, without their ends."""
        *ends, rest = chunk.split(b"\n")
        lines = [self._end(part) for part in ends]
        self._take(rest)
        return lines

    def _end(self, part: bytes) -> bytes | LongLine:
        self._take(part)
        if self.dropped:
            line: bytes | LongLine = LongLine(head=self._head, size=self.dropped)
        else:
            line = bytes(self._buffer)
        self._buffer.clear()
        self.dropped = 0
        return line

    def _take(self, part: bytes) -> None:
        if self.dropped:
            self.dropped += len(part)
            return
        self._buffer += part
        if len(self._buffer) > self._limit:
            self._head = bytes(self._buffer[:_HEAD_BYTES])
            self.dropped = len(self._buffer)
            self._buffer.clear()
