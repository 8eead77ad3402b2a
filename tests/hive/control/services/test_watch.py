"""A server that dies is started again, however often that takes; one that lives is left alone."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hive.control.services.watch import kept_alive
from hive.control.stores.embedded import EmbeddedPostgres
from hive.errors import ControlSetupError
from tests.support.connections import as_owner
from tests.support.frozen import Freezer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Mortal:
    """A server that dies when told to, and cannot be started some times."""

    def __init__(self, failures: int = 0) -> None:
        self.lives = True
        self.failures = failures
        self.starts = 0
        self.is_back = asyncio.Event()

    def is_alive(self) -> bool:
        return self.lives

    def restart(self) -> None:
        self.starts += 1
        if self.starts <= self.failures:
            raise ControlSetupError("not yet")
        self.lives = True


async def until_alive(server: Mortal) -> None:
    async with asyncio.timeout(10):
        while not server.lives:  # noqa: ASYNC110 - a thread changes it
            await asyncio.sleep(0.01)


async def test_one_that_lives_is_left_alone() -> None:
    server = Mortal()
    async with kept_alive(server, every_s=0.001):
        await asyncio.sleep(0.05)
    assert server.starts == 0


async def test_one_that_dies_is_started_again_as_often_as_that_takes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Mortal(failures=3)
    with caplog.at_level(logging.WARNING, logger="hive.control"):
        async with kept_alive(server, every_s=0.001):
            server.lives = False
            await until_alive(server)
            server.lives = False
            await until_alive(server)
    assert server.starts == 5
    assert [record.message for record in caplog.records].count("embedded_database_not_restarted") == 3


async def test_the_end_does_not_wait_for_the_next_look() -> None:
    server = Mortal()
    async with asyncio.timeout(5), kept_alive(server, every_s=3600):
        server.lives = False
    assert server.starts == 0


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="hive-em-", dir="/tmp"))  # A socket's path must be short.
    folder.chmod(0o755)
    made = EmbeddedPostgres(folder / "pg")
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_killed_postgres_comes_back_at_the_same_address_with_its_rows(server: EmbeddedPostgres) -> None:
    server.restart()
    assert not server.is_alive()
    places = server.start()
    with as_owner(places.owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
    pid_file = server._folder / "data" / "postmaster.pid"
    for _ in range(2):
        assert server.is_alive()
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        until_dead(server)
        start_again(server)
        with as_owner(places.owner) as connection:
            assert connection.execute("SELECT a FROM kept").fetchone() == (1,)
    server.stop()
    assert not server.is_alive()


def test_a_postgres_that_is_frozen_is_stopped_all_the_same_and_keeps_its_rows(
    server: EmbeddedPostgres,
) -> None:
    with as_owner(server.start().owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS a")
    pid_file = server._folder / "data" / "postmaster.pid"
    Freezer(int(pid_file.read_text().split()[0])).freeze()
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 15
    assert not server.is_alive()
    with as_owner(server.start().owner) as connection:
        assert connection.execute("SELECT a FROM kept").fetchone() == (1,)


def until_dead(server: EmbeddedPostgres) -> None:
    for _ in range(1000):
        if not server.is_alive():
            return
    raise AssertionError("It lives on.")


def start_again(server: EmbeddedPostgres) -> None:
    """Start it, once the processes it left have gone."""
    for left in reversed(range(20)):
        try:
            server.restart()
        except ControlSetupError:
            assert left, "It cannot be started."
        else:
            return
