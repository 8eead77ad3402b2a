"""The journal of a run: entries, hashes, the fold to a state, and where it is stored."""

from framework.journal.base import Journal, JournalWriter
from framework.journal.entry import Entry
from framework.journal.memory import MemoryJournal

__all__ = ["Entry", "Journal", "JournalWriter", "MemoryJournal"]
