"""What is known of a connection from outside the protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MESSAGE_BYTES = 16 * 2**20
"""Bytes of one message from a server; a longer one fails the call it answers."""

_KEPT_LINES, _KEPT_CHARS = 100, 4096
"""More than is told, so that a secret is recognised before a cut leaves half of it."""

_TOLD_LINES, _TOLD_CHARS = 10, 300


class Link:
    """One connection: whether it is lost and why, and the last lines the server wrote for people.

    Attributes:
        lost: set once nothing can come through any more.
        reason: why it is lost, in words that follow "because".
        questions: what the server asked and was not answered yet.
    """

    def __init__(self) -> None:
        """Begin unlost."""
        self.lost = asyncio.Event()
        self.reason = ""
        self.questions = 0
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)

    def last_words(self, cleaned: Callable[[str], str]) -> str:
        """Return the last lines the server wrote to its standard error, as ``cleaned`` gives them."""
        lines = cleaned("\n".join(self._said)).splitlines()
        return "\n".join(line[:_TOLD_CHARS] for line in lines[-_TOLD_LINES:])

    def lose(self, reason: str) -> None:
        """Note that the connection is lost; the first reason stands."""
        if not self.lost.is_set():
            self.reason = reason
            self.lost.set()

    def hear(self, line: str) -> None:
        """Keep a line the server wrote to its standard error."""
        if line.strip():
            self._said.append(line.rstrip()[:_KEPT_CHARS])
