"""The last entries of a stream, for all who follow it: one copy, bounded, without a hole. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hive.control.domain.live import Entry


class Ring:
    """Entries that follow each other; the oldest fall off.

    Attributes:
        head: the position after the newest entry.
        tail: the position before the oldest; who is behind it cannot go on from here.
    """

    def __init__(self, head: int, *, most_entries: int, most_bytes: int) -> None:
        """Begin after ``head``, and keep at most so many entries and bytes of text, but always the newest."""
        self.head = head
        self.tail = head
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._order: deque[Entry] = deque()
        self._by_before: dict[int, Entry] = {}
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        """Add what follows the newest entry."""
        if entry.before != self.head or entry.upto <= entry.before:
            raise ValueError(f"after {self.head} comes no entry from {entry.before} to {entry.upto}")
        self._order.append(entry)
        self._by_before[entry.before] = entry
        self._bytes += len(entry.text)
        self.head = entry.upto
        while len(self._order) > 1 and self._is_too_much():
            oldest = self._order.popleft()
            del self._by_before[oldest.before]
            self._bytes -= len(oldest.text)
            self.tail = oldest.upto

    def after(self, position: int) -> Entry | None:
        """Return the entry that begins at a position, None if none does."""
        return self._by_before.get(position)

    def join_after(self, position: int) -> int:
        """Return the first position after this one at which a follower can go on from here."""
        if position < self.tail:
            return self.tail
        return next((entry.upto for entry in self._order if entry.upto > position), self.head)

    def _is_too_much(self) -> bool:
        return len(self._order) > self._most_entries or self._bytes > self._most_bytes
