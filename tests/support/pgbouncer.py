"""Debian's PgBouncer in transaction mode, before a PostgreSQL of the tests' own, on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.embedded import OWNER_ROLE
from tests.support.connections import as_superuser
from tests.support.lacks import program

if TYPE_CHECKING:
    from collections.abc import Iterator

POOL_SIZE = 2
_CONFIG = """[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
server_login_retry = 1
"""
_PATIENCE_S = 10.0
_PAUSE_S = 0.05


@contextmanager
def running_pgbouncer(superuser_dsn: str, port: int = 0) -> Iterator[int]:
    """Run it before the server of ``superuser_dsn``, and give its port."""
    path = program("pgbouncer") if shutil.which("pgbouncer") else program("/usr/sbin/pgbouncer")
    folder = Path(tempfile.mkdtemp(prefix="hive-bouncer-", dir="/tmp"))
    folder.chmod(0o755)
    with as_superuser(superuser_dsn) as connection:
        host = connection.info.host
    port = port or free_port()
    users = "".join(f'"{role}" ""\n' for role in (OWNER_ROLE, APPLICATION_ROLE, "postgres"))
    (folder / "users").write_text(users)
    (folder / "config").write_text(_CONFIG.format(host=host, port=port, folder=folder, size=POOL_SIZE))
    # It refuses to run as root; whom the folder of the socket belongs to may enter it.
    account = ["-u", Path(host).owner()] if os.geteuid() == 0 else []
    try:
        with subprocess.Popen([path, "-q", *account, str(folder / "config")]) as process:
            try:
                await_port(port)
                yield port
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def await_port(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"Nothing listens on port {port}."
            time.sleep(_PAUSE_S)
        else:
            return


def through(port: int, dsn: str) -> str:
    """Return the address of the same database as the same role, by way of the pooler."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    return f"host=127.0.0.1 port={port} dbname={parts['dbname']} user={parts['user']} sslmode=disable"
