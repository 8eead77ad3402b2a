"""A control plane behind a real port, a team of it, and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from tests.support.control import Signed, bearer, make_key, register
from tests.support.control_server import working_control

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from hive.control.api.parts import Parts


class Site:
    """What a test of sockets needs."""

    def __init__(self, url: str, parts: Parts, client: httpx.AsyncClient, admin: Signed) -> None:
        self.url = url
        self.parts = parts
        self.client = client
        self.admin = admin
        self.key = ""
        self.key_id = ""

    @property
    def team_id(self) -> TeamId:
        return TeamId(UUID(self.admin.team_id))

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.key)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with self.parts.database.transaction(Scope(team_id=self.team_id)) as transaction:
            return await (await transaction._connection.execute(query)).fetchall()

    async def set_budget(self, **budget: Any) -> None:
        body = {"budget": budget}
        answer = await self.client.patch("/v1/control/policy", json=body, headers=self.admin.headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def site(parts: Parts, client: httpx.AsyncClient) -> AsyncIterator[Site]:
    admin = await register(client)
    made = await make_key(client, admin)
    async with working_control(parts) as url:
        found = Site(url, parts, client, admin)
        found.key, found.key_id = made["key"], made["key_id"]
        yield found
