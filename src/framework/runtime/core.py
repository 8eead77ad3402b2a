"""The runtime: where runs are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from framework.journal.files import FileJournal
from framework.journal.memory import MemoryJournal

if TYPE_CHECKING:
    from framework.journal.base import Journal


class Runtime:
    """Keeps the journals of runs in a folder, or in memory when it has none."""

    def __init__(self, storage_path: str | Path | None = None, *, journal: Journal | None = None) -> None:
        """Keep runs under ``storage_path``, or in ``journal`` when given."""
        self.storage_path = Path(storage_path).expanduser() if storage_path is not None else None
        if journal is not None:
            self.journal: Journal = journal
        elif self.storage_path is not None:
            self.journal = FileJournal(self.storage_path)
        else:
            self.journal = MemoryJournal()
