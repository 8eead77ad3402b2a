"""The inbox of a run in files, beside its journal.

::

    <root>/runs/<run_id>/inbox/<microseconds>-<random>.json    one message a file
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from framework.errors import JournalError, JournalWriteError
from framework.journal.inbox.base import (
    MAX_MESSAGE_BYTES,
    MAX_MESSAGES,
    Holder,
    decode_message,
    encode_message,
    inbox_is_full,
    new_name,
)
from framework.journal.run_lock import is_held, signed_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from framework.journal.inbox.base import InboxMessage

_SUFFIX = ".json"

_log = logging.getLogger("framework.journal")


class FileInbox:
    """Keeps the messages for one run in files; see ``Inbox``."""

    def __init__(self, run_folder: Path) -> None:
        """Keep messages in ``run_folder/inbox``, which is made with the first one."""
        self._run = run_folder
        self._folder = run_folder / "inbox"

    async def put(self, message: InboxMessage) -> str:
        """Leave a message; see ``Inbox.put``."""
        return await asyncio.to_thread(self._put, encode_message(message))

    async def names(self) -> list[str]:
        """Return the names of the messages; see ``Inbox.names``."""
        return self._names()

    async def read(self, name: str) -> InboxMessage | None:
        """Return a message, None if it is gone or is none."""
        try:
            content = self._content(name)
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("inbox_message_unreadable", extra={"name_": name, "error": type(error).__name__})
            return None
        return decode_message(name, content)

    async def remove(self, names: Iterable[str]) -> None:
        """Remove messages; see ``Inbox.remove``."""
        try:
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise JournalWriteError(
                f"A message in {str(self._folder)!r} cannot be removed ({error.strerror}); "
                "check the permissions."
            ) from error

    async def is_attended(self) -> bool:
        """Whether a process writes the run just now."""
        return is_held(self._run)

    async def holder(self) -> Holder | None:
        """Return the process that writes the run just now, None if none does."""
        return Holder(name=f"{signed_by(self._run) or ''}") if is_held(self._run) else None

    def _names(self) -> list[str]:
        try:
            with os.scandir(self._folder) as found:
                return sorted(item.name for item in found if item.name.endswith(_SUFFIX))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(
                f"The inbox {str(self._folder)!r} cannot be read: {error.strerror}."
            ) from error

    def _content(self, name: str) -> bytes:
        with (self._folder / name).open("rb") as stored:
            return stored.read(MAX_MESSAGE_BYTES + 1)

    def _put(self, content: bytes) -> str:
        name = new_name() + _SUFFIX
        try:
            self._folder.mkdir(exist_ok=True)
            if len(self._names()) >= MAX_MESSAGES:
                raise inbox_is_full()
            self._store(name, content)
        except OSError as error:
            raise JournalWriteError(
                f"The message could not be left in {str(self._folder)!r} ({error.strerror}); "
                "check the disk and the permissions."
            ) from error
        return name

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
