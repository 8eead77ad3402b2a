"""Files that a run wrote or left, as events: text as it is, other bytes as base64.

A file that grows is told piece by piece: each event holds what came after what stood there already.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.errors import JournalCorruptError
from framework.model.events import FileFound, FileWritten
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    FileEvent = FileWritten | FileFound


def file_written(name: str, content: bytes) -> FileWritten:
    """Return the event of a file's new content."""
    value, encoding = encoded(content)
    return FileWritten(name=name, content=value, encoding=encoding)


def file_found(name: str, content: bytes) -> FileFound:
    """Return the event of a file that was seen to have this content now."""
    value, encoding = encoded(content)
    return FileFound(name=name, content=value, encoding=encoding, size=len(content))


def file_grown(name: str, content: bytes, offset: int, digest: str) -> FileFound:
    """Return the event of a file that has ``content`` now and held its first ``offset`` bytes before.

    ``digest`` is that of the whole content.
    """
    value, encoding = encoded(content[offset:])
    return FileFound(
        name=name, content=value, encoding=encoding, offset=offset, size=len(content), digest=digest
    )


def file_content(event: FileEvent) -> bytes:
    """Return the bytes that an event of a file holds; none of one that is gone."""
    if event.content is None:
        return b""
    text: str = event.content.load()
    return base64.b64decode(text) if event.encoding == "base64" else text.encode()


@dataclass(frozen=True, slots=True)
class FilePieces:
    """What a file held after an event of a run: what the event says, after what it held before.

    Attributes:
        event: the last one.
        before: what the file held before, if the event says only what it has grown by.
    """

    event: FileEvent
    before: FilePieces | None = None

    def content(self) -> bytes:
        """Return the whole content."""
        pieces: list[bytes] = []
        piece: FilePieces | None = self
        while piece is not None:
            pieces.append(file_content(piece.event))
            piece = piece.before
        return b"".join(reversed(pieces))


def file_pieces(events: Iterable[object]) -> Iterator[tuple[FileEvent, FilePieces | None]]:
    """Yield the events of files, each with what its file holds after it; None where it is gone.

    Args:
        events: those of a run, from the first.

    Raises:
        JournalCorruptError: if what a file has grown from is not among them.
    """
    files: dict[str, FilePieces] = {}
    for event in events:
        if not isinstance(event, (FileWritten, FileFound)):
            continue
        before = files.pop(event.name, None)
        if event.content is None:
            yield event, None
            continue
        grown_from = _grown_from(event, before)
        files[event.name] = FilePieces(event, grown_from)
        yield event, files[event.name]


def files_after(events: Iterable[object]) -> dict[str, FilePieces]:
    """Return the files that are there after these events of a run, by name.

    Raises:
        JournalCorruptError: if what a file has grown from is not among them.
    """
    files: dict[str, FilePieces] = {}
    for event, pieces in file_pieces(events):
        files.pop(event.name, None)
        if pieces is not None:
            files[event.name] = pieces
    return files


def _grown_from(event: FileEvent, before: FilePieces | None) -> FilePieces | None:
    if isinstance(event, FileWritten) or not event.offset:
        return None
    held = before.event if before is not None else None
    if not isinstance(held, FileFound) or held.size != event.offset:
        raise JournalCorruptError(
            f"The journal does not hold the first {event.offset:,} bytes of the file {event.name!r}; "
            "restore the journal from a copy."
        )
    return before


def encoded(content: bytes) -> tuple[Value, str]:
    """Return bytes as an event holds them, and how they are encoded there."""
    try:
        return Value.of(content.decode()), "utf-8"
    except UnicodeDecodeError:
        return Value.of(base64.b64encode(content).decode()), "base64"
