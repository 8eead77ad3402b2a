"""Every route says who may use it, and holds to it: a walk over all there are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from hive.control.api import health_routes
from hive.control.app.application import ROUTERS
from hive.control.auth.gate import Everyone, Gate
from hive.control.domain.roles import Role
from tests.support.control import bearer, join, make_key, register

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
OPEN = {
    ("POST", "/v1/auth/register"), ("POST", "/v1/auth/login"), ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/first-login"), ("GET", "/"), ("GET", "/first-login"), ("GET", "/docs"),
    ("GET", "/health/live"), ("GET", "/health/ready"), ("GET", "/metrics"),
    ("HEAD", "/health/live"), ("HEAD", "/health/ready"), ("HEAD", "/metrics"),
    ("HEAD", "/"), ("HEAD", "/first-login"), ("HEAD", "/docs"),
}  # fmt: skip
ROLES = {
    ("GET", "/v1/control/instances"): Role.VIEWER,
    ("POST", "/v1/auth/logout"): Role.VIEWER,
    ("POST", "/v1/auth/password"): Role.VIEWER,
    ("GET", "/v1/auth/me"): Role.VIEWER,
    ("GET", "/v1/auth/teams"): Role.VIEWER,
    ("POST", "/v1/auth/teams"): Role.VIEWER,
    ("GET", "/v1/auth/members"): Role.VIEWER,
    ("PATCH", "/v1/auth/members/{account_id}"): Role.ADMIN,
    ("DELETE", "/v1/auth/members/{account_id}"): Role.ADMIN,
    ("GET", "/v1/auth/invitations"): Role.ADMIN,
    ("POST", "/v1/auth/invitations"): Role.ADMIN,
    ("POST", "/v1/auth/invitations/withdraw"): Role.ADMIN,
    ("POST", "/v1/auth/invitations/accept"): Role.VIEWER,
    ("GET", "/v1/auth/keys"): Role.ADMIN,
    ("POST", "/v1/auth/keys"): Role.ADMIN,
    ("DELETE", "/v1/auth/keys/{key_id}"): Role.ADMIN,
    ("GET", "/v1/auth/audit"): Role.ADMIN,
    ("PATCH", "/v1/control/policy"): Role.ADMIN,
    ("GET", "/v1/logs/stream"): Role.VIEWER,
}
"""The role that each route of people is known to need; a route that is missing here fails."""


def gates_of(route: APIRoute) -> list[Gate | Everyone]:
    found = [each.call for each in route.dependant.dependencies]
    return [call for call in found if isinstance(call, (Gate, Everyone))]


def name_of(route: APIRoute) -> tuple[str, str]:
    [method] = route.methods
    return method, route.path


def path_of(route: APIRoute) -> str:
    return route.path.format(account_id="00000000-0000-4000-8000-000000000000", key_id="0" * 16)


GATED = [route for route in ROUTES if isinstance(gates_of(route)[0], Gate)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: " ".join(name_of(route)))
def test_every_route_declares_once_who_may_use_it(route: APIRoute) -> None:
    [gate] = gates_of(route)
    if isinstance(gate, Everyone):
        assert name_of(route) in OPEN
    elif gate.scope is None:
        assert gate.role is ROLES[name_of(route)]


async def test_the_app_serves_no_other_routes(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    served = {(method.upper(), path) for path, each in described["paths"].items() for method in each}
    assert served == {name_of(route) for route in ROUTES if route.include_in_schema}
    for path in ("/redoc", "/docs/oauth2-redirect", "/v1", "/v1/auth", "/admin"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("route", GATED, ids=lambda route: " ".join(name_of(route)))
async def test_without_a_credential_that_counts_nobody_gets_in(
    client: httpx.AsyncClient, route: APIRoute
) -> None:
    method, _ = name_of(route)
    for headers in ({}, bearer("nonsense"), bearer(f"hive_{'0' * 16}_{'0' * 64}"), {"X-API-Key": "hive_x"}):
        answer = await client.request(method, path_of(route), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_every_role_gets_exactly_as_far_as_declared(client: httpx.AsyncClient) -> None:
    admin = await register(client)
    people = {
        Role.ADMIN: admin,
        **{role: await join(client, admin, role) for role in (Role.VIEWER, Role.MEMBER)},
    }
    signing_out_last = sorted(GATED, key=lambda route: route.path == "/v1/auth/logout")
    for route, (role, person) in itertools.product(signing_out_last, people.items()):
        [gate] = gates_of(route)
        assert isinstance(gate, Gate)
        method, _ = name_of(route)
        answer = await client.request(method, path_of(route), headers=person.headers)
        may = gate.role is not None and role.covers(gate.role)
        assert (answer.status_code != 403) == may, (name_of(route), role, answer.text)
        assert answer.status_code < 500


async def test_an_api_key_gets_exactly_where_its_scopes_lead(client: httpx.AsyncClient) -> None:
    admin = await register(client)
    for scope in ("sdk:ingest", "policy:read"):
        key = await make_key(client, admin, scopes=[scope])
        for route in GATED:
            [gate] = gates_of(route)
            assert isinstance(gate, Gate)
            method, _ = name_of(route)
            answer = await client.request(method, path_of(route), headers=bearer(key["key"]))
            assert (answer.status_code != 403) == (gate.scope == scope), (name_of(route), scope)


async def test_every_operation_is_described_with_examples(client: httpx.AsyncClient) -> None:
    described: dict[str, Any] = (await client.get("/openapi.json")).json()
    schemas = described["components"]["schemas"]
    used = [
        content["schema"]["$ref"].rpartition("/")[2]
        for path in described["paths"].values()
        for operation in path.values()
        for each in [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in each.get("content", {}).values()
        if "$ref" in content.get("schema", {})
    ]
    assert used
    assert [name for name in used if not schemas[name].get("examples")] == []
    assert all(op["summary"] and op["description"] for p in described["paths"].values() for op in p.values())


def test_health_routes_need_nobody() -> None:
    assert {route.path for route in health_routes.router.routes if isinstance(route, APIRoute)} == {
        "/health/live", "/health/ready", "/metrics",
    }  # fmt: skip


async def test_a_role_that_was_taken_away_counts_no_more_at_once(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    admin = await register(client)
    other = await join(client, admin, "admin")
    account_id = (await client.get("/v1/auth/me", headers=other.headers)).json()["account_id"]
    changed = await client.patch(
        f"/v1/auth/members/{account_id}", json={"role": "viewer"}, headers=admin.headers
    )
    assert changed.status_code == 204
    assert (await client.get("/v1/auth/keys", headers=other.headers)).status_code == 403
    assert (await client.delete(f"/v1/auth/members/{account_id}", headers=admin.headers)).status_code == 204
    assert (await client.get("/v1/auth/me", headers=other.headers)).status_code == 401
