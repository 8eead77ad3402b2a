"""A journal in PostgreSQL: any number of processes on any number of machines share its runs."""

try:
    from framework.journal.postgres.journal import PostgresJournal
    from framework.journal.postgres.retention import Removed, Retention
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"The journal in PostgreSQL needs the module {error.name!r}: pip install 'hive-agents[server]'",
        name=error.name,
    ) from error

__all__ = ["PostgresJournal", "Removed", "Retention"]
