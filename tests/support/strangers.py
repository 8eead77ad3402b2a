"""Teams that have something of everything, and whatever shows that one is told of another."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from tests.support.connections import as_superuser
from tests.support.control import Signed, bearer, join, make_key, register
from tests.support.sdk_events import one_of_each

if TYPE_CHECKING:
    import httpx

    from hive.control.stores.embedded import Addresses

STORED_AS = (
    "metric_events",
    "trace_events",
    "decision_events",
    "log_events",
    "comm_events",
    "control_events",
)


@dataclass(frozen=True)
class Team:
    """A team, who asks for it, and what only it may see."""

    name: str
    people: dict[str, Signed]
    key: dict[str, Any]
    ids: dict[str, str]
    marks: list[str] = field(default_factory=list)

    @property
    def callers(self) -> dict[str, dict[str, str]]:
        """How each of them asks, by role."""
        return {**{role: who.headers for role, who in self.people.items()}, "key": bearer(self.key["key"])}


async def founded(client: httpx.AsyncClient) -> Team:
    """Return a team with something of everything in it."""
    name = f"mark-{secrets.token_hex(8)}"
    admin = await register(client)
    people = {"admin": admin, **{role: await join(client, admin, role) for role in ("member", "viewer")}}
    key = await make_key(client, admin, name=name)
    guest = f"{name}@example.org"
    body = {"email": guest, "role": "viewer"}
    invited = await client.post("/v1/auth/invitations", json=body, headers=admin.headers)
    budget = {"name": name, "budget": {"limit": 7, "limitAction": "kill"}}
    await client.patch("/v1/control/policy", json=budget, headers=admin.headers)
    events = events_of(name)
    stored = await client.post("/v1/control/events", json={"events": events}, headers=bearer(key["key"]))
    assert stored.json()["rejected"] == []
    text = f"{name}: a secret"
    digest = sha256(text.encode()).hexdigest()
    item = {"content_id": str(uuid4()), "content_hash": digest, "content": text, "byte_size": len(text)}
    kept = await client.post("/v1/control/content", json={"items": [item]}, headers=bearer(key["key"]))
    assert kept.status_code == 200
    ids = {"team_id": admin.team_id, "key_id": key["key_id"], "token": invited.json()["token"],
           "invitation_id": invited.json()["invitation_id"],
           "content_id": item["content_id"]}  # fmt: skip
    for role, who in people.items():
        me = (await client.get("/v1/auth/me", headers=who.headers)).json()
        ids["account_id" if role == "admin" else f"{role}_id"] = me["account_id"]
    team = Team(name, people, key, ids)
    team.marks.extend([name, digest, *ids.values(), *(who.email for who in people.values())])
    return team


def told_of(other: Team, said: str, asked: str) -> list[str]:
    """Return what of ``other`` is in an answer; an answer may repeat what was asked."""
    return [mark for mark in other.marks if mark in said and mark not in asked]


async def state_of(client: httpx.AsyncClient, team: Team) -> list[Any]:
    """Return what nobody else may change, and who ever did something in the team."""
    admin = team.people["admin"]
    members = (await client.get("/v1/auth/members", headers=admin.headers)).json()
    actors: set[str] = set()
    seq = 0
    while page := (await client.get(
        "/v1/auth/audit", params={"after": seq, "limit": 500}, headers=admin.headers
    )).json():  # fmt: skip
        seq = page[-1]["seq"]
        actors.update(entry["actor"] for entry in page)
    keys = (await client.get("/v1/auth/keys", headers=admin.headers)).json()
    [key] = [each for each in keys if each["key_id"] == team.key["key_id"]]
    open_ones = (await client.get("/v1/auth/invitations", headers=admin.headers)).json()
    [invited] = [each for each in open_ones if each["invitation_id"] == team.ids["invitation_id"]]
    return [members, sorted(actors), key, invited]


def events_of(name: str) -> list[dict[str, Any]]:
    """Return an event of every type that names a team."""
    found: list[dict[str, Any]] = []
    for event in one_of_each(datetime.now(UTC)):
        said = {"data": {**event["data"], "from_agent": name}} if event["event_type"] == "comm" else {}
        found.append({**event, **said, "agent_name": name, "sdk_instance_id": name})
    return found


def foreign_rows(places: Addresses, teams: list[Team]) -> int:
    """Count, as nobody the application could be, stored events that lie in a team that did not send them."""
    count = 0
    with as_superuser(places.app) as connection:
        for table in STORED_AS:
            query = f"SELECT count(*) FROM {table} WHERE sdk_instance_id = %s AND team_id <> %s"
            for team in teams:
                row = connection.execute(query, [team.name, UUID(team.ids["team_id"])]).fetchone()
                assert row is not None
                count += row[0]
    return count
