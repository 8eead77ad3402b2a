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


class Counted(NamedTuple):
    """What a provider counted: the tokens of a request and its answer, and their characters.

    The characters are those of the messages, the system prompt and the tools; ``overhead`` are those of
    the last two alone.
    """

    tokens: int
    characters: int
    overhead: int = 0


class ConversationMark(NamedTuple):
    """A place in a conversation: its length, head, characters and count there."""

    length: int
    head: str
    characters: int
    counted: Counted | None


class ConversationChain:
    """The messages of one conversation and the hash of its last link.

    Attributes:
        head: SHA-256 of the last message and the head before it, hexadecimal.
        characters: characters of all messages, arguments included.
        counted: the provider's count of the last request that sent it; None before the first.
        call_ids: ids of all tool calls in it, and of those that a compaction took out.
        open_calls: ids of the calls that have no result yet.
    """

    __slots__ = ("_messages", "call_ids", "characters", "counted", "head", "open_calls")

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        """Hold ``messages``."""
        self._messages: list[Message] = []
        self.head = EMPTY_HEAD
        self.characters = 0
        self.counted: Counted | None = None
        self.call_ids: set[str] = set()
        self.open_calls: set[str] = set()
        for message in messages:
            self.add(message)

    def add(self, message: Message) -> None:
        """Append a message."""
        raw = orjson.dumps(message)
        self.head = sha256(self.head.encode() + raw).hexdigest()
        self.characters += len(raw)
        self._messages.append(message)
        self._note_calls(message)

    def _note_calls(self, message: Message) -> None:
        for call in message.tool_calls:
            self.call_ids.add(call.id)
            self.open_calls.add(call.id)
        if message.tool_use_id is not None:
            self.open_calls.discard(message.tool_use_id)

    def messages(self) -> tuple[Message, ...]:
        """Return the messages, oldest first."""
        return tuple(self._messages)

    def copy(self) -> ConversationChain:
        """Return a conversation that goes its own way from here."""
        twin = ConversationChain()
        twin.head = self.head
        twin.characters = self.characters
        twin.counted = self.counted
        twin._messages = list(self._messages)
        twin.call_ids = set(self.call_ids)
        twin.open_calls = set(self.open_calls)
        return twin

    def mark(self) -> ConversationMark:
        """Return a place to rewind to."""
        return ConversationMark(len(self._messages), self.head, self.characters, self.counted)

    def rewind(self, mark: ConversationMark) -> None:
        """Forget every message after ``mark``."""
        del self._messages[mark.length :]
        self.head = mark.head
        self.characters = mark.characters
        self.counted = mark.counted
        self.call_ids.clear()
        self.open_calls.clear()
        for message in self._messages:
            self._note_calls(message)

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self._messages)
