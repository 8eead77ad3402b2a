"""Three teams ask for what the others have, over every route and socket: nothing is told or changed."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from fastapi.routing import APIRoute

from hive.control.app.application import ROUTERS, WORDS
from hive.control.domain.live import Stream
from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from tests.support.control import (
    Signed,
    asking,
    bearer,
    join,
    make_key,
    new_database,
    register,
    running_parts,
)
from tests.support.control_server import working_control
from tests.support.overheard import listening
from tests.support.sdk_events import one_of_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses
    from tests.support.overheard import Listeners, Overheard

PROBES = int(os.environ.get("HIVE_CHAOS_PROBES", "3000"))
PROBES_OF_SOCKETS = PROBES // 20
LAST = "/v1/auth/logout"
"""Ends what the others are asked with; it has a turn of its own."""
PATH_OF_STREAMS = "/v1/logs/stream"
PASSWORD_ROUTES = {"/v1/auth/login", "/v1/auth/password", "/v1/auth/refresh"}
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


@dataclass(frozen=True)
class Route:
    """A route as the OpenAPI describes it."""

    method: str
    path: str
    queries: list[str]
    body: dict[str, Any] | None
    fields: list[str]


@pytest.fixture(scope="module")
def places(postgres_server: str) -> Iterator[Addresses]:
    prepare(postgres_server)
    found = new_database(postgres_server)
    asyncio.run(migrate(found.owner))
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
           "content_id": item["content_id"]}  # fmt: skip
    for role, who in people.items():
        me = (await client.get("/v1/auth/me", headers=who.headers)).json()
        ids["account_id" if role == "admin" else f"{role}_id"] = me["account_id"]
    team = Team(name, people, key, ids)
    team.marks.extend([name, digest, *ids.values(), *(who.email for who in people.values())])
    return team


def placed(route: Route, other: Team, chance: random.Random) -> dict[str, Any]:
    """Return a request that names things of ``other`` in its path, query, headers and body."""
    ids = list(other.ids.values())
    path = route.path.format(account_id=other.ids["account_id"], key_id=other.ids["key_id"])
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
    return [members, sorted(actors), key]


async def probe_routes(client: httpx.AsyncClient, teams: list[Team], routes: list[Route]) -> int:
    """Ask every route as everybody of every team with the ids of every other, again and again."""
    chance = random.Random(0)
    asked = [route for route in routes if route.path not in {LAST, "/metrics"}]
    pairs = list(itertools.permutations(teams, 2))
    roles = list(teams[0].callers)
    turns = itertools.cycle(list(itertools.product(asked, pairs, roles)))
    for route, (mine, other), role in itertools.islice(turns, PROBES):
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
    assert len(asked) * len(pairs) * len(roles) <= PROBES
    return PROBES


async def opened(sockets: Listeners, team: Team, ids: dict[str, str]) -> list[Overheard]:
    """Let a team listen over whatever there is, naming ``ids``; return the sockets that take words."""
    viewer = team.people["viewer"].access_token
    for stream in Stream:
        await sockets.stream_socket(stream, (team.name, viewer, ids))
        await sockets.event_source(stream, (team.name, viewer, ids))
    return [
        await sockets.socket(team.name, token, is_io=is_io)
        for token in (viewer, team.key["key"])
        for is_io in (False, True)
    ]


async def ask_for_others(teams: list[Team], talking: dict[str, list[Overheard]]) -> int:
    """Ask for everything of the other teams, then let every person follow every stream by their ids."""
    asks = [{"type": word} for word in ["get_policy", "policy", *WORDS]]
    asks += [{"type": "subscribe", "stream": stream} for stream in Stream]
    pairs = list(itertools.permutations(teams, 2))
    turns = [(asked, pair, number) for asked in asks for pair in pairs for number in range(4)]
    for asked, (mine, other), number in itertools.islice(itertools.cycle(turns), PROBES_OF_SOCKETS):
        await talking[mine.name][number].say({**other.ids, **asked})
    return PROBES_OF_SOCKETS


async def follow_others(sockets: Listeners, teams: list[Team], talking: dict[str, list[Overheard]]) -> int:
    """Let every person follow every stream by the ids of another team, once all else was answered."""
    talkers = list(itertools.chain(*talking.values()))
    for socket in talkers:
        await socket.say({"type": "the last word"})
    await sockets.until(lambda: all("the last word" in " ".join(each.heard) for each in talkers))
    await asyncio.sleep(0.5)
    for mine, other in zip(teams, [*teams[1:], teams[0]], strict=True):
        for stream, socket in itertools.product(Stream, talking[mine.name][:2]):
            await socket.say({**other.ids, "type": "subscribe", "stream": stream})
            socket.streams.add(stream)
    return sum(len(socket.streams) for socket in sockets.all)


async def probe_sockets(client: httpx.AsyncClient, teams: list[Team], url: str, parts: Parts) -> int:
    """Follow every stream by the ids of others while all have something to tell; hear one's own alone."""
    async with listening(url) as sockets:
        talking = {
            mine.name: await opened(sockets, mine, other.ids)
            for mine, other in zip(teams, [*teams[1:], teams[0]], strict=True)
        }
        count = await ask_for_others(teams, talking)
        followers = await follow_others(sockets, teams, talking)
        assert followers == len(teams) * len(Stream) * 4
        await sockets.until(lambda: parts.live.followers == followers)
        for team in teams:
            events = events_of(team.name)
            for event in events:
                event["team_id"] = teams[0].ids["team_id"]
            body = {"events": events, "team_id": teams[0].ids["team_id"]}
            sent = await client.post("/v1/control/events", json=body, headers=bearer(team.key["key"]))
            assert (sent.json()["processed"], sent.json()["rejected"]) == (len(events), []), sent.text
            wish = {"name": team.name, "budget": {"limit": 9}}
            await client.patch("/v1/control/policy", json=wish, headers=team.people["admin"].headers)
        await sockets.until(lambda: not any(each.misses() for each in sockets.all))
    for mine, other in itertools.permutations(teams, 2):
        asked = " ".join(other.ids.values())
        own = [said for each in sockets.all if each.owner == mine.name for said in each.heard]
        assert [said for said in own if told_of(other, said, asked)] == []
    return count + followers


