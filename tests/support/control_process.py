"""``hive up`` as a real process on real servers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hive.control.stores.embedded import Addresses

_HIVE = [sys.executable, "-c", "from hive.cli.main import main; main()"]
_ADDRESS = re.compile(r"Hive is up at (\S+);")
_SIGNING_KEYS = f"k1:{urlsafe_b64encode(b'1' * 32).decode()}"
_PATIENCE_S = 30


class ControlProcess:
    """One process of a control plane."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it, and return its exit code and what it logged."""
        self.process.send_signal(number)
        self.process.communicate(timeout=_PATIENCE_S)
        return self.process.returncode, self._log.read_text()


@contextmanager
def hive_up(database: Addresses, redis_url: str) -> Iterator[ControlProcess]:
    """Run one, with a home of its own, until the block ends."""
    home = Path(tempfile.mkdtemp(prefix="hive-process-", dir="/tmp"))
    environment = {
        **os.environ, "HIVE_HOME": str(home), "HIVE_REDIS_URL": redis_url,
        "HIVE_DATABASE_URL": _as_url(database.app), "HIVE_DATABASE_OWNER_URL": _as_url(database.owner),
        "HIVE_SIGNING_KEYS": _SIGNING_KEYS,
    }  # fmt: skip
    log = home / "log"  # A pipe that nobody reads would hold the process up.
    with log.open("w") as logging:
        process = subprocess.Popen(
            [*_HIVE, "up", "--port", "0"], env=environment, text=True, stdout=subprocess.PIPE, stderr=logging
        )
    try:
        yield ControlProcess(process, _address(process, log), log)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=_PATIENCE_S)
        shutil.rmtree(home, ignore_errors=True)


def _as_url(dsn: str) -> str:
    """Return an address of a server behind a socket in a folder, as people write it."""
    facts = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    return f"postgresql://{facts['user']}@/{facts['dbname']}?host={quote(facts['host'], safe='')}"


def _address(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if (found := _ADDRESS.search(line)) is not None:
            return found[1]
    raise AssertionError(log.read_text())
