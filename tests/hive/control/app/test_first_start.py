"""Two processes that start at once on one new database, as a deployment starts them."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from hive.control.stores.embedded import prepare
from tests.support.postgres import running_server
from tests.support.redis_server import running_redis
from tests.support.up_process import HIVE, KEY, UpProcess, control_environment, database_urls

pytestmark = pytest.mark.timeout(240)  # It starts several processes, on a busy machine, too.
LINK = re.compile(r"/first-login#([0-9a-f]{64})")


def test_one_of_two_first_starts_shows_the_link_and_it_counts() -> None:
    with (
        running_server() as dsn,
        running_redis() as redis,
        control_environment() as one,
        control_environment() as two,
    ):
        prepare(dsn)
        homes = [{**each, **database_urls(dsn), "HIVE_REDIS_URL": redis.url} for each in (one, two)]
        with ThreadPoolExecutor(2) as pool:
            ups = list(pool.map(UpProcess, homes))
        try:
            said = [up.said for up in ups]
            [link] = LINK.findall("".join(said))
            assert len(KEY.findall("".join(said))) == 1
            [other] = [each for each in said if LINK.search(each) is None]
            assert "another start showed the link, which counts until" in other
            assert "hive admin first-login" in other
            check_replaced(ups[0].address, homes[1], link)
        finally:
            for up in ups:
                up.stop()


def check_replaced(address: str, environment: dict[str, str], link: str) -> None:
    """A link that the operator asks for counts instead, and none can be had once somebody came in."""
    asked = ask_for_link(environment)
    renewed = LINK.search(asked.stdout)
    assert renewed is not None, asked.stderr
    body = {"email": "ada@example.org", "name": "Ada", "password": "correct horse battery"}
    for token, status in ((link, 404), (renewed[1], 201)):
        answer = httpx.post(f"{address}/v1/auth/first-login", json={**body, "token": token}, timeout=20)
        assert answer.status_code == status
    late = ask_for_link(environment)
    assert (late.returncode, late.stdout) == (1, "")
    assert "somebody came in" in " ".join(late.stderr.split())


def ask_for_link(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [*HIVE, "admin", "first-login"]
    return subprocess.run(command, env=environment, text=True, capture_output=True, timeout=50, check=False)
