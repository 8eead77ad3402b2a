"""Getting in and out over HTTP."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from hive.control.app.application import control_app
from hive.control.auth.people import SESSION_LIFE
from hive.control.auth.tokens import LIFE
from hive.control.services.limits import LOGIN_BY_EMAIL_AND_HOST
from hive.control.services.login_limits import FREE, LONGEST_PAUSE_S
from hive.control.stores.statements import statement
from tests.support.control import (
    HOST,
    PASSWORD,
    asking,
    bearer,
    clock_of,
    join,
    login,
    new_email,
    refresh,
    register,
    running_parts,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


async def status_of_me(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get("/v1/auth/me", headers=bearer(token))).status_code


async def test_who_registers_is_admin_of_a_team_of_their_own(client: httpx.AsyncClient) -> None:
    ada, bob = await register(client), await register(client)
    me = (await client.get("/v1/auth/me", headers=ada.headers)).json()
    assert (me["email"], me["role"], me["team_id"]) == (ada.email, "admin", ada.team_id)
    assert [team["team_id"] for team in me["teams"]] == [ada.team_id]
    assert ada.team_id != bob.team_id


async def test_an_address_has_one_account(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    body = {"email": ada.email.upper(), "name": "Ada", "password": PASSWORD, "team": "Again"}
    assert (await client.post("/v1/auth/register", json=body)).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"email": "no address"},
        {"email": "a@b@c"},
        {"email": "\u0130@example.org"},
        {"email": "\ud800@x"},
        {"name": ""},
        {"name": "\ud800"},
        {"team": "a\x00b"},
        {"admin": True},
        {"password": "\ud800" * 20},
        {"name": 5},
    ],
)
async def test_input_that_cannot_be_taken_is_reported_and_not_repeated(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    body = {"email": new_email(), "name": "Ada", "password": "a secret passphrase", "team": "T", **change}
    escaped = json.dumps(body)  # A lone surrogate travels as an escape.
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/auth/register", content=escaped, headers=headers)
    assert answer.status_code == 422
    assert "a secret passphrase" not in answer.text


async def test_sign_up_can_be_closed(control_database: Addresses) -> None:
    async with running_parts(control_database.app, is_sign_up_open=False) as parts, asking(parts) as client:
        body = {"email": new_email(), "name": "Ada", "password": PASSWORD, "team": "T"}
        assert (await client.post("/v1/auth/register", json=body)).status_code == 403


async def test_how_long_something_should_be_is_said_in_characters_and_items(
    client: httpx.AsyncClient,
) -> None:
    body = {"email": new_email(), "name": "A" * 101, "password": "short", "team": "T"}
    short = (await client.post("/v1/auth/register", json=body)).json()
    assert {each["at"]: each["reason"] for each in short["faults"]} == {
        "body.name": "String should have at most 100 characters",
        "body.password": "Input should have at least 12 characters",
    }
    ada = await register(client)
    wish = {"name": "a key", "scopes": []}
    none = (await client.post("/v1/auth/keys", json=wish, headers=ada.headers)).json()
    assert none["faults"] == [{"at": "body.scopes", "reason": "Input should have at least 1 item"}]


@pytest.mark.parametrize("wrong", ["email", "password"])
async def test_a_wrong_address_and_a_wrong_password_look_alike(client: httpx.AsyncClient, wrong: str) -> None:
    ada = await register(client)
    body = {"email": ada.email, "password": PASSWORD, wrong: f"wrong-{ada.email}"}
    answer = await client.post("/v1/auth/login", json=body)
    assert (answer.status_code, answer.json()["error"]) == (
        401,
        "The e-mail address or the password is wrong.",
    )


async def test_guessing_a_password_is_slowed_down(client: httpx.AsyncClient) -> None:
    body = {"email": new_email(), "password": "a guess"}
    most = LOGIN_BY_EMAIL_AND_HOST.most
    answers = [await client.post("/v1/auth/login", json=body) for _ in range(most + 1)]
    assert [each.status_code for each in answers] == [401] * most + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= LOGIN_BY_EMAIL_AND_HOST.per_s


@asynccontextmanager
async def asking_from(parts: Parts, host: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(control_app(parts), client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client


async def test_a_stranger_locks_nobody_out(client: httpx.AsyncClient, parts: Parts) -> None:
    ada = await register(client)
    guess = {"email": ada.email, "password": "a guess"}
    async with asking_from(parts, "192.0.2.66") as stranger:
        for _ in range(LOGIN_BY_EMAIL_AND_HOST.most + 1):
            refused = await stranger.post("/v1/auth/login", json=guess)
    assert refused.status_code == 429
    assert (await login(client, ada)).team_id == ada.team_id


async def test_many_strangers_lock_nobody_out_from_where_they_signed_in(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    ada = await register(client)
    for number in range(FREE + 1):
        await parts.login_limits.take(ada.email, f"stranger {number}")
    async with asking_from(parts, "192.0.2.66") as stranger:
        body = {"email": ada.email, "password": PASSWORD}
        refused = await stranger.post("/v1/auth/login", json=body)
    assert (refused.status_code, 0 < int(refused.headers["retry-after"]) <= LONGEST_PAUSE_S) == (429, True)
    assert (await login(client, ada)).team_id == ada.team_id


async def test_a_refresh_token_gives_the_next_pair_once(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    second = await refresh(client, ada)
    third = await refresh(client, second)
    assert len({ada.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert await status_of_me(client, third.access_token) == 200


async def test_a_reused_refresh_token_ends_its_session_for_the_thief_and_the_owner(
    client: httpx.AsyncClient,
) -> None:
    ada = await register(client)
    second = await refresh(client, ada)
    stolen = await client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token})
    current = await client.post("/v1/auth/refresh", json={"refresh_token": second.refresh_token})
    assert (stolen.status_code, current.status_code) == (401, 401)
    assert await status_of_me(client, second.access_token) == 401


async def test_reuse_leaves_the_other_sessions_alone(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    elsewhere = await login(client, ada)
    await refresh(client, ada)
    await client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token})
    assert await status_of_me(client, elsewhere.access_token) == 200


async def test_of_two_refreshes_at_once_one_counts(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    asked = [client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token}) for _ in range(2)]
    answers = await asyncio.gather(*asked)
    assert sorted(each.status_code for each in answers) == [200, 401]


async def test_of_many_refreshes_at_once_one_counts_and_the_session_ends(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    asked = [client.post("/v1/auth/refresh", json={"refresh_token": ada.refresh_token}) for _ in range(20)]
    answers = await asyncio.gather(*asked)
    [winner] = [each for each in answers if each.status_code == 200]
    assert {each.status_code for each in answers if each is not winner} == {401}
    assert await status_of_me(client, winner.json()["access_token"]) == 401


async def test_a_refresh_that_names_another_team_uses_nothing_up(client: httpx.AsyncClient) -> None:
    ada, stranger = await register(client), await register(client)
    body = {"refresh_token": ada.refresh_token, "team_id": stranger.team_id}
    assert (await client.post("/v1/auth/refresh", json=body)).status_code == 403
    assert (await refresh(client, ada)).team_id == ada.team_id


async def test_who_was_removed_from_the_open_team_refreshes_into_another(client: httpx.AsyncClient) -> None:
    ada, own = await register(client), await register(client)
    guest = await join(client, ada, "viewer")
    me = (await client.get("/v1/auth/me", headers=guest.headers)).json()
    await client.delete(f"/v1/auth/members/{me['account_id']}", headers=ada.headers)
    left = await client.post("/v1/auth/refresh", json={"refresh_token": guest.refresh_token})
    teams = [team["team_id"] for team in me["teams"] if team["team_id"] != ada.team_id]
    assert (left.status_code, len(teams)) == (403, 1)
    assert (await refresh(client, guest, teams[0])).team_id not in {ada.team_id, own.team_id}


async def test_signing_in_asks_the_database_the_same_whether_the_address_is_known(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await register(client)
    asked: list[str] = []
    monkeypatch.setattr(
        "hive.control.stores.database.statement", lambda name: (asked.append(name), statement(name))[1]
    )
    found: list[list[str]] = []
    for email in (ada.email, new_email()):
        asked.clear()
        body = {"email": email, "password": "a wrong passphrase"}
        assert (await client.post("/v1/auth/login", json=body)).status_code == 401
        found.append(list(asked))
    assert found[0] == found[1]
    assert "accounts.password" in found[0]


async def test_a_made_up_token_of_a_session_does_not_end_it(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    made_up = ada.refresh_token[:-64] + "0" * 64
    assert (await client.post("/v1/auth/refresh", json={"refresh_token": made_up})).status_code == 401
    await refresh(client, ada)


async def test_signing_out_ends_access_and_refresh_tokens_at_once(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    assert (await client.post("/v1/auth/logout", headers=ada.headers)).status_code == 204
    assert await status_of_me(client, ada.access_token) == 401
    body = {"refresh_token": ada.refresh_token}
    assert (await client.post("/v1/auth/refresh", json=body)).status_code == 401


async def test_an_access_token_ends_after_ten_minutes_and_the_session_after_a_month(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    ada = await register(client)
    clock_of(parts).advance(LIFE.total_seconds() - 1)
    assert await status_of_me(client, ada.access_token) == 200
    clock_of(parts).advance(1)
    assert await status_of_me(client, ada.access_token) == 401
    again = await refresh(client, ada)
    clock_of(parts).advance(SESSION_LIFE.total_seconds())
    body = {"refresh_token": again.refresh_token}
    assert (await client.post("/v1/auth/refresh", json=body)).status_code == 401


async def test_a_new_password_ends_the_other_sessions(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    elsewhere = await login(client, ada)
    new = "another passphrase"
    wrong = {"old": "not the old one", "new": new}
    short = {"old": PASSWORD, "new": "short"}
    right = {"old": PASSWORD, "new": new}
    statuses = [
        (await client.post("/v1/auth/password", json=body, headers=ada.headers)).status_code
        for body in (wrong, short, right)
    ]
    assert statuses == [401, 422, 204]
    assert await status_of_me(client, elsewhere.access_token) == 401
    assert await status_of_me(client, ada.access_token) == 200
    body = {"email": ada.email, "password": PASSWORD}
    assert (await client.post("/v1/auth/login", json=body)).status_code == 401


async def test_a_refresh_stays_in_the_open_team(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    guest = await refresh(client, await join(client, ada, "viewer"))
    assert guest.team_id == ada.team_id
    left = await client.get("/v1/auth/me", headers=guest.headers)
    await client.delete(f"/v1/auth/members/{left.json()['account_id']}", headers=ada.headers)
    body = {"refresh_token": guest.refresh_token}
    assert (await client.post("/v1/auth/refresh", json=body)).status_code == 403


async def test_a_person_opens_another_of_their_teams_and_no_other(client: httpx.AsyncClient) -> None:
    ada, stranger = await register(client), await register(client)
    guest = await join(client, ada, "viewer")
    me = (await client.get("/v1/auth/me", headers=guest.headers)).json()
    assert (me["team_id"], me["role"]) == (ada.team_id, "viewer")
    body = {"email": guest.email, "password": PASSWORD, "team_id": stranger.team_id}
    assert (await client.post("/v1/auth/login", json=body)).status_code == 403


async def test_the_first_link_makes_one_admin_of_the_first_team(superuser_dsn: str) -> None:
    from hive.control.stores.migrations import migrate
    from tests.support.control import new_database

    places = new_database(superuser_dsn)
    await migrate(places.owner)
    async with running_parts(places.app) as parts, asking(parts) as client:
        first = await parts.installation.welcome()
        renewed = await parts.installation.welcome(is_alone=True)
        assert first.api_key is not None
        assert renewed.api_key is None
        body = {"email": new_email(), "name": "Ada", "password": PASSWORD}
        answers = [
            await client.post("/v1/auth/first-login", json={**body, "token": welcome.link_token})
            for welcome in (first, renewed, renewed)
        ]
        assert [each.status_code for each in answers] == [404, 201, 404]
        me = await client.get("/v1/auth/me", headers=bearer(answers[1].json()["access_token"]))
        assert me.json()["role"] == "admin"
        assert (await parts.keys.recognise(first.api_key)).team_id.hex == me.json()["team_id"].replace(
            "-", ""
        )
        assert (await parts.installation.welcome()).link_token is None
