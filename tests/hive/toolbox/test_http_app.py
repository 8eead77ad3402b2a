from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from hive.toolbox.http_app import Listening, http_app
from hive.toolbox.server import toolbox_server
from hive.toolbox.settings import ToolboxSettings

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token-of-the-tests"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_alone_is_loopback(host: str) -> None:
    assert Listening(host=host).is_loopback


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.example.com", "127.1", ""]
)
def test_everything_else_is_not(host: str) -> None:
    assert not Listening(host=host).is_loopback


def test_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(Listening(token=TOKEN))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"bearer {TOKEN}",
        f"Bearer {TOKEN} ",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        "Bearer é",
    ],
)
async def test_only_the_exact_token_lets_pass(tmp_path: Path, header: str) -> None:
    app = http_app(toolbox_server(ToolboxSettings(data_dir=tmp_path)), Listening(token=TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        refused = await client.get("/elsewhere", headers={"Authorization": header.encode()})
        passed = await client.get("/elsewhere", headers={"Authorization": f"Bearer {TOKEN}"})

    assert (refused.status_code, passed.status_code) == (401, 404)
