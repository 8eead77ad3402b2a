"""Three teams ask over every socket for what the others have, while all have much to tell: none is told."""

from __future__ import annotations

import asyncio
import itertools
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from hive.control.app.application import WORDS
from hive.control.domain.live import Stream
from tests.support.control import asking, bearer, running_parts
from tests.support.control_server import working_control
from tests.support.grounds import GROUNDS
from tests.support.overheard import listening
from tests.support.strangers import Team, events_of, foreign_rows, founded, told_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses
    from tests.support.overheard import Listeners, Overheard

PROBES = int(os.environ.get("HIVE_CHAOS_PROBES", "3000")) // 20
"""Words said at least, where the database is a server; the TimescaleDB of the tests is one slow process."""

NAMES = (
    "message",
    "event",
    "get_policy",
    "policy",
    "join",
    "enter_room",
    "leave",
    "rooms",
    "nothing",
    *WORDS,
)
"""What is asked by name: all that there is, and what others have."""
Talkers = dict[str, list["Overheard"]]


class Places(NamedTuple):
    """A database, and how many words are said at least in front of it."""

    addresses: Addresses
    words: int


@pytest.fixture(params=GROUNDS)
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    with GROUNDS[request.param]() as found:
        yield Places(found, PROBES if request.param == "postgresql" else 0)


def ring(teams: list[Team]) -> list[tuple[Team, Team]]:
    """Return every team and the one whose things it asks for."""
    return list(zip(teams, [*teams[1:], teams[0]], strict=True))


async def opened(sockets: Listeners, team: Team, other: Team) -> list[Overheard]:
    """Let a team listen over whatever there is, naming another; return the sockets that take words."""
    viewer = team.people["viewer"].access_token
    for stream in Stream:
        await sockets.stream_socket(stream, (team.name, viewer, other.ids))
        await sockets.event_source(stream, (team.name, viewer, other.ids))
    headers = {"X-SDK-Instance-ID": other.name, "X-Team-ID": other.ids["team_id"]}
    return [
        await sockets.socket(team.name, token, headers, is_io=is_io)
        for token in (viewer, team.key["key"])
        for is_io in (False, True)
    ]


def asks_of(mine: Team, other: Team) -> list[tuple[str | None, dict[str, Any]]]:
    """Return everything that can be said, by a name or by none, with the ids of another team in it."""
    theirs = {**other.ids, "teamId": other.ids["team_id"], "team": other.ids["team_id"], "room": other.name}
    named = [(word, {**theirs, "stream": stream, "since": "0"}) for word in WORDS for stream in Stream]
    events = [
        {**event, **theirs, **({"data": {**event["data"], **theirs}} if "data" in event else {})}
        for event in events_of(mine.name)
    ]
    said = [{**theirs, "event_type": "get_policy"}, {**theirs, "agent_name": other.name}, *events]
    return [*named, *((name, theirs) for name in NAMES), *((None, each) for each in said)]


