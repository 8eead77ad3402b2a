"""Dumps of the control plane's database, by the programs that come with the embedded PostgreSQL."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import psycopg

from hive.control.stores.embedded import addresses
from tests.support.connections import as_superuser
from tests.support.postgres import programs

if TYPE_CHECKING:
    from pathlib import Path

    from hive.control.stores.embedded import Addresses


def dump(places: Addresses) -> str:
    """Return a database as SQL, its rows as INSERTs, without the lines that differ from time to time."""
    parts = psycopg.conninfo.conninfo_to_dict(places.app)
    words = ["--inserts", "-h", str(parts["host"]), "-U", "postgres", str(parts["dbname"])]
    done = subprocess.run([programs() / "pg_dump", *words], check=True, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\"))]
    return "\n".join(lines) + "\n"


def restore(superuser_dsn: str, name: str, file: Path) -> Addresses:
    """Fill the empty database ``name`` from a dump."""
    with as_superuser(superuser_dsn) as connection:
        host = connection.info.host
    words = ["-q", "-X", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "postgres", "-d", name, "-f", str(file)]
    subprocess.run([programs() / "psql", *words], check=True, stdout=subprocess.DEVNULL)
    return addresses(host, name)
