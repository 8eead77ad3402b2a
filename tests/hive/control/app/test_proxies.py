"""Whose word about a client's address is taken: limits count callers by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from hive.control.services.limits import REFRESH_BY_HOST
from tests.support.control import running_parts
from tests.support.control_server import serving_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from hive.control.stores.embedded import Addresses

TOO_MANY = REFRESH_BY_HOST.most + 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "last"),
    [
        # Nobody is trusted: what a client says of itself lets it in no more often.
        ((), lambda number: f"192.0.2.{number}", 429),
        (("127.0.0.1",), lambda number: f"192.0.2.{number}", 401),
        # What a client sends stands before what the proxy adds, and does not count.
        (("127.0.0.1",), lambda number: f"198.51.100.{number}, 192.0.2.1", 429),
        (("10.0.0.0/8",), lambda number: f"192.0.2.{number}", 429),
    ],
)
async def test_a_client_is_counted_by_what_a_trusted_proxy_says(
    control_database: Addresses, proxies: tuple[str, ...], forwarded: Callable[[int], str], last: int
) -> None:
    async with (
        running_parts(control_database.app) as parts,
        serving_control(parts, trusted_proxies=proxies) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        statuses: list[int] = []
        for number in range(TOO_MANY):
            headers = {"X-Forwarded-For": forwarded(number)}
            answer = await client.post("/v1/auth/refresh", json={"refresh_token": "x"}, headers=headers)
            statuses.append(answer.status_code)
    assert statuses == [401] * REFRESH_BY_HOST.most + [last]
