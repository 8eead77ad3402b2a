"""What can be set: the model, how much history is read, and how much of it is shown."""

from __future__ import annotations

from framework.config import RuntimeConfig

DEFAULT_COMMITS, MOST_COMMITS = 1_000, 5_000
MOST_BYTES = 16_000_000
"""Bytes of history that are read; what lies further back is left out, and the report says so."""

MOST_CHANGES = 50_000
"""Changes of files that are kept, all commits together; the same holds."""

GIT_TIMEOUT_S = 60.0

MOST_SHOWN = 12
"""Rows of each table."""

MOST_SUBJECTS = 15
"""Latest commits whose subjects the model reads."""

FEWEST_SUMMARY_CHARS, MOST_SUMMARY_CHARS = 40, 1_500
MOST_REDOS = 1
"""Times the summary goes back; one that is no better then is left out."""

default_config = RuntimeConfig(temperature=0.2)

metadata = {
    "name": "Repository report",
    "version": "1.0.0",
    "description": "Reads the history of a git repository and reports who changed what.",
}
