"""A team whose SDK asks over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.control import make_key, register
from tests.support.sdk import Sdk

if TYPE_CHECKING:
    import httpx

    from hive.control.api.parts import Parts


@pytest.fixture
async def sdk(client: httpx.AsyncClient, parts: Parts) -> Sdk:
    admin = await register(client)
    made = await make_key(client, admin)
    return Sdk(client, parts, admin, made["key"])
