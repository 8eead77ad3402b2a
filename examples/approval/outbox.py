"""The outbox: a file of messages, one JSON object a line, that stands for the world outside."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from typing import BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; ``id`` is that of the run which sent it."""

    id: str
    text: str


class Outbox:
    """A file of messages that holds each id at most once."""

    def __init__(self, path: Path) -> None:
        """Use the file ``path``; it is made when the first message is sent."""
        self._path = path

    def send(self, message: Message) -> bool:
        """Add the message and return True, or return False if one with its id was sent before."""
        with self._locked() as file:
            if any(known.id == message.id for known in _read(file)):
                return False
            file.write(json.dumps(asdict(message), ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return True

    def messages(self, message_id: str) -> list[Message]:
        """Return the messages with this id: one, or none."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            return [message for message in _read(file) if message.id == message_id]

    @contextmanager
    def _locked(self) -> Generator[BinaryIO]:
        """Open the file for this process alone, so that two runs cannot write into each other."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _read(file: BinaryIO) -> list[Message]:
    file.seek(0)
    records = [json.loads(line) for line in file if line.strip()]
    return [Message(id=record["id"], text=record["text"]) for record in records]