def events_of(name: str) -> list[dict[str, Any]]:
    """Return an event of every type that names a team."""
    found: list[dict[str, Any]] = []
    for event in one_of_each(datetime.now(UTC)):
        said = {"data": {**event["data"], "from_agent": name}} if event["event_type"] == "comm" else {}
        found.append({**event, **said, "agent_name": name, "sdk_instance_id": name})
    return found


def foreign_rows(superuser_dsn: str, places: Addresses, teams: list[Team]) -> int:
    """Count, as nobody the application could be, stored events that lie in a team that did not send them."""
    name = psycopg.conninfo.conninfo_to_dict(places.app)["dbname"]
    dsn = psycopg.conninfo.make_conninfo(superuser_dsn, dbname=name)
    count = 0
    with psycopg.connect(dsn) as connection:
        for table in STORED_AS:
            query = f"SELECT count(*) FROM {table} WHERE sdk_instance_id = %s AND team_id <> %s"
            for team in teams:
                row = connection.execute(query, [team.name, UUID(team.ids["team_id"])]).fetchone()
                assert row is not None
                count += row[0]
    return count


@pytest.mark.timeout(3600)
async def test_no_team_is_told_or_changes_what_another_has(
    postgres_server: str, places: Addresses, tally: Callable[..., None]
) -> None:
    async with running_parts(places.app) as parts, asking(parts) as client, working_control(parts) as url:
        teams = [await founded(client) for _ in range(3)]
        described = (await client.get("/openapi.json")).json()
        routes = routes_of(described)
        assert len(routes) == sum(isinstance(each, APIRoute) for router in ROUTERS for each in router.routes)
        before = [await state_of(client, team) for team in teams]
        probes = await probe_routes(client, teams, routes) + await probe_sockets(client, teams, url, parts)
        assert [await state_of(client, team) for team in teams] == before
        assert foreign_rows(postgres_server, places, teams) == 0
        [leaving] = [route for route in routes if route.path == LAST]
        for mine, other in zip(teams, [*teams[1:], teams[0]], strict=True):
            request = placed(leaving, other, random.Random(0))
            left = await client.request(**{**request, "headers": mine.people["member"].headers})
            assert left.status_code == 204
        assert [await state_of(client, team) for team in teams] == [
            [members, sorted({*actors, f"account {team.ids['member_id']}"}), key]
            for team, (members, actors, key) in zip(teams, before, strict=True)
        ]
    tally("strangers", probes=probes)
