"""Stored runs: where they lie, what each came to, and steering one from outside."""

from hive.runs.stored import (
    STOPPED,
    UNREADABLE,
    RunStore,
    RunSummary,
    StoredRun,
    file_stores,
    find_run,
    foreign_folders,
    storages,
    stored_runs,
    summarise,
    summarise_each,
    summarise_stored,
    summary_of,
)

__all__ = [
    "STOPPED",
    "UNREADABLE",
    "RunStore",
    "RunSummary",
    "StoredRun",
    "file_stores",
    "find_run",
    "foreign_folders",
    "storages",
    "stored_runs",
    "summarise",
    "summarise_each",
    "summarise_stored",
    "summary_of",
]
