"""A conversation as a chain: every message names the one before it by hash."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.model.message import Message

EMPTY_HEAD = ""
"""The head of a conversation without messages."""


class ConversationMark(NamedTuple):
    """A place in a conversation: its length, head and characters there."""

    length: int
    head: str
    characters: int


class ConversationChain:
    """The messages of one conversation and the hash of its last link.

    Attributes:
        head: SHA-256 of the last message and the head before it, hexadecimal.
        characters: characters of all messages, arguments included.
    """

    __slots__ = ("_messages", "characters", "head")

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        """Hold ``messages``."""
        self._messages: list[Message] = []
        self.head = EMPTY_HEAD
        self.characters = 0
        for message in messages:
            self.add(message)

    def add(self, message: Message) -> None:
        """Append a message."""
        raw = orjson.dumps(message)
        self.head = sha256(self.head.encode() + raw).hexdigest()
        self.characters += len(raw)
        self._messages.append(message)

    def messages(self) -> tuple[Message, ...]:
        """Return the messages, oldest first."""
        return tuple(self._messages)

    def copy(self) -> ConversationChain:
        """Return a conversation that goes its own way from here."""
        twin = ConversationChain()
        twin.head = self.head
        twin.characters = self.characters
        twin._messages = list(self._messages)
        return twin

    def mark(self) -> ConversationMark:
        """Return a place to rewind to."""
        return ConversationMark(len(self._messages), self.head, self.characters)

    def rewind(self, mark: ConversationMark) -> None:
        """Forget every message after ``mark``."""
        del self._messages[mark.length :]
        self.head = mark.head
        self.characters = mark.characters

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self._messages)
