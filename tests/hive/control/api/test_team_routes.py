"""Teams, members, invitations, keys and the audit log over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hive.control.services.keys import REVOKED_CHANNEL
from hive.control.services.teams import INVITATION_LIFE
from tests.support.connections import connected
from tests.support.control import (
    PASSWORD,
    bearer,
    clock_of,
    join,
    login,
    make_key,
    new_email,
    refresh,
    register,
)

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


async def account_of(client: httpx.AsyncClient, who: Any) -> str:
    return (await client.get("/v1/auth/me", headers=who.headers)).json()["account_id"]


async def test_teams_see_nothing_of_each_other(client: httpx.AsyncClient) -> None:
    ada, bob = await register(client), await register(client)
    key = await make_key(client, ada)
    assert (await client.get("/v1/auth/keys", headers=bob.headers)).json() == []
    emails = [each["email"] for each in (await client.get("/v1/auth/members", headers=bob.headers)).json()]
    assert emails == [bob.email]
    gone = await client.delete(f"/v1/auth/keys/{key['key_id']}", headers=bob.headers)
    assert gone.status_code == 404
    ada_id = await account_of(client, ada)
    for method, body in (("PATCH", {"role": "viewer"}), ("DELETE", None)):
        answer = await client.request(method, f"/v1/auth/members/{ada_id}", json=body, headers=bob.headers)
        assert answer.status_code == 404


async def test_a_person_makes_another_team_and_opens_it(client: httpx.AsyncClient, parts: Parts) -> None:
    ada = await register(client)
    clock_of(parts).advance(1)
    made = await client.post("/v1/auth/teams", json={"name": "Second"}, headers=ada.headers)
    opened = await refresh(client, ada, made.json()["team_id"])
    teams = (await client.get("/v1/auth/teams", headers=opened.headers)).json()
    assert [team["name"] for team in teams] == ["A team", "Second"]
    assert opened.team_id == made.json()["team_id"]


@pytest.mark.parametrize("name", ["", "  ", "a\x07b", "\u200b", " \u2060\u00a0\ufeff"])
async def test_a_name_that_is_none_is_refused_in_words(client: httpx.AsyncClient, name: str) -> None:
    ada = await register(client)
    for path in ("/v1/auth/teams", "/v1/auth/keys"):
        answer = await client.post(path, json={"name": name}, headers=ada.headers)
        reason = "Input should be a text that is not blank, without control characters"
        assert (answer.status_code, answer.json()["faults"]) == (422, [{"at": "body.name", "reason": reason}])


async def test_a_key_id_that_is_none_is_refused_in_words(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    answer = await client.delete("/v1/auth/keys/worker", headers=ada.headers)
    reason = "Input should be 16 hexadecimal digits in lower case"
    assert (answer.status_code, answer.json()["faults"]) == (422, [{"at": "path.key_id", "reason": reason}])


async def test_the_last_admin_stays(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    url = f"/v1/auth/members/{await account_of(client, ada)}"
    lowered = await client.patch(url, json={"role": "member"}, headers=ada.headers)
    removed = await client.delete(url, headers=ada.headers)
    assert (lowered.status_code, removed.status_code) == (409, 409)


async def invitation(client: httpx.AsyncClient, admin: Any, email: str) -> dict[str, str]:
    body = {"email": email, "role": "member"}
    answer = await client.post("/v1/auth/invitations", json=body, headers=admin.headers)
    return {"token": answer.json()["token"]}


async def test_an_invitation_counts_once_for_its_address_within_its_life(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    ada, guest, thief = await register(client), await register(client), await register(client)
    token = await invitation(client, ada, guest.email)
    url = "/v1/auth/invitations/accept"
    statuses = [
        (await client.post(url, json=token, headers=who.headers)).status_code for who in (thief, guest, guest)
    ]
    assert statuses == [404, 200, 404]
    late = await invitation(client, ada, thief.email)
    clock_of(parts).advance(INVITATION_LIFE.total_seconds())
    again = await refresh(client, thief)
    assert (await client.post(url, json=late, headers=again.headers)).status_code == 404


INVITATIONS = "/v1/auth/invitations"


async def invited(client: httpx.AsyncClient, admin: Any, email: str) -> dict[str, str]:
    return (await client.post(INVITATIONS, json={"email": email}, headers=admin.headers)).json()


async def open_to(client: httpx.AsyncClient, admin: Any) -> list[str]:
    """Return the addresses that are invited."""
    answer = await client.get(INVITATIONS, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return [each["email"] for each in answer.json()]


async def withdraw(client: httpx.AsyncClient, admin: Any, made: dict[str, str]) -> int:
    body = {"invitation_id": made["invitation_id"]}
    return (await client.post(f"{INVITATIONS}/withdraw", json=body, headers=admin.headers)).status_code


async def test_invitations_are_listed_while_they_can_be_accepted(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    ada, guest, other = await register(client), await register(client), await register(client)
    made = await invited(client, ada, guest.email)
    clock_of(parts).advance(1)
    await invited(client, ada, other.email)
    listed = (await client.get(INVITATIONS, headers=ada.headers)).json()
    assert [each["email"] for each in listed] == [guest.email, other.email]
    assert {**listed[0], "token": made["token"]} == made
    assert made["token"] not in str(listed)
    assert await open_to(client, guest) == []
    body = {"token": made["token"]}
    await client.post(f"{INVITATIONS}/accept", json=body, headers=guest.headers)
    assert await open_to(client, ada) == [other.email]
    clock_of(parts).advance(INVITATION_LIFE.total_seconds())
    assert await open_to(client, await login(client, ada)) == []


async def test_an_invitation_that_is_withdrawn_lets_nobody_in(client: httpx.AsyncClient) -> None:
    ada, guest = await register(client), await register(client)
    made, kept = await invited(client, ada, guest.email), await invited(client, ada, guest.email)
    assert [await withdraw(client, each, made) for each in (guest, ada, ada)] == [404, 204, 404]
    for token, status in ((made["token"], 404), (kept["token"], 200)):
        answer = await client.post(f"{INVITATIONS}/accept", json={"token": token}, headers=guest.headers)
        assert answer.status_code == status
    assert await withdraw(client, ada, kept) == 404
    log = (await client.get("/v1/auth/audit", headers=ada.headers)).json()
    told = [(each["subject"], each["details"]) for each in log if each["action"] == "invitation.withdrawn"]
    assert told == [(guest.email, {"invitation_id": made["invitation_id"]})]


async def test_of_accepting_and_withdrawing_at_once_one_comes_first(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    for _ in range(5):
        guest = await register(client)
        made = await invited(client, ada, guest.email)
        body = {"token": made["token"]}
        accepted, withdrawn = await asyncio.gather(
            client.post(f"{INVITATIONS}/accept", json=body, headers=guest.headers),
            withdraw(client, ada, made),
        )
        assert (accepted.status_code, withdrawn) in {(200, 404), (404, 204)}


async def test_a_member_is_not_invited_twice(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    guest = await join(client, ada, "viewer")
    token = await invitation(client, ada, guest.email)
    answer = await client.post("/v1/auth/invitations/accept", json=token, headers=guest.headers)
    assert answer.status_code == 409


async def test_who_was_removed_comes_back_by_a_new_invitation_alone(client: httpx.AsyncClient) -> None:
    ada, other = await register(client), await register(client)
    guest = await join(client, ada, "viewer")
    older = await invitation(client, ada, guest.email)
    elsewhere = await invitation(client, other, guest.email)
    url = "/v1/auth/invitations/accept"
    await client.delete(f"/v1/auth/members/{await account_of(client, guest)}", headers=ada.headers)
    own = await login(client, guest)
    assert (await client.post(url, json=older, headers=own.headers)).status_code == 404
    assert (await client.post(url, json=elsewhere, headers=own.headers)).status_code == 200
    newer = await invitation(client, ada, guest.email)
    assert (await client.post(url, json=newer, headers=own.headers)).status_code == 200


async def test_a_key_is_shown_once_and_its_text_is_stored_nowhere(
    client: httpx.AsyncClient, control_database: Addresses
) -> None:
    ada = await register(client)
    made = await make_key(client, ada, name="worker")
    secret = made["key"].rpartition("_")[2]
    listed = (await client.get("/v1/auth/keys", headers=ada.headers)).text
    with connected(control_database.app) as connection:
        connection.execute("SELECT set_config('app.team_id', %s, true)", [ada.team_id])
        stored = str([connection.execute(f"SELECT * FROM {t}").fetchall() for t in ("api_keys", "audit_log")])
    assert made["key_id"] in listed
    assert secret not in listed + stored
    assert made["key"] not in stored


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "jwt {}", "{}"])
async def test_a_key_is_recognised_however_it_is_sent(
    client: httpx.AsyncClient, parts: Parts, header: str
) -> None:
    ada = await register(client)
    key = await make_key(client, ada)
    answer = await client.get("/v1/auth/me", headers={"Authorization": header.format(key["key"])})
    assert (answer.status_code, "API key cannot" in answer.text) == (403, True)


async def test_a_revoked_key_and_an_expired_one_count_no_more(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    ada = await register(client)
    key = await make_key(client, ada)
    soon = (parts.clock.now() + timedelta(seconds=60)).isoformat()
    short = await make_key(client, ada, expires_at=soon)
    url = f"/v1/auth/keys/{key['key_id']}"
    assert [(await client.delete(url, headers=ada.headers)).status_code for _ in range(2)] == [204, 204]
    answer = await client.get("/v1/auth/me", headers=bearer(key["key"]))
    assert (answer.status_code, "was revoked" in answer.text) == (401, True)
    clock_of(parts).advance(60)
    answer = await client.get("/v1/auth/me", headers=bearer(short["key"]))
    assert (answer.status_code, "has expired" in answer.text) == (401, True)


async def test_a_revocation_is_announced(client: httpx.AsyncClient, parts: Parts) -> None:
    ada = await register(client)
    key = await make_key(client, ada)
    async with parts.hot.pubsub() as heard:
        await heard.subscribe(REVOKED_CHANNEL)
        await heard.get_message(timeout=1)
        await client.delete(f"/v1/auth/keys/{key['key_id']}", headers=ada.headers)
        message = await heard.get_message(timeout=1)
    assert message is not None
    assert message["data"] == key["key_id"].encode()


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": []},
        {"scopes": ["root"]},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "9999-12-31T23:59:59-14:00"},
        {"expires_at": "0001-01-01T00:00:00+14:00"},
        {"name": " "},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(client: httpx.AsyncClient, wish: dict[str, Any]) -> None:
    ada = await register(client)
    answer = await client.post("/v1/auth/keys", json={"name": "k", **wish}, headers=ada.headers)
    assert answer.status_code == 422


async def test_the_audit_log_tells_who_did_what(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    key = await make_key(client, ada)
    await invitation(client, ada, new_email())
    await client.delete(f"/v1/auth/keys/{key['key_id']}", headers=ada.headers)
    log = (await client.get("/v1/auth/audit", headers=ada.headers)).json()
    actions = [entry["action"] for entry in log]
    assert actions == [
        "team.made", "member.joined", "session.opened", "key.made", "member.invited", "key.revoked",
    ]  # fmt: skip
    assert {entry["actor"] for entry in log} == {f"account {await account_of(client, ada)}"}
    rest = await client.get("/v1/auth/audit", params={"after": 3, "limit": 1}, headers=ada.headers)
    assert [entry["seq"] for entry in rest.json()] == [4]


async def test_the_audit_log_tells_of_every_coming_and_going(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    guest = await join(client, ada, "viewer")
    account = await account_of(client, guest)
    url = f"/v1/auth/members/{account}"
    await client.patch(url, json={"role": "member"}, headers=ada.headers)
    await client.patch("/v1/control/policy", json={"name": "New"}, headers=ada.headers)
    body = {"old": PASSWORD, "new": "another passphrase"}
    await client.post("/v1/auth/password", json=body, headers=guest.headers)
    await client.post("/v1/auth/logout", headers=guest.headers)
    await client.delete(url, headers=ada.headers)
    log = (await client.get("/v1/auth/audit", headers=ada.headers)).json()
    assert [entry["action"] for entry in log[3:]] == [
        "member.invited", "member.joined", "session.opened", "member.role_set", "policy.changed",
        "password.changed", "session.closed", "member.removed",
    ]  # fmt: skip
