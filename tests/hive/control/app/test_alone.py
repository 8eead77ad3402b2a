"""Without a shared Redis one process serves a database: a second one says what it lacks."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest

from hive.control.services.alone import Alone, alone
from hive.control.stores.embedded import prepare
from hive.errors import ControlSetupError
from tests.support.connections import as_superuser
from tests.support.control import new_database
from tests.support.pgbouncer import running_pgbouncer, through
from tests.support.postgres import running_server
from tests.support.up_process import HIVE, UpProcess, control_environment, database_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(180)  # It starts several processes, on a busy machine, too.

HOLDERS = (
    "FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND objid = 2 AND granted"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_server() as dsn:
        prepare(dsn)
        yield dsn


def test_a_second_process_without_redis_is_told_so_and_the_first_goes_on(server: str) -> None:
    with control_environment() as one, control_environment() as other:
        urls = database_urls(server)
        first = UpProcess({**one, **urls})
        refused = subprocess.run(
            [*HIVE, "up", "--port", "0"], env={**other, **urls}, text=True, capture_output=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert (refused.returncode, "HIVE_REDIS_URL" in refused.stderr) == (2, True), refused
        assert (first.process.poll(), "Traceback" in refused.stderr) == (None, False)
        first.kill()
        UpProcess({**one, **urls}).stop()  # A process that was killed keeps nobody out.


async def test_it_holds_through_a_pooler_that_lends_connections_by_transaction(server: str) -> None:
    with running_pgbouncer(server) as port:
        dsn = through(port, new_database(server).app)
        async with alone(dsn):
            second = Alone(dsn)
            with pytest.raises(ControlSetupError, match="HIVE_REDIS_URL"):
                await second.take(patience_s=0)
            assert holders(server) == [
                (None, None)
            ]  # It keeps no row that was deleted from being cleaned away.
        await second.take(patience_s=5)
        await second.let_go()


async def test_it_is_taken_anew_when_the_connection_was_lost(server: str) -> None:
    dsn = new_database(server).app
    async with alone(dsn):
        with as_superuser(server, autocommit=True) as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid, 10000) {HOLDERS}")
        async with asyncio.timeout(30):
            while not holders(server):  # noqa: ASYNC110  (nobody is told)
                await asyncio.sleep(0.1)
        assert len(holders(server)) == 1


def holders(server: str) -> list[tuple[object, ...]]:
    """Return the oldest rows that those who hold the lock may see, and their numbers as writers."""
    with as_superuser(server) as connection:
        return connection.execute(f"SELECT backend_xmin, backend_xid {HOLDERS}").fetchall()
