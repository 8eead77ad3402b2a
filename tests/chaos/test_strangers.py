"""Three teams ask for what the others have, over every route: nothing is told or changed."""

from __future__ import annotations

import itertools
import json
import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from hive.control.app.application import ROUTERS
from hive.control.domain.live import Stream
from tests.support.control import asking, running_parts
from tests.support.grounds import GROUNDS
from tests.support.strangers import Team, foreign_rows, founded, state_of, told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from hive.control.stores.embedded import Addresses

PROBES = int(os.environ.get("HIVE_CHAOS_PROBES", "3000"))
LAST = "/v1/auth/logout"
"""Ends what the others are asked with; it has a turn of its own."""
PATH_OF_STREAMS = "/v1/logs/stream"
PASSWORD_ROUTES = {"/v1/auth/login", "/v1/auth/password", "/v1/auth/refresh"}


@dataclass(frozen=True)
class Route:
    """A route as the OpenAPI describes it."""

    method: str
    path: str
    queries: list[str]
    body: dict[str, Any] | None
    fields: list[str]


@pytest.fixture(params=GROUNDS)
def places(request: pytest.FixtureRequest) -> Iterator[Addresses]:
    with GROUNDS[request.param]() as found:
        yield found


def routes_of(described: dict[str, Any]) -> list[Route]:
    """Return every route, with a good body and the fields in it that hold an id."""
    schemas = described["components"]["schemas"]
    found: list[Route] = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            queries = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            body, fields = None, []
            if content is not None:
                schema = schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], {})
                body = content.get("example") or schema["examples"][0]
                fields = [name for name in schema.get("properties", {}) if name.endswith(("_id", "token"))]
            found.append(Route(method.upper(), path, queries, body, fields))
    return found


def placed(route: Route, other: Team, chance: random.Random) -> dict[str, Any]:
    """Return a request that names things of ``other`` in its path, query, headers and body."""
    ids = list(other.ids.values())
    path = route.path.format_map(other.ids)
    params = {name: chance.choice(ids) for name in route.queries if name not in {"after", "limit"}}
    if route.path == PATH_OF_STREAMS:
        params |= {"stream": chance.choice(list(Stream)), "since": "0"}
    if chance.random() < 0.5:
        params["team_id"] = other.ids["team_id"]
    headers = {"X-Team-ID": other.ids["team_id"], "X-Policy-ID": chance.choice(ids)}
    request: dict[str, Any] = {"method": route.method, "url": path, "params": params, "headers": headers}
    if route.body is not None:
        changed = {name: chance.choice(ids) for name in route.fields if chance.random() < 0.7}
        extra = {"team_id": other.ids["team_id"]} if chance.random() < 0.3 else {}
        body = {**route.body, **changed, **extra}
        request["content"] = json.dumps(body)
        request["headers"] = {**headers, "Content-Type": "application/json"}
    return request


async def probe_routes(client: httpx.AsyncClient, teams: list[Team], routes: list[Route]) -> int:
    """Ask every route as everybody of every team with the ids of every other, again and again."""
    chance = random.Random(0)
    asked = [route for route in routes if route.path not in {LAST, "/metrics"}]
    pairs = list(itertools.permutations(teams, 2))
    roles = list(teams[0].callers)
    turns = list(itertools.product(asked, pairs, roles))
    probes = max(len(turns), PROBES // len(GROUNDS))
    for route, (mine, other), role in itertools.islice(itertools.cycle(turns), probes):
        request = placed(route, other, chance)
        request["headers"] = {**request["headers"], **mine.callers[role]}
        answer = await client.request(**request)
        assert answer.status_code < 500, (request, answer.text)
        assert told_of(other, answer.text, str(request)) == [], (request, answer.text)
        assert answer.status_code != 401 or route.path in PASSWORD_ROUTES, (request, answer.text)
        if route.path == PATH_OF_STREAMS:
            assert answer.status_code == (403 if role == "key" else 200), (request, answer.text)
        if "{" in route.path:
            assert answer.status_code in {403, 404, 422}, (request, answer.status_code)
    return probes


@pytest.mark.timeout(3600)
async def test_no_team_is_told_or_changes_what_another_has(
    places: Addresses, tally: Callable[..., None]
) -> None:
    async with running_parts(places.app) as parts, asking(parts) as client:
        teams = [await founded(client) for _ in range(3)]
        described = (await client.get("/openapi.json")).json()
        routes = routes_of(described)
        shown = (each for router in ROUTERS for each in router.routes if isinstance(each, APIRoute))
        assert len(routes) == sum(each.include_in_schema for each in shown)
        before = [await state_of(client, team) for team in teams]
        probes = await probe_routes(client, teams, routes)
        assert [await state_of(client, team) for team in teams] == before
        assert foreign_rows(places, teams) == 0
        [leaving] = [route for route in routes if route.path == LAST]
        for mine, other in zip(teams, [*teams[1:], teams[0]], strict=True):
            request = placed(leaving, other, random.Random(0))
            left = await client.request(**{**request, "headers": mine.people["member"].headers})
            assert left.status_code == 204
        assert [await state_of(client, team) for team in teams] == [
            [members, sorted({*actors, f"account {team.ids['member_id']}"}), *others]
            for team, (members, actors, *others) in zip(teams, before, strict=True)
        ]
    tally("strangers", probes=probes)
