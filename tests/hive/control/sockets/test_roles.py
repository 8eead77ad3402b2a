"""What a person's role allows over a socket: what a viewer may, whatever the role was when it was opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from hive.control.api import live_words, socket_door, socket_words
from hive.control.app.application import WORDS
from hive.control.auth.gate import Gate
from hive.control.domain.live import Stream
from hive.control.domain.roles import Role
from tests.support.control import bearer, clock_of, join, refresh
from tests.support.control_sockets import io, raw
from tests.support.sdk_events import one_of_each

if TYPE_CHECKING:
    import httpx

    from tests.hive.control.sockets.conftest import Site
    from tests.support.control_sockets import Io, Raw

PATHS = ("/v1/auth/members", "/v1/auth/keys", "/v1/control/policy", "/v1/control/instances")
STORED = ("metric_events", "trace_events", "decision_events", "log_events", "comm_events", "control_events")
NAMES = ("set_policy", "policy", "make_key", "revoke", "invite", "set_role", "metric", "heartbeat", "connect")


def test_no_word_of_a_socket_asks_for_more_than_a_viewer_may() -> None:
    """Else a socket would have to learn that a role was lowered: it keeps the one it began with."""
    modules = (live_words, socket_door, socket_words)
    gates = [each for module in modules for each in vars(module).values() if isinstance(each, Gate)]
    assert {gate.role for gate in gates} == {Role.VIEWER, None}
    assert {word.split("-")[0] for word in WORDS} == {"get_policy", "subscribe", "unsubscribe"}


async def state_of(site: Site) -> list[Any]:
    """Return what only more than a viewer may change."""
    seen = [(await site.client.get(path, headers=site.admin.headers)).json() for path in PATHS]
    return [*seen, [await site.rows(f"SELECT FROM {table}") for table in STORED]]


async def say_everything(site: Site, socket: Raw | Io) -> list[str]:
    """Say all that there is and all that there is not; return what kinds of answers came."""
    said = [
        *one_of_each(clock_of(site.parts).now()),
        {"event_type": "get_policy"},
        *({"type": name, "budget": {"limit": 1}, "role": "admin", "key_id": site.key_id} for name in NAMES),
        *({"type": word, "stream": stream} for stream in Stream for word in ("subscribe", "unsubscribe")),
    ]
    found: list[str] = []
    for each in said:
        await socket.say(each)
        found.append((await socket.next())["type"])
    return found


@pytest.mark.parametrize("kind", ["raw", "io"])
async def test_over_a_socket_nobody_does_what_a_viewer_may_not(kind: str, site: Site) -> None:
    viewer = await join(site.client, site.admin, "viewer")
    before = await state_of(site)
    found: list[list[str]] = []
    for who in (viewer, site.admin):
        opening = raw(site.url, who.headers) if kind == "raw" else io(site.url, who.access_token)
        async with opening as socket:
            found.append(await say_everything(site, socket))
    assert found[0] == found[1]
    assert found[0] == ["error"] * 8 + ["policy"] + ["error"] * len(NAMES) + [
        "subscribed", "unsubscribed"
    ] * len(Stream)  # fmt: skip
    await site.parts.ingest.close()
    assert await state_of(site) == before


async def test_a_role_that_is_lowered_counts_at_once_everywhere(site: Site) -> None:
    second = await join(site.client, site.admin, "admin")
    me = (await site.client.get("/v1/auth/me", headers=second.headers)).json()
    async with raw(site.url, second.headers) as socket:
        path = f"/v1/auth/members/{me['account_id']}"
        lowered = await site.client.patch(path, json={"role": "viewer"}, headers=site.admin.headers)
        assert lowered.is_success, lowered.text
        before = await state_of(site)
        refreshed = await refresh(site.client, second)
        for headers in (second.headers, bearer(refreshed.access_token)):
            assert await refusals(site.client, headers, me["account_id"]) == {403}
        await asyncio.wait_for(say_everything(site, socket), 30)
    assert await state_of(site) == before


async def refusals(client: httpx.AsyncClient, headers: dict[str, str], account_id: str) -> set[int]:
    """Return the statuses of what an admin may ask and a viewer may not."""
    answers = [
        await client.patch("/v1/control/policy", json={"budget": {"limit": 1}}, headers=headers),
        await client.post("/v1/auth/keys", json={"name": "a key"}, headers=headers),
        await client.patch(f"/v1/auth/members/{account_id}", json={"role": "admin"}, headers=headers),
        await client.get("/v1/auth/audit", headers=headers),
    ]
    return {each.status_code for each in answers}
