"""``hive up`` as a real process, on places of the tests' own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlencode

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HIVE = [sys.executable, "-c", "from hive.cli.main import main; main()"]
KEY = re.compile(r"hive_[0-9a-f]{16}_[0-9a-f]{64}")
_WATCHED = """
import os, sys
def watch(event, args):
    place = args[1] if event == "socket.connect" else ""
    if isinstance(place, tuple) and not place[0].startswith(("127.", "::1")):
        os.write(2, f"REACHED OUT {place}".encode()); os._exit(97)
    if event == "socket.getaddrinfo" and args[0] not in {"127.0.0.1", "localhost", "::1", None}:
        os.write(2, f"REACHED OUT {args[0]}".encode()); os._exit(97)
sys.addaudithook(watch)
"""
"""Ends an interpreter that reaches for another machine."""
_SOURCE = Path(__file__).resolve().parents[2] / "src"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_LAST_LINE = "Another key"


class UpProcess:
    """A control plane that serves.

    Attributes:
        said: what it printed until it was up.
    """

    def __init__(
        self, environment: Mapping[str, str], *options: str, stderr: int | IO[str] = subprocess.DEVNULL
    ) -> None:
        """Start ``hive up`` on a free port, and return when it is up."""
        self.process = subprocess.Popen(
            [*HIVE, "up", "--port", "0", *options],
            env=dict(environment), text=True, stdout=subprocess.PIPE, stderr=stderr,
        )  # fmt: skip
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if _LAST_LINE in line:
                return
        raise AssertionError(self.process.communicate(timeout=10))

    @property
    def address(self) -> str:
        found = _ADDRESS.search(self.said)
        assert found is not None
        return found[0]

    @property
    def key(self) -> str:
        """The API key that the first start prints."""
        found = KEY.search(self.said)
        assert found is not None
        return found[0]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.communicate(timeout=30)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)


@contextmanager
def control_environment() -> Iterator[dict[str, str]]:
    """Give an environment without the internet, whose home and embedded database are empty folders."""
    folder = Path(tempfile.mkdtemp(prefix="hive-up-", dir="/tmp"))  # A socket's path must be short.
    folder.chmod(0o755)
    (folder / "sitecustomize.py").write_text(_WATCHED)
    path = [str(folder), str(_SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
    places = {"HIVE_HOME": str(folder / "home"), "HIVE_POSTGRES_FOLDER": str(folder / "pg")}
    yield {**os.environ, **places, "PYTHONPATH": os.pathsep.join(path)}
    shutil.rmtree(folder, ignore_errors=True)


def database_urls(superuser_dsn: str) -> dict[str, str]:
    """Return the variables that name the database of a prepared server."""
    place = "/hive?" + urlencode({"host": psycopg.conninfo.conninfo_to_dict(superuser_dsn)["host"]})
    return {
        "HIVE_DATABASE_URL": f"postgresql://hive_app@{place}",
        "HIVE_DATABASE_OWNER_URL": f"postgresql://hive_owner@{place}",
    }
