"""Which model a process used last is read from the newest calls of its team, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from hive.control.domain.ids import TeamId
from hive.control.stores.scope import Scope
from tests.support.connections import connected
from tests.support.control import register
from tests.support.isolation import see

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses

CALLS = """INSERT INTO metric_events
           SELECT %s, now() - %s * interval '1 hour' - n * interval '1 ms', gen_random_uuid(), now(), %s, 'a',
                  NULL, NULL, 't', 's', 'p', %s, 'success', 1, 1, 1, 0, 0, 2, 0.1, 'priced', '{}'
             FROM generate_series(1, %s) n"""


async def test_the_newest_calls_alone_are_looked_at(
    parts: Parts, client: httpx.AsyncClient, control_database: Addresses
) -> None:
    team_id = (await register(client)).team_id
    with connected(control_database.app) as connection:
        see(connection, team_id=team_id)
        for hours, sender, model, count in (
            (0, "busy", "new", 1999),
            (1, "quiet", "old", 1),
            (2, "gone", "x", 1),
        ):
            connection.execute(CALLS, [team_id, hours, sender, model, count])
    found: dict[str | None, str | None] = {}
    async with parts.database.transaction(Scope(team_id=TeamId(UUID(team_id)))) as transaction:
        for sender in ("busy", "quiet", "gone", None):
            row = await transaction.row("policies.last_model", {"team_id": team_id, "sender": sender})
            found[sender] = row["model_id"] if row else None
    assert found == {"busy": "new", "quiet": "old", "gone": None, None: "new"}
