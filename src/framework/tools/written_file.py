"""Files that a run wrote or left, as events: text as it is, other bytes as base64."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from framework.model.events import FileFound, FileWritten
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable


def file_written(name: str, content: bytes) -> FileWritten:
    """Return the event of a file's new content."""
    value, encoding = _encoded(content)
    return FileWritten(name=name, content=value, encoding=encoding)


def file_found(name: str, content: bytes) -> FileFound:
    """Return the event of a file that was seen to have this content now."""
    value, encoding = _encoded(content)
    return FileFound(name=name, content=value, encoding=encoding)


def file_content(event: FileWritten | FileFound) -> bytes:
    """Return the bytes that a file was written, or found, with; none of one that is gone."""
    if event.content is None:
        return b""
    text: str = event.content.load()
    return base64.b64decode(text) if event.encoding == "base64" else text.encode()


def files_after(events: Iterable[object]) -> dict[str, FileWritten | FileFound]:
    """Return the files that are there after these events of a run, by name, each with its last content."""
    files: dict[str, FileWritten | FileFound] = {}
    for event in events:
        if isinstance(event, (FileWritten, FileFound)):
            files.pop(event.name, None)
            if event.content is not None:
                files[event.name] = event
    return files


def _encoded(content: bytes) -> tuple[Value, str]:
    try:
        return Value.of(content.decode()), "utf-8"
    except UnicodeDecodeError:
        return Value.of(base64.b64encode(content).decode()), "base64"
