"""Registering by an invitation, whether sign-up is open or closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from hive.control.services.limits import LOGIN_BY_EMAIL_AND_HOST
from hive.control.services.teams import INVITATION_LIFE
from tests.support.control import (
    PASSWORD,
    asking,
    bearer,
    clock_of,
    login,
    new_email,
    refresh,
    register,
    running_parts,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses
    from tests.support.control import Signed

WRONG = "This invitation was used, has expired, or is for another address."
INVITATIONS = "/v1/auth/invitations"


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> Signed:
    return await register(client)


@pytest.fixture(params=[True, False], ids=["open", "closed"])
async def door(request: pytest.FixtureRequest, control_database: Addresses) -> AsyncIterator[Parts]:
    """Give the parts of a process whose sign-up is open or closed."""
    async with running_parts(control_database.app, is_sign_up_open=request.param) as parts:
        yield parts


@pytest.fixture
async def guests(door: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(door) as client:
        yield client


async def invited(client: httpx.AsyncClient, admin: Signed, email: str, role: str = "viewer") -> Any:
    answer = await client.post(INVITATIONS, json={"email": email, "role": role}, headers=admin.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def come(guests: httpx.AsyncClient, email: str, **named: str) -> httpx.Response:
    body = {"email": email, "name": "Grace", "password": PASSWORD, **named}
    return await guests.post("/v1/auth/register", json=body)


async def teams_of(client: httpx.AsyncClient, answer: httpx.Response) -> list[tuple[str, str]]:
    """Return the teams of who was let in, and their roles in these."""
    assert answer.status_code == 201, answer.text
    me = await client.get("/v1/auth/me", headers=bearer(answer.json()["access_token"]))
    return [(team["team_id"], team["role"]) for team in me.json()["teams"]]


async def test_who_is_invited_registers_into_that_team_alone(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, admin: Signed
) -> None:
    email = new_email()
    token = (await invited(client, admin, email))["token"]
    answer = await come(guests, email.upper(), token=token)
    assert await teams_of(client, answer) == [(admin.team_id, "viewer")]
    assert answer.json()["team_id"] == admin.team_id
    assert (await client.get(INVITATIONS, headers=admin.headers)).json() == []
    log = (await client.get("/v1/auth/audit", headers=admin.headers)).json()
    assert [each["action"] for each in log][-3:] == ["member.invited", "member.joined", "session.opened"]
    body = {"email": email, "password": PASSWORD}
    assert (await guests.post("/v1/auth/login", json=body)).json()["team_id"] == admin.team_id


async def test_who_is_invited_and_names_a_team_gets_that_too(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, admin: Signed
) -> None:
    email = new_email()
    token = (await invited(client, admin, email, "member"))["token"]
    answer = await come(guests, email, token=token, team="Own")
    teams = await teams_of(client, answer)
    assert answer.json()["team_id"] == admin.team_id
    assert sorted(role for _, role in teams) == ["admin", "member"]
    assert (admin.team_id, "member") in teams


@pytest.mark.parametrize("wrong", ["made up", "malformed", "expired", "withdrawn", "used", "other address"])
async def test_an_invitation_that_does_not_count_lets_nobody_in(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, door: Parts, admin: Signed, wrong: str
) -> None:
    email = new_email()
    made = await invited(client, admin, email)
    token: str = {"made up": "0" * 64, "malformed": "no token"}.get(wrong) or made["token"]
    match wrong:
        case "expired":
            clock_of(door).advance(INVITATION_LIFE.total_seconds() + 60)
        case "withdrawn":
            body = {"invitation_id": made["invitation_id"]}
            await client.post(f"{INVITATIONS}/withdraw", json=body, headers=admin.headers)
        case "used":
            assert (await come(guests, email, token=token)).status_code == 201
        case "other address":
            email = new_email()
        case _:
            pass
    answer = await come(guests, email, token=token)
    assert (answer.status_code, answer.json()["error"]) == (404, WRONG)


async def test_a_wrong_token_tells_of_no_account(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, admin: Signed
) -> None:
    answers = [await come(guests, email, token="0" * 64) for email in (admin.email, new_email())]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}


async def test_who_has_an_account_signs_in_and_accepts_instead(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, admin: Signed
) -> None:
    guest = await register(client)
    token = (await invited(client, admin, guest.email))["token"]
    assert (await come(guests, guest.email, token=token)).status_code == 409
    own = await login(client, guest)
    accepted = await client.post(f"{INVITATIONS}/accept", json={"token": token}, headers=own.headers)
    assert accepted.status_code == 200
    assert (await refresh(client, own, admin.team_id)).team_id == admin.team_id


async def test_of_two_at_once_one_is_let_in(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, admin: Signed
) -> None:
    for _ in range(3):
        email = new_email()
        token = (await invited(client, admin, email))["token"]
        answers = await asyncio.gather(*(come(guests, email, token=token) for _ in range(2)))
        first, second = sorted(answers, key=lambda each: each.status_code)
        assert await teams_of(client, first) == [(admin.team_id, "viewer")]
        assert second.status_code in {404, 409}
        members = (await client.get("/v1/auth/members", headers=admin.headers)).json()
        assert [each["email"] for each in members].count(email) == 1


async def test_of_coming_and_withdrawing_at_once_one_comes_first(
    client: httpx.AsyncClient, guests: httpx.AsyncClient, admin: Signed
) -> None:
    for _ in range(3):
        email = new_email()
        made = await invited(client, admin, email)
        body = {"invitation_id": made["invitation_id"]}
        came, withdrawn = await asyncio.gather(
            come(guests, email, token=made["token"]),
            client.post(f"{INVITATIONS}/withdraw", json=body, headers=admin.headers),
        )
        assert (came.status_code, withdrawn.status_code) in {(201, 404), (404, 204)}
        body = {"email": email, "password": PASSWORD}
        signed_in = await guests.post("/v1/auth/login", json=body)
        assert signed_in.status_code == (200 if came.status_code == 201 else 401)


async def test_guessing_tokens_is_slowed_down(guests: httpx.AsyncClient) -> None:
    email, most = new_email(), LOGIN_BY_EMAIL_AND_HOST.most
    answers = [await come(guests, email, token="0" * 64) for _ in range(most + 1)]
    assert [each.status_code for each in answers] == [404] * most + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= LOGIN_BY_EMAIL_AND_HOST.per_s


@pytest.mark.parametrize("named", [{}, {"team": None}, {"team": None, "token": None}])
async def test_who_names_neither_a_team_nor_an_invitation_is_told_so(
    guests: httpx.AsyncClient, named: dict[str, Any]
) -> None:
    answer = await come(guests, new_email(), **named)
    reason = "needs the name of a team, or the token of an invitation"
    assert (answer.status_code, answer.json()["faults"]) == (422, [{"at": "body", "reason": reason}])