async def ask_for_others(teams: list[Team], talkers: Talkers, words: int) -> int:
    """Say everything there is over every kind of socket with the ids of another team, and of the next."""
    turns = [
        (talker, name, said)
        for first in (1, 2)
        for mine, other in zip(teams, [*teams[first:], *teams[:first]], strict=True)
        for name, said in asks_of(mine, other)
        for talker in talkers[mine.name]
    ]
    count = max(len(turns) // 2, words)
    for talker, name, said in itertools.islice(itertools.cycle(turns), count):
        await (talker.say(said) if name is None else talker.say_by_name(name, said))
        await asyncio.sleep(0)
    return count


async def follow_others(sockets: Listeners, teams: list[Team], talkers: Talkers) -> None:
    """Let every person follow every stream by the ids of another team, once all else was answered."""
    everyone = list(itertools.chain(*talkers.values()))
    for socket in everyone:
        await socket.say({"type": "the last word"})
    await sockets.until(lambda: all("the last word" in " ".join(each.heard) for each in everyone))
    for mine, other in ring(teams):
        for stream, socket in itertools.product(Stream, talkers[mine.name][:2]):
            await socket.say({**other.ids, "type": "subscribe", "stream": stream})
            socket.streams.add(stream)


async def tell_of_all(client: httpx.AsyncClient, teams: list[Team], limit: int) -> None:
    """Let every team send events of every type that name another team, and change its policy."""
    for mine, other in ring(teams):
        events = [{**event, "team_id": other.ids["team_id"]} for event in events_of(mine.name)]
        body = {"events": events, "team_id": other.ids["team_id"]}
        sent = await client.post("/v1/control/events", json=body, headers=bearer(mine.key["key"]))
        assert sent.json()["rejected"] == [], sent.text
        wish = {"name": mine.name, "budget": {"limit": limit}}
        changed = await client.patch("/v1/control/policy", json=wish, headers=mine.people["admin"].headers)
        assert changed.status_code == 200, changed.text


@asynccontextmanager
async def much_going_on(client: httpx.AsyncClient, teams: list[Team]) -> AsyncIterator[list[int]]:
    """Let all teams have events and policies as long as the block lasts; give the turns that were had."""
    turns: list[int] = []

    async def go_on() -> None:
        for limit in itertools.count(10):
            await tell_of_all(client, teams, limit)
            turns.append(limit)

    going = asyncio.create_task(go_on())
    try:
        yield turns
        assert not going.done(), going.exception()
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


async def probe_sockets(
    client: httpx.AsyncClient, teams: list[Team], url: str, parts: Parts, words: int
) -> int:
    """Follow and ask by the ids of others while all have something to tell; hear one's own alone."""
    async with listening(url) as sockets:
        talkers = {mine.name: await opened(sockets, mine, other) for mine, other in ring(teams)}
        async with much_going_on(client, teams) as turns:
            count = await ask_for_others(teams, talkers, words)
            await follow_others(sockets, teams, talkers)
            had = len(turns)
            await sockets.until(lambda: len(turns) > had + 1)
        followers = sum(len(each.streams) for each in sockets.all)
        assert followers == len(teams) * len(Stream) * 4
        await sockets.until(lambda: parts.live.followers == followers)
        for each in sockets.all:
            each.listen_anew()
        await tell_of_all(client, teams, 9)
        await sockets.until(lambda: not any(each.misses() for each in sockets.all))
    for mine, other in itertools.permutations(teams, 2):
        asked = " ".join(other.ids.values())
        own = [said for each in sockets.all if each.owner == mine.name for said in each.heard]
        assert [said for said in own if told_of(other, said, asked)] == []
        assert [said for said in own if mine.name in said and '"policy"' in said], "No policy was told."
    return count + followers


async def pretend(client: httpx.AsyncClient, mine: Team, other: Team) -> None:
    """Send a heartbeat as if by the process of another team."""
    [beat] = [event for event in events_of(other.name) if event["event_type"] == "heartbeat"]
    wrong = {**beat, "agent_name": "stranger", "status": "degraded", "team_id": other.ids["team_id"]}
    sent = await client.post("/v1/control/events", json={"events": [wrong]}, headers=bearer(mine.key["key"]))
    assert sent.json()["rejected"] == [], sent.text


async def fleet_of(client: httpx.AsyncClient, team: Team) -> list[tuple[str, str, str]]:
    """Return which processes a team has, as it is told itself."""
    headers = team.people["viewer"].headers
    fleet = (await client.get("/v1/control/instances", headers=headers)).json()
    return sorted((each["sdk_instance_id"], each["agent_name"], each["status"]) for each in fleet)


@pytest.mark.timeout(3600)
async def test_no_socket_tells_what_another_team_has(places: Places, tally: Callable[..., None]) -> None:
    async with (
        running_parts(places.addresses.app, patience_s=30) as parts,  # TimescaleDB is one backend here.
        asking(parts) as client,
        working_control(parts) as url,
    ):
        teams = [await founded(client) for _ in range(3)]
        probes = await probe_sockets(client, teams, url, parts, places.words)
        # In a thread: the workers go on, and where the backend is one they may be in a transaction.
        assert await asyncio.to_thread(foreign_rows, places.addresses, teams) == 0
        for mine, other in ring(teams):
            await pretend(client, mine, other)
        for mine, other in ring(teams):
            own, pretended = (mine.name, mine.name, "healthy"), (other.name, "stranger", "degraded")
            assert await fleet_of(client, mine) == sorted([own, pretended])
    tally("strangers at sockets", probes=probes)
