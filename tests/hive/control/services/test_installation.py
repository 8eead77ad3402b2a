"""However many processes start first on one database, one shows the first login, and the others say so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hive.control.services.installation import Welcome
from hive.control.stores.migrations import migrate
from hive.errors import ConflictError
from tests.support.control import PASSWORD, asking, clock_of, new_database, new_email, running_parts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hive.control.api.parts import Parts


@pytest.fixture
async def fresh(superuser_dsn: str) -> AsyncIterator[Parts]:
    """Parts over a database where nobody was yet."""
    places = new_database(superuser_dsn)
    await migrate(places.owner)
    async with running_parts(places.app) as parts:
        yield parts


async def test_of_many_first_starts_one_shows_the_link_and_the_others_say_so(fresh: Parts) -> None:
    welcomes = await asyncio.gather(*(fresh.installation.welcome() for _ in range(8)))
    later = await fresh.installation.welcome()
    [first] = [each for each in welcomes if each.link_token]
    others = [each for each in (*welcomes, later) if each is not first]
    assert first.api_key is not None
    ends = fresh.clock.now() + timedelta(days=1)
    assert {(each.link_until, each.api_key) for each in others} == {(ends, None)}
    body = {"email": new_email(), "name": "Ada", "password": PASSWORD, "token": first.link_token}
    async with asking(fresh) as client:
        assert (await client.post("/v1/auth/first-login", json=body)).status_code == 201
    assert await fresh.installation.welcome() == Welcome()
    with pytest.raises(ConflictError, match="somebody came in"):
        await fresh.installation.renew_link()


async def test_a_link_that_ended_unused_is_renewed_by_one(fresh: Parts) -> None:
    await fresh.installation.welcome()
    clock_of(fresh).advance(86400)
    welcomes = await asyncio.gather(*(fresh.installation.welcome() for _ in range(4)))
    assert sum(each.link_token is not None for each in welcomes) == 1


async def test_a_link_that_was_asked_for_replaces_the_one_before(fresh: Parts) -> None:
    first = await fresh.installation.welcome()
    renewed = await fresh.installation.renew_link()
    body = {"email": new_email(), "name": "Ada", "password": PASSWORD}
    async with asking(fresh) as client:
        answers = [
            await client.post("/v1/auth/first-login", json={**body, "token": token})
            for token in (first.link_token, renewed)
        ]
    assert [each.status_code for each in answers] == [404, 201]
