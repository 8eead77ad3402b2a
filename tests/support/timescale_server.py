"""A TimescaleDB of the tests' own: PGlite in a Node process, behind a port of this machine.

It is one backend: clients take turns by transaction, so no test may wait for one client inside a transaction
of another, and a statement that is prepared under a name stays for all.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.embedded import OWNER_ROLE, Addresses
from tests.support.lacks import lacks, program

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "timescale"
EXTENSION = "CREATE EXTENSION timescaledb"
# This build takes no word about the database itself once the extension is there.
ROLES = (
    f"CREATE ROLE {OWNER_ROLE} LOGIN NOINHERIT; CREATE ROLE {APPLICATION_ROLE} LOGIN NOINHERIT; "
    f"ALTER DATABASE template1 OWNER TO {OWNER_ROLE}"
)
_MOST_END_S = 10


class Timescale(NamedTuple):
    """Where the server is, for each role."""

    superuser: str
    places: Addresses


@contextmanager
def running_timescale(*, has_extension: bool = True) -> Iterator[Timescale]:
    """Run a server with the roles of the platform and an empty database."""
    node = program("node")
    if not (FOLDER / "node_modules").is_dir():
        lacks("the packages of tests/support/timescale", "run: sh scripts/servers.sh")
    first = f"{ROLES}; {EXTENSION}" if has_extension else ROLES
    command = [node, str(FOLDER / "server.mjs"), first]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        try:
            port = process.stdout.readline().strip()
            assert port.isdecimal(), "The server did not start; its reason stands above."
            superuser, owner, app = (dsn(port, role) for role in ("postgres", OWNER_ROLE, APPLICATION_ROLE))
            yield Timescale(superuser, Addresses(owner=owner, app=app))
        finally:
            process.stdin.close()
            process.wait(_MOST_END_S)


def dsn(port: str, role: str) -> str:
    return f"host=127.0.0.1 port={port} dbname=template1 user={role} sslmode=disable"
