"""Stored runs: where they lie, what each came to, and steering one from outside."""

from hive.runs.stored import (
    STOPPED,
    UNREADABLE,
    RunSummary,
    StoredRun,
    find_run,
    foreign_folders,
    storages,
    stored_runs,
    summarise,
    summarise_stored,
    summary_of,
)

__all__ = [
    "STOPPED",
    "UNREADABLE",
    "RunSummary",
    "StoredRun",
    "find_run",
    "foreign_folders",
    "storages",
    "stored_runs",
    "summarise",
    "summarise_stored",
    "summary_of",
]
