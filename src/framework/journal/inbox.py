"""A run's inbox: what other processes have to say to the one that runs it, in files beside its journal.

::

    <root>/runs/<run_id>/inbox/<microseconds>-<random>.json    one message a file

A message is whole or not there. It is removed by the process that runs the run,
once the journal holds what followed from it.
"""

from __future__ import annotations

import logging
import os
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from framework.clock import SystemClock
from framework.errors import InputError, JournalError, JournalWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_MESSAGES = 256
"""Messages one inbox holds; one more is refused."""

MAX_MESSAGE_BYTES = 1_000_000
"""Size of one message; a larger one is refused."""

_SUFFIX = ".json"

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


class FileInbox:
    """The inbox of one run; any process may put a message into it."""

    def __init__(self, run_folder: Path) -> None:
        """Keep messages in ``run_folder/inbox``, which is made with the first one."""
        self._folder = run_folder / "inbox"

    def put(self, message: InboxMessage) -> str:
        """Leave a message and return its name.

        Raises:
            InputError: if it is too large, or too many wait already.
            JournalWriteError: if it cannot be stored.
        """
        content = message.model_dump_json().encode()
        if len(content) > MAX_MESSAGE_BYTES:
            raise InputError(f"The message has {len(content)} bytes; {MAX_MESSAGE_BYTES} is the most.")
        name = f"{SystemClock().epoch_us():020d}-{secrets.token_hex(4)}{_SUFFIX}"
        try:
            self._folder.mkdir(exist_ok=True)
            if len(self.names()) >= MAX_MESSAGES:
                raise InputError(
                    f"{MAX_MESSAGES} messages wait for the run already; "
                    "let it read them: hive run --resume RUN."
                )
            self._store(name, content)
        except OSError as error:
            raise JournalWriteError(
                f"The message could not be left in {str(self._folder)!r} ({error.strerror}); "
                "check the disk and the permissions."
            ) from error
        return name

    def names(self) -> list[str]:
        """Return the names of the messages, oldest first."""
        try:
            with os.scandir(self._folder) as found:
                return sorted(item.name for item in found if item.name.endswith(_SUFFIX))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(
                f"The inbox {str(self._folder)!r} cannot be read: {error.strerror}."
            ) from error

    def read(self, name: str) -> InboxMessage | None:
        """Return a message, None if it is gone or is none."""
        try:
            with (self._folder / name).open("rb") as stored:
                return InboxMessage.model_validate_json(stored.read(MAX_MESSAGE_BYTES + 1))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            _log.warning("inbox_message_unreadable", extra={"name_": name, "error": type(error).__name__})
            return None

    def remove(self, names: Iterable[str]) -> None:
        """Remove messages; those that are gone already are no error.

        Raises:
            JournalWriteError: if one cannot be removed.
        """
        try:
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise JournalWriteError(
                f"A message in {str(self._folder)!r} cannot be removed ({error.strerror}); "
                "check the permissions."
            ) from error

    def _store(self, name: str, content: bytes) -> None:
        """Give the message its name when it is whole on the disk."""
        part = self._folder / f".{name}.part"
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._folder / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise
