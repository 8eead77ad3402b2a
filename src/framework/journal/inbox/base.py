"""The inbox protocol: leave a message for whoever runs a run, read it, take it away."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from framework.clock import SystemClock
from framework.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_MESSAGES = 256
"""Messages one inbox holds; one more is refused."""

MAX_MESSAGE_BYTES = 1_000_000
"""Size of one message; a larger one is refused."""

_log = logging.getLogger("framework.journal")


class MessageKind(StrEnum):
    """What a message wants."""

    ANSWER = "answer"
    PAUSE = "pause"
    CANCEL = "cancel"


class InboxMessage(BaseModel):
    """One message; an answer names its question."""

    model_config = ConfigDict(extra="allow", frozen=True)

    v: int = 1
    kind: MessageKind
    question_id: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who writes a run just now.

    Attributes:
        name: of the process; empty if that is not known.
        until: when it loses the run unless it is heard of before; None if it holds it while it lives.
        left_s: seconds until then, by the clock of the store.
    """

    name: str
    until: datetime | None = None
    left_s: float = 0.0

    def __str__(self) -> str:
        """Return what it is called, and until when it holds the run."""
        if self.until is None:
            return f"process {self.name}" if self.name else "a process of unknown id"
        at = self.until.astimezone(UTC)
        return f"{self.name!r}, which holds it until {at:%H:%M:%S} UTC, in {max(1, ceil(self.left_s))} s"


class Inbox(Protocol):
    """The inbox of one run; any process may put a message into it.

    A message is whole or not there. It is removed by the process that runs the
    run, once the journal holds what followed from it.
    """

    async def put(self, message: InboxMessage) -> str:
        """Leave a message and return its name.

        Raises:
            InputError: if it is too large, or too many wait already.
            JournalError: if no such run is stored, or the message cannot be.
        """
        ...

    async def names(self) -> list[str]:
        """Return the names of the messages, oldest first.

        Raises:
            JournalError: if the inbox cannot be read.
        """
        ...

    async def read(self, name: str) -> InboxMessage | None:
        """Return a message, None if it is gone or is none.

        Raises:
            JournalError: if the inbox cannot be read.
        """
        ...

    async def remove(self, names: Iterable[str]) -> None:
        """Remove messages; those that are gone already are no error.

        Raises:
            JournalWriteError: if one cannot be removed.
        """
        ...

    async def is_attended(self) -> bool:
        """Whether a process writes the run just now, and so reads the inbox.

        Raises:
            JournalError: if that cannot be known.
        """
        ...

    async def holder(self) -> Holder | None:
        """Return who writes the run just now, None if nobody does.

        Raises:
            JournalError: if that cannot be known.
        """
        ...


def new_name() -> str:
    """Return a name for a message that sorts by time and is not used yet."""
    return f"{SystemClock().epoch_us():020d}-{secrets.token_hex(4)}"


def encode_message(message: InboxMessage) -> bytes:
    """Return the bytes of a message.

    Raises:
        InputError: if it is too large.
    """
    content = message.model_dump_json().encode()
    if len(content) > MAX_MESSAGE_BYTES:
        raise InputError(f"The message has {len(content)} bytes; {MAX_MESSAGE_BYTES} is the most.")
    return content


def decode_message(name: str, content: bytes) -> InboxMessage | None:
    """Return the message that these bytes are, None if they are none."""
    try:
        return InboxMessage.model_validate_json(content)
    except ValidationError as error:
        _log.warning("inbox_message_unreadable", extra={"name_": name, "error": type(error).__name__})
        return None


def inbox_is_full() -> InputError:
    """Return the error that says that an inbox takes no further message."""
    return InputError(
        f"{MAX_MESSAGES} messages wait for the run already; let it read them: hive run --resume RUN."
    )
