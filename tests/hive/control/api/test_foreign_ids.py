"""Three teams, every route, every id of the others, as person and as key: nothing of theirs comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute

from hive.control.app.application import ROUTERS
from tests.support.control import Signed, bearer, make_key, new_email, register

if TYPE_CHECKING:
    import httpx

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
BODIES: dict[str, Any] = {"/v1/auth/members/{account_id}": {"role": "viewer"}}
"""A good body for each route that takes an id, so that only the id is in the way."""


WITHDRAW = "/v1/auth/invitations/withdraw"


@dataclass(frozen=True)
class Team:
    """A team, its admin and a key, and what nobody else may see."""

    admin: Signed
    key: str
    ids: dict[str, str]

    @property
    def marks(self) -> list[str]:
        return [self.admin.email, self.admin.team_id, self.key.split("_")[1], *self.ids.values()]


async def new_team(client: httpx.AsyncClient) -> Team:
    admin = await register(client)
    me = (await client.get("/v1/auth/me", headers=admin.headers)).json()
    key = await make_key(client, admin)
    body = {"email": new_email()}
    invited = (await client.post("/v1/auth/invitations", json=body, headers=admin.headers)).json()
    names = {
        "account_id": me["account_id"],
        "key_id": key["key_id"],
        "invitation_id": invited["invitation_id"],
    }
    return Team(admin, key["key"], {**names, "invited": body["email"]})


async def test_no_route_gives_or_changes_what_another_team_has(client: httpx.AsyncClient) -> None:
    teams = [await new_team(client) for _ in range(3)]
    before = [await everything_of(client, team) for team in teams]
    probes = 0
    for mine in teams:
        for other in (team for team in teams if team is not mine):
            for headers in (mine.admin.headers, bearer(mine.key)):
                probes += await probe(client, headers, other)
    assert probes >= 3 * 2 * 2 * 10
    assert [await everything_of(client, team) for team in teams] == before


async def probe(client: httpx.AsyncClient, headers: dict[str, str], other: Team) -> int:
    """Ask every route that ends no session with the ids of ``other``; return how many there are."""
    asked = [route for route in ROUTES if route.path not in {"/v1/auth/logout", "/metrics"}]
    for route in asked:
        [method] = route.methods
        path = route.path.format_map(other.ids)
        queries = {"team_id": other.admin.team_id, **other.ids}
        body = BODIES.get(route.path, {})
        if route.path == WITHDRAW:
            body = {"invitation_id": other.ids["invitation_id"]}
        answer = await client.request(method, path, headers=headers, params=queries, json=body)
        assert answer.status_code < 500, (path, answer.text)
        # A refusal may repeat the id that was asked for.
        named = f"{path} {body}"
        assert not [mark for mark in other.marks if mark in answer.text and mark not in named], path
        if "{" in route.path or route.path == WITHDRAW:
            assert answer.status_code in {403, 404}, (path, answer.status_code)
    return len(asked)


async def everything_of(client: httpx.AsyncClient, team: Team) -> list[Any]:
    """Return what only the team itself may change, and who ever did something in it."""
    paths = ("/v1/auth/members", "/v1/auth/keys", "/v1/auth/teams", "/v1/auth/invitations")
    found = [(await client.get(path, headers=team.admin.headers)).json() for path in paths]
    log = (await client.get("/v1/auth/audit", headers=team.admin.headers)).json()
    return [*found, sorted({entry["actor"] for entry in log})]


ODD: list[Any] = [
    None, True, 0, -1, 2**63, 1e308, "", " ", "\x00", "\ud800", "a" * 5000, "\u202e", "admin",
    "'; DROP TABLE teams; --", [], [[]], {}, {"a": {"b": []}}, "9999-12-31T23:59:59+14:00",
    "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
"""What nobody expects where something else stands."""


async def test_no_input_makes_the_server_fail(client: httpx.AsyncClient) -> None:
    team = await new_team(client)
    described = (await client.get("/openapi.json")).json()
    fields = {
        name: sorted(each.get("properties", {})) for name, each in described["components"]["schemas"].items()
    }
    examples = {
        name: each.get("examples", [{}])[0] for name, each in described["components"]["schemas"].items()
    }
    asked = 0
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" not in content or path == "/v1/auth/logout":
                continue
            schema = content["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
            named = fields.get(schema, [])
            bodies = [*ODD, *({**examples[schema], field: odd} for field in named for odd in ODD)]
            for body in bodies:
                answer = await client.request(
                    method, path.format_map(team.ids), content=json.dumps(body),
                    headers={**team.admin.headers, "content-type": "application/json"},
                )  # fmt: skip
                assert answer.status_code < 500, (path, body, answer.text)
                asked += 1
    assert asked > 500
