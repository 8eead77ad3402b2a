"""The credentials that other processes of a run were given, as far as its journal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.journal.reading import content_of
from framework.model.events import FileFound, FileWritten
from framework.tools.written_file import file_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from framework.credentials.tracked import TrackedCredentials
    from framework.journal.entry import Entry


def remember_given_before(credentials: TrackedCredentials, entries: Sequence[Entry]) -> None:
    """Have ``credentials`` take out of texts what was taken out of ``entries``, of a run carried on.

    So a run keeps the same out of its data as if one process had walked it.
    """
    credentials.remember_redacted(_said(entries))


def _said(entries: Sequence[Entry]) -> Iterator[bytes]:
    yield from (entry.body for entry in entries)
    yield from content_of(entries).values()
    for entry in entries:
        event = entry.event
        if isinstance(event, FileFound | FileWritten) and event.encoding == "base64":
            yield file_content(event)
