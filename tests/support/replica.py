"""A streaming replica of the tests' PostgreSQL, in a private folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.support.connections import as_superuser
from tests.support.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAG = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


class Replica:
    """A server that follows another; it can be stopped, and started again."""

    def __init__(self, superuser_dsn: str, folder: Path) -> None:
        """Copy the server of ``superuser_dsn`` into ``folder``."""
        with as_superuser(superuser_dsn) as connection:
            primary = connection.info.host
        self.folder = folder
        self._superuser_dsn = superuser_dsn
        # PostgreSQL does not run as root.
        self._account = Path(primary).owner() if os.geteuid() == 0 else None
        if self._account:
            shutil.chown(folder, self._account)
        self._run(
            "pg_basebackup", "-h", primary, "-U", "postgres", "-D", str(folder / "data"), "-R", "-c", "fast"
        )
        self.start()

    def start(self) -> None:
        options = f"-h '' -k {self.folder}"
        self._control("-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def dsn(self, primary_dsn: str) -> str:
        """Return the address of the same database as the same role here."""
        return psycopg.conninfo.make_conninfo(primary_dsn, host=str(self.folder))

    def execute(self, query: str, *values: object) -> object:
        """Return the first value of a query of the superuser."""
        dsn = f"host={self.folder} user=postgres dbname=postgres"
        with as_superuser(dsn, autocommit=True) as connection:
            return (connection.execute(query, values).fetchone() or [None])[0]

    def catch_up(self) -> None:
        """Wait until it shows what the primary holds now."""
        with as_superuser(self._superuser_dsn) as connection:
            [place] = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone() or [None]
        for _ in range(10_000):
            if self.execute(_LAG, place):
                return
        raise AssertionError("The replica lags behind.")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), *words)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [programs() / program, *words], check=True, user=self._account, cwd="/", stdout=subprocess.DEVNULL
        )


@contextmanager
def running_replica(superuser_dsn: str) -> Iterator[Replica]:
    folder = Path(tempfile.mkdtemp(prefix="hive-re-", dir="/tmp"))  # A socket's path must be short.
    try:
        replica = Replica(superuser_dsn, folder)
        try:
            yield replica
        finally:
            replica.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
