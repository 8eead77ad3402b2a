"""What the database keeps of a policy is read as people mean it, whatever was taken once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.types.json import Jsonb

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from tests.support.control import clock_of, register

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts


async def test_a_blank_model_of_a_stored_policy_is_none(client: httpx.AsyncClient, parts: Parts) -> None:
    team_id = TeamId(UUID((await register(client)).team_id))
    budget = {"limit": "1", "limit_action": "degrade", "degrade_to_model": " ", "degrade_to_provider": ""}
    row = {
        "team_id": team_id,
        "policy_id": "default",
        "version": "0" * 8,
        "document": Jsonb({"name": "P", "budget": budget}),
        "now": clock_of(parts).now(),
        "updated_by": "somebody",
    }
    async with parts.database.transaction(Scope(team_id=team_id)) as transaction:
        await transaction.change("policies.write", row)
    (told,) = (await parts.policies.document(team_id)).budgets
    assert (told.limit, told.degradeToModel, told.degradeToProvider) == (1, None, None)
