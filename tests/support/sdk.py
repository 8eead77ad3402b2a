"""A team with a key, as an SDK of it asks over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from tests.support.control import Signed, bearer

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts

EVENTS = "/v1/control/events"


class Sdk:
    """A team with a key, and a way to send by it."""

    def __init__(self, client: httpx.AsyncClient, parts: Parts, admin: Signed, key: str) -> None:
        self.client = client
        self.parts = parts
        self.admin = admin
        self.headers = bearer(key)
        self.team_id = TeamId(UUID(admin.team_id))
        self.instance: dict[str, str] = {}

    async def send(self, *events: object) -> dict[str, Any]:
        answer = await self.client.post(EVENTS, json={"events": list(events)}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask the database as the application does."""
        async with self.parts.database.transaction(Scope(team_id=self.team_id)) as transaction:
            cursor = await transaction._connection.execute(query)
            return await cursor.fetchall()

    async def set_budget(self, **budget: Any) -> None:
        answer = await self.client.patch(
            "/v1/control/policy", json={"budget": budget}, headers=self.admin.headers
        )
        assert answer.status_code == 200, answer.text

    async def policy(self) -> dict[str, Any]:
        headers = {**self.headers, **self.instance}
        answer = await self.client.get("/v1/control/policy", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def validate(self, **question: Any) -> dict[str, Any]:
        body = {"budget_id": "global", "estimated_cost": 0, "local_spend": 0, **question}
        headers = {**self.headers, **self.instance}
        answer = await self.client.post("/v1/control/budget/validate", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()
