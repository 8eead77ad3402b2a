"""Files that a run wrote, as events: text as it is, other bytes as base64."""

from __future__ import annotations

import base64

from framework.model.events import FileWritten
from framework.model.value import Value


def file_written(name: str, content: bytes) -> FileWritten:
    """Return the event of a file's new content."""
    try:
        return FileWritten(name=name, content=Value.of(content.decode()))
    except UnicodeDecodeError:
        return FileWritten(name=name, content=Value.of(base64.b64encode(content).decode()), encoding="base64")


def file_content(event: FileWritten) -> bytes:
    """Return the bytes that a file was written with."""
    text: str = event.content.load()
    return base64.b64decode(text) if event.encoding == "base64" else text.encode()
