"""Credentials that are not ours get in at no route, however they are presented."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.support.control import bearer
from tests.support.forged_tokens import FORGED, FORMS, gathered

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts

ROUTES = (("GET", "/v1/auth/me"), ("GET", "/v1/control/policy"), ("POST", "/v1/control/events"))
"""One for people, one for both, and one for programs."""


async def test_no_forged_credential_gets_in_whatever_header_it_comes_in(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    loot = await gathered(client, parts)
    believed: list[tuple[str, str, int]] = []
    for name, forge in FORGED.items():
        token = forge(loot)
        for form in FORMS:
            for method, path in ROUTES:
                answer = await client.request(method, path, headers=[form(token)])
                if answer.status_code != 401:
                    believed.append((name, path, answer.status_code))
    assert believed == []
    assert len(FORGED) >= 60


async def test_what_the_forgeries_were_made_of_does_get_in(client: httpx.AsyncClient, parts: Parts) -> None:
    loot = await gathered(client, parts)
    for form in FORMS:
        for token in loot.genuine:
            assert (await client.get("/v1/auth/me", headers=[form(token)])).status_code == 200
        key = await client.get("/v1/control/policy", headers=[form(loot.api_key.encode())])
        assert key.status_code == 200
    assert (await client.get("/v1/auth/me", headers=bearer(loot.other.access_token))).status_code == 200


async def test_of_two_credentials_in_headers_of_one_name_neither_counts(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    loot = await gathered(client, parts)
    texts = [loot.mine.access_token.encode(), loot.other.access_token.encode(), FORGED["alg none"](loot)]
    for form in FORMS:
        for pair in itertools.product(texts, repeat=2):
            answer = await client.get("/v1/auth/me", headers=[form(text) for text in pair])
            assert (answer.status_code, "more than one" in answer.json()["error"]) == (401, True)
